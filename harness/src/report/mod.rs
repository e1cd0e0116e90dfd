//! Words verdicts for people and for machines.
//!
//! Every form says the same things: [`human`] draws them in rustc's shape, [`plain`] reads them out sentence by
//! sentence, [`json`] and [`junit`] are for programs. [`script_error`] is for scripts that cannot be played.

use crate::exercise::{self, hunt::Hunt};
use crate::lesson::Lesson;
use crate::script::Script;
use crate::verdict::{Finding, Outcome, Verdict};
use rustix::termios::tcgetwinsize;
use std::env;
use std::fmt;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

mod footers;
pub mod human;
pub mod json;
pub mod junit;
pub mod plain;
#[cfg(test)]
pub(crate) mod samples;
pub mod script_error;
mod troubles;

/// One run of one script, and what came of it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The lesson that the script belongs to.
    pub lesson: &'a Lesson,
    /// What was played.
    pub script: &'a Script,
    /// Which repetition this is, counted from 1.
    pub run: u32,
    /// What came of it.
    pub verdict: Verdict,
}

/// Whose program is checked. A green of the author's must never look like one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// The lessons' own.
    Lessons,
    /// The user's exercises, begun from the lessons.
    Mine,
    /// The programs that the user hunts bugs in.
    Hunt,
    /// The user's own, in what an instructor has handed out: a workspace of its own, with nothing else to run.
    HandedOut,
    /// The user's: the command as it was written, without the addresses.
    Yours(String),
}

/// Where prose is broken if there is room: longer lines are hard to read.
const WIDTH: usize = 100;

impl Program {
    /// The option that commands take to mean it, with a space before it; nothing for the lessons' own.
    pub fn option(&self) -> String {
        match self {
            Program::Lessons | Program::HandedOut => String::new(),
            Program::Mine => " --mine".into(),
            Program::Hunt => " --hunt".into(),
            Program::Yours(command) => {
                format!(" --program '{}'", command.replace('\'', r"'\''"))
            }
        }
    }

    /// Whether a learner works at it, who is told one thing at a time.
    pub fn is_in_work(&self) -> bool {
        matches!(self, Program::Mine | Program::Hunt | Program::HandedOut)
    }

    /// The folder of its source for `lesson`, relative to the workspace's root; none, if that is not known.
    fn folder(&self, lesson: &Lesson) -> Option<PathBuf> {
        match self {
            Program::Lessons => Some(lesson.folder.clone()),
            Program::Mine => Some(exercise::folder(lesson)),
            Program::Hunt => Some(Hunt::of(lesson).exercise.folder()),
            Program::HandedOut | Program::Yours(_) => None,
        }
    }
}

impl Wording {
    /// How many characters there is room for on a line that begins like `123  = label: `.
    fn room(&self, label: &str) -> usize {
        let indent = "123 = : ".len() + label.len();
        WIDTH.min(self.columns.saturating_sub(indent))
    }
}

/// How many characters a line of `stream` has: what the terminal says, or else COLUMNS, as by one that reads this from a
/// pipe and shows it.
pub fn columns(stream: &impl AsFd) -> usize {
    let size = tcgetwinsize(stream).ok().filter(|size| size.ws_col > 0);
    let told = || {
        env::var("COLUMNS")
            .ok()?
            .parse()
            .ok()
            .filter(|columns| *columns > 0)
    };
    let columns = size.map(|size| size.ws_col.into()).or_else(told);
    columns.unwrap_or(usize::MAX)
}

/// What a report says beside the verdicts themselves, and how it looks.
#[derive(Debug, Clone)]
pub struct Wording {
    /// Whose program is checked.
    pub program: Program,
    /// Whether all hints are shown, not only the first.
    pub hints: bool,
    /// How many characters a line of the screen has; `usize::MAX` where there is no screen.
    pub columns: usize,
    /// Whether terminal colours are used; only [`human`] has any.
    pub colour: bool,
}

/// How many runs ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs in which everything held.
    pub passed: usize,
    /// Runs in which something was proven to be wrong.
    pub failed: usize,
    /// Runs that could not be played here.
    pub skipped: usize,
    /// Runs in which nothing could be proven.
    pub undecided: usize,
}

impl Tally {
    /// Counts the outcomes of `entries`.
    pub fn of(entries: &[Entry]) -> Tally {
        let mut tally = Tally::default();
        for entry in entries {
            match entry.verdict.outcome {
                Outcome::Passed => tally.passed += 1,
                Outcome::Failed(_) => tally.failed += 1,
                Outcome::Skipped(_) => tally.skipped += 1,
                Outcome::Undecided(_) => tally.undecided += 1,
            }
        }
        tally
    }
}

/// The last line of a whole run: `22 passed, 0 failed`, and what is not zero of the rest.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        if self.undecided > 0 {
            write!(f, ", {} undecided", self.undecided)?;
        }
        Ok(())
    }
}

/// The first line of every check: whose program it is.
pub fn subject(program: &Program, lessons: &[&Lesson]) -> String {
    match (program, lessons) {
        (Program::Yours(command), _) => format!("checking YOUR program {}", visible(command)),
        (Program::HandedOut, _) => {
            let names: Vec<_> = lessons.iter().map(|lesson| lesson.full_name()).collect();
            format!("checking YOUR program {}", names.join(", "))
        }
        (Program::Mine | Program::Hunt, _) => {
            let folders = lessons.iter().filter_map(|lesson| program.folder(lesson));
            let folders: Vec<_> = folders.map(|it| it.display().to_string()).collect();
            match &folders[..] {
                [one] => format!("checking YOUR program {one}"),
                _ => format!("checking YOUR programs: {}", folders.join(", ")),
            }
        }
        (Program::Lessons, [lesson]) if lesson.task.is_some() => {
            let folder = lesson.folder.display();
            format!("checking the TASK's reference solution {folder}/reference.patch")
        }
        (Program::Lessons, [lesson]) => {
            format!("checking the LESSON's program {}", lesson.folder.display())
        }
        (Program::Lessons, _) => {
            // The names of many are more than a line of a terminal.
            let name = |lesson: &&Lesson| match lessons.len() {
                ..4 => lesson.full_name(),
                _ => format!("{:02}", lesson.number),
            };
            let names: Vec<_> = lessons.iter().map(name).collect();
            format!("checking the LESSONS' programs: {}", names.join(", "))
        }
    }
}

/// What is wrong, or could not be decided.
fn finding(outcome: &Outcome) -> Option<&Finding> {
    match outcome {
        Outcome::Failed(finding) | Outcome::Undecided(finding) => Some(finding),
        Outcome::Passed | Outcome::Skipped(_) => None,
    }
}

/// The outcome in one word, and what it comes with, for machines.
fn outcome_and_message(outcome: &Outcome) -> (&'static str, Option<&str>) {
    match outcome {
        Outcome::Passed => ("passed", None),
        Outcome::Failed(finding) => ("failed", Some(&finding.message)),
        Outcome::Skipped(reason) => ("skipped", Some(reason)),
        Outcome::Undecided(finding) => ("undecided", Some(&finding.message)),
    }
}

/// The time that `entries` took together; scripts that ran side by side count each.
fn time_of(entries: &[Entry]) -> Duration {
    entries.iter().map(|entry| entry.verdict.took).sum()
}

/// Runs of entries of the same lesson, as [`crate::suite::run`] delivers them.
fn by_lesson<'e, 'a>(entries: &'e [Entry<'a>]) -> impl Iterator<Item = &'e [Entry<'a>]> {
    entries.chunk_by(|a, b| a.lesson.folder == b.lesson.folder)
}

/// `text` with what a terminal would obey (escape sequences, a change of writing direction) made visible.
/// Programs are free to print anything, and reports quote them.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        let bidi = matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (char.is_control() && char != '\n') || bidi {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_leaves_out_what_did_not_happen() {
        let mut tally = Tally {
            passed: 22,
            ..Tally::default()
        };
        assert_eq!(tally.to_string(), "22 passed, 0 failed");
        tally.skipped = 2;
        tally.undecided = 1;
        assert_eq!(
            tally.to_string(),
            "22 passed, 0 failed, 2 skipped, 1 undecided"
        );
    }

    #[test]
    fn the_first_line_says_whose_program_it_is() {
        let (one, two) = (samples::lesson(1, "one"), samples::lesson(2, "two"));
        assert_eq!(
            subject(&Program::Lessons, &[&one]),
            "checking the LESSON's program lessons/01-one"
        );
        assert_eq!(
            subject(&Program::Lessons, &[&one, &two]),
            "checking the LESSONS' programs: 01-one, 02-two"
        );
        assert_eq!(
            subject(&Program::Lessons, &[&one, &two, &one, &two]),
            "checking the LESSONS' programs: 01, 02, 01, 02"
        );
        assert_eq!(
            subject(&Program::Mine, &[&one]),
            "checking YOUR program exercises/01-one"
        );
        assert_eq!(
            subject(&Program::Mine, &[&one, &two]),
            "checking YOUR programs: exercises/01-one, exercises/02-two"
        );
        assert_eq!(
            subject(&Program::Hunt, &[&one]),
            "checking YOUR program exercises/01-one--hunt"
        );
        assert_eq!(
            subject(&Program::HandedOut, &[&samples::lesson(0, "quota-echo")]),
            "checking YOUR program quota-echo"
        );
        assert_eq!(
            subject(&Program::Yours("python3 server.py".into()), &[&one]),
            "checking YOUR program python3 server.py"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_made_visible() {
        assert_eq!(
            visible("a\u{1b}[2Jb\tc\nd\u{202e}"),
            "a\\u{1b}[2Jb\\tc\nd\\u{202e}"
        );
    }
}
