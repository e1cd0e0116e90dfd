//! What is told of results, to people and to programs.

use super::results::{Cost, Fate, Graded, Outcome, Person, Results, Scripted, VERSION, of_class};
use super::{autograder, feedback, gradescope, marks, table};
use crate::assignment::Assignment;
use crate::confine::Fences;
use boon::{Compiler, Schemas};
use harness::verdict::State;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use zip::ZipArchive;

fn script(name: &str, outcome: Outcome, state: Option<State>) -> Scripted {
    let wrong = outcome != Outcome::Passed;
    Scripted {
        name: name.into(),
        title: format!("The | title of {name}"),
        hidden: name.starts_with("hidden"),
        weight: 2,
        points: if wrong { 0.0 } else { 2.0 },
        outcome,
        message: wrong.then(|| format!("what is wrong with {name}")),
        state,
        report: wrong.then(|| format!("error: what is wrong with {name}\n```\n= server: asleep")),
        seconds: 0.1,
    }
}

fn graded(id: &str, fate: Fate, scripts: Vec<Scripted>) -> Graded {
    let mut graded = Graded {
        person: Person {
            id: id.into(),
            name: Some("=Ada \"the\" <b>Countess</b>".into()),
            email: None,
        },
        folder: id.into(),
        feedback: format!("{id}.md"),
        fate,
        points: 0.0,
        is_final: false,
        files: vec!["src/main.rs".into()],
        notes: Vec::new(),
        scripts,
        cost: Cost::default(),
    };
    graded.count();
    graded
}

fn results() -> Results {
    let asleep = |call: &str| {
        Some(State::Asleep {
            call: call.into(),
            is_right: false,
        })
    };
    let played = |id: &str, first, state| {
        let second = script("hidden-second", Outcome::Failed, asleep("recv"));
        graded(
            id,
            Fate::Played,
            vec![script("first", first, state), second],
        )
    };
    let unplayed = || {
        let scripts = ["first", "hidden-second"];
        scripts
            .map(|name| script(name, Outcome::NotPlayed, None))
            .into()
    };
    let not_built = Fate::NotBuilt {
        why: "it does not build".into(),
        said: "error[E0308]: mismatched".into(),
    };
    let submissions = vec![
        played("ada", Outcome::Passed, None),
        played("bob", Outcome::Failed, asleep("send")),
        played("cleo", Outcome::Failed, asleep("send")),
        played("dan", Outcome::Failed, Some(State::Exited { status: 101 })),
        played("eve", Outcome::Undecided, None),
        graded("fay", not_built, unplayed()),
        graded(
            "gil",
            Fate::NotGraded {
                why: "the disk is full".into(),
            },
            unplayed(),
        ),
    ];
    Results {
        version: VERSION,
        assignment: "echo".into(),
        title: "An echo server".into(),
        points: 4,
        gaps: vec!["a gap".into()],
        class: of_class(&submissions),
        missing: vec![Person {
            id: "zoe".into(),
            ..Person::default()
        }],
        submissions,
    }
}

#[test]
fn the_class_is_counted_by_state() {
    let table = table::of(&results());
    for line in [
        "not kept out: a gap\n",
        "\nhidden-second    5 of 5   asleep in recv: 5 of 5\n",
        "\nfirst            3 of 5   asleep in send: 2 of 3 · exited with 101: 1 of 3\n",
        " 0? of 4   fails hidden-second; not decided first\n",
        " 0  of 4   it does not build\n",
        " 0? of 4   not graded: the disk is full\n",
        " -  of 4   handed in nothing\n",
    ] {
        assert!(table.contains(line), "{line:?} is not in\n{table}");
    }
}

#[test]
fn marks_are_a_table_that_no_spreadsheet_takes_for_formulas() {
    let marks = marks::of(&results()).unwrap();
    let mut reader = csv::Reader::from_reader(marks.as_bytes());
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(rows.len(), 8);
    let expected = [
        "ada",
        "'=Ada \"the\" <b>Countess</b>",
        "",
        "2",
        "4",
        "50.0",
        "yes",
        "fails The | title of hidden-second",
    ];
    assert_eq!(rows[0], expected);
    assert_eq!(rows[4][6], "no");
    assert_eq!(
        rows[7],
        ["zoe", "", "", "", "4", "", "yes", "handed in nothing"]
    );
}

#[test]
fn feedback_tells_of_hidden_scripts_their_titles() {
    let results = results();
    let text = feedback::of(&results.submissions[1], &results);
    for told in [
        "# An echo server\n",
        "=Ada \"the\" \\<b\\>Countess\\</b\\>: **0 of 4 points**",
        "| The \\| title of first | 0 of 2 | fails |",
        "| The \\| title of hidden-second | 0 of 2 | fails |",
        // Whatever is in a report, it stays in its block.
        "````text\nerror: what is wrong with first\n```\n= server: asleep\n````\n",
    ] {
        assert!(text.contains(told), "{told:?} is not in\n{text}");
    }
    assert!(!text.contains("what is wrong with hidden-second"), "{text}");
    let text = feedback::of(&results.submissions[5], &results);
    assert!(text.contains("error[E0308]: mismatched"), "{text}");
    let text = feedback::of(&results.submissions[6], &results);
    assert!(!text.contains("the disk"), "{text}");
}

#[test]
fn both_documents_keep_to_their_schemas() {
    let results = results();
    let document = serde_json::to_value(&results).unwrap();
    assert_eq!(broken(include_str!("results.schema.json"), &document), None);
    let read: Results = serde_json::from_value(document).unwrap();
    assert_eq!(read, results);
    for graded in &results.submissions {
        let document: Value = serde_json::from_str(&gradescope::of(graded, &results)).unwrap();
        assert_eq!(
            broken(include_str!("gradescope.schema.json"), &document),
            None
        );
        let hidden = &document["tests"][1];
        assert_eq!(
            hidden["visibility"], "visible",
            "else a student sees no total"
        );
        assert_eq!(hidden["output"], Value::Null);
    }
}

#[test]
fn the_schemas_refuse_what_is_not_theirs() {
    let mut document = serde_json::to_value(results()).unwrap();
    document["submissions"][0]["scripts"][0]["outcome"] = "excellent".into();
    assert!(broken(include_str!("results.schema.json"), &document).is_some());
    let no_score = serde_json::json!({ "tests": [{ "name": "a" }] });
    assert!(broken(include_str!("gradescope.schema.json"), &no_score).is_some());
    let odd = serde_json::json!({ "score": 1, "visibility": "never" });
    assert!(broken(include_str!("gradescope.schema.json"), &odd).is_some());
}

/// What of `document` breaks `schema`.
fn broken(schema: &str, document: &Value) -> Option<String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let name = "https://example.org/schema.json";
    compiler
        .add_resource(name, serde_json::from_str(schema).unwrap())
        .unwrap();
    let schema = compiler.compile(name, &mut schemas).unwrap();
    schemas
        .validate(document, schema)
        .err()
        .map(|error| format!("{error:#}"))
}

#[test]
fn gradescope_tells_whose_a_submission_is() {
    let folder = tempfile::tempdir().unwrap();
    let submission = folder.path().join("submission");
    fs::create_dir(&submission).unwrap();
    assert_eq!(gradescope::person(&submission), None);
    let metadata = r#"{"id": 1, "users": [{"id": 2, "name": "Ada", "email": "ada@example.org"}]}"#;
    fs::write(folder.path().join("submission_metadata.json"), metadata).unwrap();
    let person = gradescope::person(&submission).unwrap();
    assert_eq!(
        (person.id.as_str(), person.name.as_deref()),
        ("ada@example.org", Some("Ada"))
    );
}

#[test]
fn an_autograder_has_what_gradescope_runs_at_its_root() {
    let course = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    let assignment = course.join("xtask/class/samples/quota-echo");
    let assignment = Assignment::load(course, &assignment).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("autograder.zip");
    autograder::write(&assignment, &path).unwrap();
    let mut zip = ZipArchive::new(File::open(&path).unwrap()).unwrap();
    for name in ["setup.sh", "run_autograder"] {
        let mode = zip.by_name(name).unwrap().unix_mode().unwrap();
        assert_eq!(mode & 0o111, 0o111, "{name} can be run");
    }
    for name in [
        "course/Cargo.lock",
        "course/xtask/class/src/main.rs",
        "assignment/assignment.toml",
    ] {
        assert!(zip.by_name(name).is_ok(), "{name} is missing");
    }
    let names: Vec<String> = zip
        .file_names()
        .map(|it| it.unwrap().into_owned())
        .collect();
    let made = ["course/target/", "course/.git/", "course/book/src/"];
    let is_made = |name: &&String| made.iter().any(|made| name.starts_with(made));
    assert_eq!(names.iter().find(is_made), None);
}

#[test]
fn what_is_not_fenced_off_is_said() {
    let all = Fences {
        files: true,
        signals: true,
        ports: true,
        network: true,
        processes: true,
    };
    assert!(all.gaps().is_empty());
    let none = Fences {
        files: false,
        ..all
    };
    let [gap] = none.gaps()[..] else {
        panic!("{:?}", none.gaps())
    };
    assert!(
        gap.contains("no Landlock") && gap.contains("hidden scripts"),
        "{gap}"
    );
}
