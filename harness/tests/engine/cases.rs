//! What a case is, and how it is checked.

use crate::actors;
use harness::run::{Target, play};
use harness::script::parse::parse;
use harness::verdict::{Finding, Outcome};
use libtest_mimic::Failed;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// A program, a script, and what must come of them.
#[derive(Debug)]
pub(crate) struct Case {
    /// What is to be shown, as the name of a test.
    pub(crate) name: &'static str,
    /// The part that the program plays, its words separated by spaces.
    part: &'static str,
    /// The steps; a title comes before them.
    script: &'static str,
    expected: Expected,
    addresses: usize,
    waits_in: Option<&'static str>,
    may_sleep_in: &'static [&'static str],
    instead: Option<&'static str>,
}

#[derive(Debug)]
enum Expected {
    /// The script passes.
    Pass,
    /// It fails, and its report contains these.
    Red(&'static [&'static str]),
}

/// `program` is right: `script` passes.
pub(crate) fn green(name: &'static str, part: &'static str, script: &'static str) -> Case {
    Case {
        name,
        part,
        script,
        expected: Expected::Pass,
        addresses: 1,
        waits_in: Some("poll"),
        may_sleep_in: &["poll"],
        instead: None,
    }
}

/// It is wrong: `script` fails, and the report has all these words in it. The first are how the message begins.
pub(crate) fn red(
    name: &'static str,
    part: &'static str,
    script: &'static str,
    words: &'static [&'static str],
) -> Case {
    Case {
        expected: Expected::Red(words),
        ..green(name, part, script)
    }
}

impl Case {
    /// The program is asked for so many listeners.
    pub(crate) fn listening_on(self, addresses: usize) -> Case {
        Case { addresses, ..self }
    }

    /// The lesson's own call, and those that its program may sleep in; `None` for any.
    pub(crate) fn of_lesson(
        self,
        waits_in: Option<&'static str>,
        may_sleep_in: &'static [&'static str],
    ) -> Case {
        Case {
            waits_in,
            may_sleep_in,
            ..self
        }
    }

    /// What a user asks for with --waits-in.
    pub(crate) fn waiting_in(self, call: &'static str) -> Case {
        Case {
            instead: Some(call),
            ..self
        }
    }

    /// Plays the script, and sees to it that nobody is left afterwards.
    pub(crate) fn check(&self) -> Result<(), Failed> {
        let script = format!("# {}\n\n{}\n", self.name, self.script);
        let script = parse(Path::new("a.script"), &script)
            .map_err(|error| format!("{}: {}", error.message, error.help))?;
        let mark = new_mark();
        let target = Target {
            command: actors::command(&mark, self.part),
            directory: ".".into(),
            addresses: self.addresses,
            waits_in: self.waits_in.map(str::to_owned),
            may_sleep_in: self.may_sleep_in.iter().map(|it| (*it).into()).collect(),
            variants: Vec::new(),
            replaced: Vec::new(),
            tests: None,
            trace: None,
        };
        let target = match self.instead {
            Some(call) => target.waiting_in(call),
            None => target,
        };
        let verdict = play(&script, &target);
        nobody_is_left(&mark)?;
        match (&self.expected, &verdict.outcome) {
            (Expected::Pass, Outcome::Passed) => Ok(()),
            (Expected::Red(words), Outcome::Failed(finding)) => contains(finding, words),
            (expected, outcome) => Err(format!("expected {expected:?}, got {outcome:#?}").into()),
        }
    }
}

fn contains(finding: &Finding, words: &[&str]) -> Result<(), Failed> {
    let mut report = format!("{}\n", finding.message);
    for fact in &finding.facts {
        report += &format!("{}: {}\n", fact.label, fact.text);
    }
    if let Some(state) = &finding.state {
        report += &format!("state: {state}\n");
    }
    let begins = words.first().is_none_or(|first| report.starts_with(first));
    if begins && words.iter().all(|words| report.contains(words)) {
        return Ok(());
    }
    Err(format!("expected {words:#?} in\n{report}").into())
}

/// A word in the command line of a program and of all whom it starts, and of nobody else.
fn new_mark() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("mark-{}-{number}", std::process::id())
}

/// A zombie has no command line any more, and the keeper of a program has it not.
fn nobody_is_left(mark: &str) -> Result<(), Failed> {
    for folder in fs::read_dir("/proc")?.flatten() {
        let command = fs::read(folder.path().join("cmdline")).unwrap_or_default();
        if command
            .split(|byte| *byte == 0)
            .any(|word| word == mark.as_bytes())
        {
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            return Err(format!("left: {command}").into());
        }
    }
    Ok(())
}
