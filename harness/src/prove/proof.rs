//! Judges what came of the scripts of a lesson on one of its known-bad programs.

use super::bug::{Bug, Catch};
use crate::report::{Entry, Wording, human};
use crate::verdict::{Finding, Outcome};
use std::time::Duration;

/// What the scripts found in a known-bad program.
#[derive(Debug)]
pub struct Proof<'a> {
    /// What is wrong with the program.
    pub bug: &'a Bug,
    /// The scripts that failed in each of their runs, in their order.
    pub failing: Vec<&'a str>,
    /// How many scripts were played.
    pub played: usize,
    /// The longest time from a stall to its verdict, over all runs that failed.
    pub slowest: Option<Duration>,
    /// What should have been found and was not; the bug is caught if there is none.
    pub misses: Vec<Miss>,
}

/// Something that should have been found and was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// One sentence, without a full stop: `hello passed in 3 of 20 runs`.
    pub message: String,
    /// What a run has found instead, as a learner would see it.
    pub report: Option<String>,
}

impl<'a> Proof<'a> {
    /// What `entries` prove, which are the runs of all scripts of the lesson on the program with `bug`, those of one
    /// script side by side.
    pub fn of(bug: &'a Bug, entries: &[Entry<'a>], wording: &Wording) -> Proof<'a> {
        let mut proof = Proof {
            bug,
            failing: Vec::new(),
            played: 0,
            slowest: None,
            misses: Vec::new(),
        };
        for runs in entries.chunk_by(|a, b| a.script.name == b.script.name) {
            let name = runs[0].script.name.as_str();
            proof.played += 1;
            if runs.iter().all(|run| failure(run).is_some()) {
                proof.failing.push(name);
            }
            proof.misses.extend(undecided(name, runs, wording));
            for catch in bug.caught_by.iter().filter(|catch| catch.script == name) {
                proof.misses.extend(missed(catch, runs, wording));
            }
        }
        let stalls = entries.iter().filter_map(|run| failure(run)?.stalled_for);
        proof.slowest = stalls.max();
        proof
    }

    /// Whether every script that should find the bug has found it, each time, and nothing was left undecided.
    pub fn is_caught(&self) -> bool {
        self.misses.is_empty()
    }

    /// Whether the bug is to be caught by `script`.
    pub fn names(&self, script: &str) -> bool {
        self.bug
            .caught_by
            .iter()
            .any(|catch| catch.script == script)
    }
}

fn failure<'e>(run: &'e Entry) -> Option<&'e Finding> {
    match &run.verdict.outcome {
        Outcome::Failed(finding) => Some(finding),
        _ => None,
    }
}

/// What is missed if one of `runs` came to no verdict.
fn undecided(name: &str, runs: &[Entry], wording: &Wording) -> Option<Miss> {
    let is_undecided = |run: &&Entry| matches!(run.verdict.outcome, Outcome::Undecided(_));
    let first = runs.iter().find(is_undecided)?;
    let count = runs.iter().filter(is_undecided).count();
    Some(Miss {
        message: format!("{name} is undecided in {}", of(count, runs)),
        report: human::entry(first, wording),
    })
}

/// What is missed if one of `runs` of the script that `catch` names did not fail with its words.
fn missed(catch: &Catch, runs: &[Entry], wording: &Wording) -> Option<Miss> {
    let name = &catch.script;
    for run in runs {
        if let Outcome::Skipped(why) = &run.verdict.outcome {
            return Some(Miss {
                message: format!("{name} was skipped: {why}"),
                report: None,
            });
        }
    }
    let passed = |run: &&Entry| matches!(run.verdict.outcome, Outcome::Passed);
    let count = runs.iter().filter(passed).count();
    if count > 0 {
        return Some(Miss {
            message: format!("{name} passed in {}", of(count, runs)),
            report: None,
        });
    }
    let says_otherwise =
        |run: &&Entry| failure(run).is_some_and(|finding| !says(finding, &catch.words));
    let first = runs.iter().find(says_otherwise)?;
    let count = runs.iter().filter(says_otherwise).count();
    Some(Miss {
        message: format!(
            "{name} failed without the words `{}` in {}",
            catch.words,
            of(count, runs)
        ),
        report: human::entry(first, wording),
    })
}

/// Whether `words` are in what was found. The rest of a report (why, hints, the line of the script) is the same whatever
/// went wrong, so that words found there would prove nothing.
fn says(finding: &Finding, words: &str) -> bool {
    finding.message.contains(words)
        || finding
            .facts
            .iter()
            .any(|fact| format!("{}: {}", fact.label, fact.text).contains(words))
}

/// `3 of 20 runs`
pub(super) fn of(count: usize, runs: &[Entry]) -> String {
    match runs.len() {
        1 => "its run".into(),
        all => format!("{count} of {all} runs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{self, Sample, wording};
    use std::path::Path;

    fn bug(caught_by: &str) -> Bug {
        let source =
            format!("why: x\npitfall: none\ncaught by: {caught_by}\n\n--- a/src/main.rs\n");
        let scripts = ["slow-reader", "hello"];
        Bug::parse(Path::new("bugs/inline.patch"), &source, &scripts).unwrap()
    }

    fn misses(bug: &Bug, entries: &[Entry]) -> Vec<String> {
        let proof = Proof::of(bug, entries, &wording());
        assert_eq!(proof.is_caught(), proof.misses.is_empty());
        proof.misses.into_iter().map(|miss| miss.message).collect()
    }

    fn other(name: &str) -> Sample {
        let mut sample = samples::slow_reader();
        sample.script.name = name.into();
        sample
    }

    #[test]
    fn a_bug_is_caught_when_each_run_fails_with_the_words() {
        let (sample, hello) = (samples::slow_reader(), other("hello"));
        let mut slow = sample.failed(2);
        if let Outcome::Failed(finding) = &mut slow.verdict.outcome {
            finding.stalled_for = Some(Duration::from_millis(7));
        }
        let entries = [sample.failed(1), slow, hello.passed(1), hello.failed(2)];
        let bug = bug("slow-reader: server: asleep in send, writing to ada");
        let proof = Proof::of(&bug, &entries, &wording());
        assert_eq!(proof.misses, []);
        assert_eq!(proof.failing, ["slow-reader"]);
        assert_eq!(proof.played, 2);
        assert_eq!(proof.slowest, Some(Duration::from_millis(7)));
        assert!(proof.names("slow-reader") && !proof.names("hello"));
    }

    #[test]
    fn a_script_that_passes_once_has_missed_the_bug() {
        let sample = samples::slow_reader();
        let entries = [sample.failed(1), sample.passed(2), sample.failed(3)];
        assert_eq!(
            misses(&bug("slow-reader: asleep in send"), &entries),
            ["slow-reader passed in 1 of 3 runs"]
        );
    }

    #[test]
    fn another_explanation_is_a_miss_and_is_shown() {
        let sample = samples::slow_reader();
        let bug = bug("slow-reader: asleep in recv");
        let entries = [sample.failed(1)];
        let proof = Proof::of(&bug, &entries, &wording());
        assert_eq!(
            proof.misses[0].message,
            "slow-reader failed without the words `asleep in recv` in its run"
        );
        let report = proof.misses[0].report.as_deref().unwrap();
        assert!(report.contains("asleep in send"), "{report}");
    }

    #[test]
    fn words_of_the_script_itself_prove_nothing() {
        let sample = samples::slow_reader();
        assert!(sample.script.why.contains("asks for a lot"));
        assert_eq!(
            misses(&bug("slow-reader: asks for a lot"), &[sample.failed(1)]),
            ["slow-reader failed without the words `asks for a lot` in its run"]
        );
    }

    #[test]
    fn what_is_undecided_is_a_miss_whichever_script_it_is() {
        let (sample, hello) = (samples::slow_reader(), other("hello"));
        let entries = [sample.failed(1), hello.undecided(1)];
        assert_eq!(
            misses(&bug("slow-reader: asleep in send"), &entries),
            ["hello is undecided in its run"]
        );
    }

    #[test]
    fn what_could_not_be_played_proves_nothing() {
        let sample = samples::slow_reader();
        assert_eq!(
            misses(&bug("slow-reader: asleep in send"), &[sample.skipped(1)]),
            ["slow-reader was skipped: the limit is 64"]
        );
    }
}
