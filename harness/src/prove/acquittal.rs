//! Judges what came of the scripts of a lesson on a program that is right but different: none may call it wrong.

use super::proof::{Miss, of};
use super::right::Right;
use crate::report::{Entry, Wording, human};
use crate::verdict::Outcome;
use std::time::Duration;

/// What the scripts found in a right program.
#[derive(Debug)]
pub struct Acquittal<'a> {
    /// The program.
    pub right: &'a Right,
    /// How many scripts it passed, each time.
    pub passed: usize,
    /// How many could not be played here.
    pub skipped: usize,
    /// The longest that one of them took.
    pub slowest: Duration,
    /// What was found in it although there is nothing to find; it is acquitted if there is none.
    pub wrongs: Vec<Miss>,
}

impl<'a> Acquittal<'a> {
    /// What `entries` say, which are the runs of all scripts that are played against `right`, those of one script side by side.
    pub fn of(right: &'a Right, entries: &[Entry], wording: &Wording) -> Acquittal<'a> {
        let mut acquittal = Acquittal {
            right,
            passed: 0,
            skipped: 0,
            slowest: entries
                .iter()
                .map(|run| run.verdict.took)
                .max()
                .unwrap_or_default(),
            wrongs: Vec::new(),
        };
        for runs in entries.chunk_by(|a, b| a.script.name == b.script.name) {
            let is_wrong = |run: &&Entry| {
                matches!(
                    run.verdict.outcome,
                    Outcome::Failed(_) | Outcome::Undecided(_)
                )
            };
            let is_skipped = |run: &Entry| matches!(run.verdict.outcome, Outcome::Skipped(_));
            if let Some(first) = runs.iter().find(is_wrong) {
                let count = runs.iter().filter(is_wrong).count();
                acquittal.wrongs.push(Miss {
                    message: format!(
                        "{} calls it wrong in {}",
                        first.script.name,
                        of(count, runs)
                    ),
                    report: human::entry(first, wording),
                });
            } else if runs.iter().any(is_skipped) {
                acquittal.skipped += 1;
            } else {
                acquittal.passed += 1;
            }
        }
        acquittal
    }

    /// Whether no script has anything against it. One that could not be asked at all has said nothing for it, either.
    pub fn is_right(&self) -> bool {
        self.wrongs.is_empty() && self.passed > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{self, wording};
    use std::path::Path;

    fn right() -> Right {
        let source = "# differs: It is Python.\n";
        Right::parse(Path::new("right/in-python.py"), source, &[]).unwrap()
    }

    #[test]
    fn a_program_that_every_script_passes_is_right() {
        let (sample, right) = (samples::slow_reader(), right());
        let mut other = samples::slow_reader();
        other.script.name = "too-many".into();
        let entries = [sample.passed(1), sample.passed(2), other.skipped(1)];
        let acquittal = Acquittal::of(&right, &entries, &wording());
        assert!(acquittal.is_right());
        assert_eq!((acquittal.passed, acquittal.skipped), (1, 1));
        assert_eq!(acquittal.slowest, Duration::from_millis(350));
    }

    #[test]
    fn one_run_that_fails_or_is_undecided_calls_it_wrong_and_is_shown() {
        let (sample, right) = (samples::slow_reader(), right());
        for wrong in [sample.failed(2), sample.undecided(2)] {
            let entries = [sample.passed(1), wrong];
            let acquittal = Acquittal::of(&right, &entries, &wording());
            assert!(!acquittal.is_right());
            let [miss] = &acquittal.wrongs[..] else {
                panic!("{acquittal:?}");
            };
            assert_eq!(miss.message, "slow-reader calls it wrong in 1 of 2 runs");
            assert!(miss.report.as_deref().unwrap().contains("asleep in send"));
        }
    }

    #[test]
    fn what_was_only_skipped_proves_nothing() {
        let (sample, right) = (samples::slow_reader(), right());
        let acquittal = Acquittal::of(&right, &[sample.skipped(1)], &wording());
        assert!(!acquittal.is_right());
    }
}
