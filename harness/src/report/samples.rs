//! Scripts and findings made by hand, for the tests of this module.

use super::{Entry, Program, Wording};
use crate::lesson::{About, Lesson, Role};
use crate::script::{Action, ClientVerb, Script, Step};
use crate::verdict::{Fact, Finding, Outcome, Unwritten, Verdict};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A lesson, a script of it, and what may be found.
pub(crate) struct Sample {
    pub(crate) lesson: Lesson,
    pub(crate) script: Script,
    pub(crate) finding: Finding,
}

impl Sample {
    pub(crate) fn passed(&self, run: u32) -> Entry<'_> {
        self.ended(run, Outcome::Passed)
    }

    pub(crate) fn failed(&self, run: u32) -> Entry<'_> {
        self.ended(run, Outcome::Failed(self.finding.clone()))
    }

    pub(crate) fn undecided(&self, run: u32) -> Entry<'_> {
        self.ended(run, Outcome::Undecided(self.finding.clone()))
    }

    pub(crate) fn skipped(&self, run: u32) -> Entry<'_> {
        self.ended(run, Outcome::Skipped("the limit is 64".into()))
    }

    fn ended(&self, run: u32, outcome: Outcome) -> Entry<'_> {
        Entry {
            lesson: &self.lesson,
            script: &self.script,
            run,
            verdict: Verdict {
                outcome,
                took: Duration::from_millis(350),
            },
        }
    }
}

/// No colour, one hint, the lesson's program.
pub(crate) fn wording() -> Wording {
    Wording {
        program: Program::Lessons,
        hints: false,
        columns: usize::MAX,
        colour: false,
    }
}

pub(crate) fn lesson(number: u32, name: &str) -> Lesson {
    Lesson {
        number,
        name: name.into(),
        folder: format!("lessons/{number:02}-{name}").into(),
        root: PathBuf::from("/nowhere"),
        about: About {
            title: "A title".into(),
            idea: "An idea.".into(),
            introduces: Vec::new(),
            assumes: Vec::new(),
            role: Role::Server,
            default_addresses: vec!["127.0.0.1:10000".into()],
            waits_in: "select".into(),
            may_sleep_in: vec!["select".into()],
            starter: None,
            variants: Vec::new(),
            not_applicable: BTreeMap::new(),
            holes: Vec::new(),
        },
        task: None,
    }
}

const SLOW_READER: &str = r#"# A slow reader
#
# ada asks for a lot and does not read it. What she is owed must wait in her own queue:
# bob must not notice.

hint: Which call is the server sitting in? It should be select, whatever ada does.
hint: A socket is ready to *read*; nobody said that it is ready to write.
hint: Keep a queue per client, and put the client in the write set only while its queue is not empty.


bob connects
ada connects
ada sends 16 MiB of counters
bob sends "hi\n"
bob receives "hi\n"
ada receives 16 MiB of counters
server waits in select
"#;

/// design.md's own example.
pub(crate) fn slow_reader() -> Sample {
    let source = SLOW_READER;
    let words = r#"bob receives "hi\n""#;
    let start = source.find(words).unwrap();
    let fact = |label, text: &str| Fact {
        label,
        text: text.into(),
    };
    let lesson = lesson(5, "select-read-write");
    let script = Script {
        name: "slow-reader".into(),
        path: lesson.script_folder().join("slow-reader.script"),
        source: source.into(),
        title: "A slow reader".into(),
        why:
            "ada asks for a lot and does not read it. What she is owed must wait in her own queue: \
              bob must not notice.\nA second paragraph."
                .into(),
        hints: source
            .lines()
            .filter_map(|line| line.strip_prefix("hint: "))
            .map(String::from)
            .collect(),
        guards: None,
        only: Vec::new(),
        variant: None,
        test: None,
        steps: vec![Step {
            span: start..start + words.len(),
            // Reports quote the line; what it means is nothing to them.
            action: Action::Client {
                who: "bob".into(),
                verb: ClientVerb::SeesEnd,
            },
            within: None,
            not_before: None,
        }],
    };
    let finding = Finding {
        message: r#"bob did not receive "hi\n": the server is asleep in send"#.into(),
        step: Some(0),
        at: None,
        facts: vec![
            fact(
                "server",
                "asleep in send, writing to ada, who leaves 2.6 MiB unread; it should wait in select",
            ),
            fact("unread", "3 bytes from bob"),
            fact(
                "clients",
                r#"ada sent 4.1 of 16 MiB, received 0 · bob sent "hi\n", received nothing"#,
            ),
            fact(
                "server printed",
                "accepted 127.0.0.1:50112 (bob) · accepted 127.0.0.1:50114 (ada)",
            ),
        ],
        state: None,
        habit: None,
        stalled_for: None,
        unwritten: None,
    };
    Sample {
        lesson,
        script,
        finding,
    }
}

/// A program that never came as far as the script's first step.
pub(crate) fn never_listened(name: &str) -> Sample {
    let mut sample = slow_reader();
    sample.script.name = name.into();
    sample.script.path = sample.lesson.script_folder().join(format!("{name}.script"));
    sample.script.why = String::new();
    sample.script.hints = Vec::new();
    sample.finding = Finding {
        message: "the server never said `listening on`".into(),
        step: None,
        at: None,
        facts: vec![Fact {
            label: "stderr",
            text: "Traceback\n  File \"server.py\", line 3\nNameError\n".into(),
        }],
        state: None,
        habit: None,
        stalled_for: None,
        unwritten: None,
    };
    sample
}

/// A program that came to the hole of this number, of three.
pub(crate) fn unwritten(name: &str, number: usize) -> Sample {
    let mut sample = never_listened(name);
    let source = "fn wait() {\n    todo!(\"sleep\")\n}\n";
    let start = source.find("todo").unwrap();
    sample.finding.message = format!("hole {number} of 3: wait: sleep");
    sample.finding.facts.clear();
    sample.finding.unwritten = Some(Box::new(Unwritten {
        path: "exercises/05-select-read-write/src/main.rs".into(),
        source: source.into(),
        span: start..start + "todo!(\"sleep\")".len(),
        function: "wait".into(),
        hole: Some((number, 3)),
        task: Some("Sleep until somebody is ready.".into()),
        hints: vec!["Who is to be watched?".into(), "The listener too.".into()],
    }));
    sample
}
