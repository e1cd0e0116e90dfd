//! What is asked of a class that was graded.

use super::made::{Class, Expected};
use boon::{Compiler, Schemas};
use class::grade::gradescope;
use class::grade::results::{Fate, Outcome, Results};
use harness::verdict::State;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const RESULTS: &str = include_str!("../../src/grade/results.schema.json");
const GRADESCOPE: &str = include_str!("../../src/grade/gradescope.schema.json");

/// Those who reach for files that are not theirs.
const REACHING: [&str; 3] = ["reads-at-build", "reads-at-run", "writes"];

/// What the command has left.
pub(crate) struct Graded {
    pub(crate) table: String,
    results: Results,
    document: Value,
    marks: String,
    /// The feedback, by the name of the file.
    feedback: BTreeMap<String, String>,
}

impl Graded {
    pub(crate) fn read(out: &Path, table: String) -> Graded {
        let results = fs::read_to_string(out.join("results.json")).unwrap();
        let feedback = fs::read_dir(out.join("feedback")).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        });
        Graded {
            table,
            results: serde_json::from_str(&results).unwrap(),
            document: serde_json::from_str(&results).unwrap(),
            marks: fs::read_to_string(out.join("marks.csv")).unwrap(),
            feedback: feedback.collect(),
        }
    }

    pub(crate) fn print_cost(&self) {
        for graded in &self.results.submissions {
            let cost = graded.cost;
            println!(
                "{:20} built {:5.1} s, {:4} MiB, played {:5.1} s",
                graded.person.id,
                cost.build_seconds,
                cost.build_memory >> 20,
                cost.play_seconds
            );
        }
        let costs = self.results.submissions.iter().map(|it| it.cost);
        let most = costs.clone().map(|it| it.build_memory).max().unwrap_or(0);
        let build: f64 = costs.clone().map(|it| it.build_seconds).sum();
        let play: f64 = costs.map(|it| it.play_seconds).sum();
        println!(
            "built {build:.1} s, played {play:.1} s together; a build had {} MiB at most",
            most >> 20
        );
    }

    /// Whether files are out of reach here. Where they are not, nothing is asked of those who reach for them.
    pub(crate) fn has_landlock(&self) -> bool {
        !self
            .results
            .gaps
            .iter()
            .any(|gap| gap.contains("no Landlock"))
    }

    /// What this system leaves open stands in the first lines.
    pub(crate) fn tells_its_gaps(&self) {
        for gap in &self.results.gaps {
            println!("not tested: {gap}");
            assert!(self.table.contains(gap.as_str()), "{}", self.table);
        }
    }

    pub(crate) fn has_the_expected_marks(&self, class: &Class) {
        let found: Vec<&str> = self
            .results
            .submissions
            .iter()
            .map(|it| it.person.id.as_str())
            .collect();
        assert_eq!(found.len(), class.expected.len(), "{found:?}");
        for graded in &self.results.submissions {
            let id = &graded.person.id;
            let failed: Vec<&str> = graded
                .scripts
                .iter()
                .filter(|it| it.outcome == Outcome::Failed)
                .map(|it| it.name.as_str())
                .collect();
            assert!(graded.is_final, "{graded:#?}");
            let (points, of) = (graded.points, f64::from(self.results.points));
            if !self.has_landlock() && REACHING.contains(&id.as_str()) {
                continue;
            }
            match &class.expected[id] {
                Expected::All => {
                    assert_eq!((points, &failed[..]), (of, &[] as &[&str]), "{graded:#?}")
                }
                Expected::Fails(scripts) => {
                    assert!(
                        scripts.iter().all(|it| failed.contains(&it.as_str())),
                        "{id}: {scripts:?} are not all in {failed:?}"
                    );
                    assert_eq!(graded.fate, Fate::Played, "{id}");
                    assert!(points < of || scripts.is_empty(), "{id} has {points}");
                }
                Expected::NotBuilt(words) => match &graded.fate {
                    Fate::NotBuilt { why, .. } => assert!(why.contains(words), "{id}: {why}"),
                    other => panic!("{id}: {other:?}"),
                },
                Expected::Empty => assert_eq!(graded.fate, Fate::Empty),
            }
        }
        if self.has_landlock() {
            let reads = &self.feedback["reads-at-build.md"];
            assert!(reads.contains("Permission denied"), "{reads}");
        }
        self.counts_the_class();
        assert!(
            self.marks.contains("101,Ada Lovelace,ada@example.org,"),
            "{}",
            self.marks
        );
        assert!(
            self.marks.contains("999,Nobody,nobody@example.org,,"),
            "{}",
            self.marks
        );
    }

    /// The state is that of the data, and the table tells it.
    fn counts_the_class(&self) {
        let slow = self
            .results
            .class
            .iter()
            .find(|it| it.name == "slow-reader")
            .unwrap();
        let in_send =
            |it: &&State| matches!(it, State::Asleep { call, is_right: false } if call == "send");
        let states = slow.states.iter();
        assert!(
            states
                .filter_map(|it| it.state.as_ref())
                .any(|it| in_send(&it)),
            "{slow:#?}"
        );
        let most = &slow.states[0];
        let told = most.state.as_ref().map(ToString::to_string).unwrap();
        let told = format!("{told}: {} of {}", most.count, slow.failed);
        assert!(
            self.table.contains(&told),
            "{told} is not in {}",
            self.table
        );
    }

    pub(crate) fn tells_students_no_more_than_titles_of_what_is_hidden(&self) {
        for graded in &self.results.submissions {
            let text = &self.feedback[&graded.feedback];
            let document = gradescope::of(graded, &self.results);
            for script in graded.scripts.iter().filter(|it| it.hidden) {
                assert!(text.contains(&script.title), "{text}");
                for told in [&script.report, &script.message].into_iter().flatten() {
                    let is_told_elsewhere = |other: &&class::grade::results::Scripted| {
                        !other.hidden && other.message == script.message
                    };
                    if graded.scripts.iter().any(|it| is_told_elsewhere(&it))
                        && Some(told) == script.message.as_ref()
                    {
                        continue; // of a public script
                    }
                    assert!(!text.contains(told.as_str()), "{text}");
                    let told = Value::from(told.as_str()).to_string();
                    assert!(!document.contains(told.trim_matches('"')), "{document}");
                }
            }
        }
    }

    pub(crate) fn keeps_to_its_schemas(&self) {
        validate(RESULTS, &self.document);
        for graded in &self.results.submissions {
            let document = gradescope::of(graded, &self.results);
            validate(GRADESCOPE, &serde_json::from_str(&document).unwrap());
        }
    }
}

fn validate(schema: &str, document: &Value) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let name = "https://example.org/schema.json";
    compiler
        .add_resource(name, serde_json::from_str(schema).unwrap())
        .unwrap();
    let schema = compiler.compile(name, &mut schemas).unwrap();
    if let Err(error) = schemas.validate(document, schema) {
        panic!("{error:#}\n{document:#}");
    }
}
