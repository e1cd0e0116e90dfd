//! One JSON document about everything that was played.

use super::{Entry, Program, Tally, by_lesson, outcome_and_message};
use serde::Serialize;

/// Raised when something that a reader relies on changes or goes; new fields do not raise it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    program: String,
    passed: usize,
    failed: usize,
    skipped: usize,
    undecided: usize,
    scripts: Vec<Played<'a>>,
}

#[derive(Serialize)]
struct Played<'a> {
    lesson: String,
    script: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<u32>,
    outcome: &'static str,
    seconds: f64,
    message: Option<&'a str>,
    hints: &'a [String],
}

/// The document, ended by a line feed. Each run is an entry of its own, and is numbered where there are several.
pub fn document(entries: &[Entry], program: &Program) -> String {
    let repeated = entries.iter().any(|entry| entry.run > 1);
    let tally = Tally::of(entries);
    let document = Document {
        version: VERSION,
        program: program_of(entries, program),
        passed: tally.passed,
        failed: tally.failed,
        skipped: tally.skipped,
        undecided: tally.undecided,
        scripts: entries
            .iter()
            .map(|entry| played(entry, repeated))
            .collect(),
    };
    // Only a map with keys that are no strings could fail, and there is none.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn played<'a>(entry: &'a Entry, repeated: bool) -> Played<'a> {
    let (outcome, message) = outcome_and_message(&entry.verdict.outcome);
    Played {
        lesson: entry.lesson.full_name(),
        script: &entry.script.name,
        run: repeated.then_some(entry.run),
        outcome,
        seconds: entry.verdict.took.as_secs_f64(),
        message,
        hints: &entry.script.hints,
    }
}

/// The user's command, or the folders of the programs.
fn program_of(entries: &[Entry], program: &Program) -> String {
    match program {
        Program::Yours(command) => command.clone(),
        Program::HandedOut => entries
            .first()
            .map(|entry| entry.lesson.full_name())
            .unwrap_or_default(),
        Program::Lessons | Program::Mine | Program::Hunt => by_lesson(entries)
            .filter_map(|entries| program.folder(entries.first()?.lesson))
            .map(|folder| folder.display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use serde_json::{Value, json};

    fn read(document: &str) -> Value {
        serde_json::from_str(document).unwrap()
    }

    #[test]
    fn a_document_says_what_was_played_and_how_it_ended() {
        let (slow, fast) = (samples::slow_reader(), samples::never_listened("fast"));
        let document = document(&[slow.failed(1), fast.passed(1)], &Program::Lessons);
        assert_eq!(
            read(&document),
            json!({
                "version": 1,
                "program": "lessons/05-select-read-write",
                "passed": 1, "failed": 1, "skipped": 0, "undecided": 0,
                "scripts": [
                    {
                        "lesson": "05-select-read-write", "script": "slow-reader", "outcome": "failed",
                        "seconds": 0.35,
                        "message": "bob did not receive \"hi\\n\": the server is asleep in send",
                        "hints": slow.script.hints,
                    },
                    {
                        "lesson": "05-select-read-write", "script": "fast", "outcome": "passed",
                        "seconds": 0.35, "message": null, "hints": [],
                    },
                ],
            })
        );
    }

    #[test]
    fn repeated_runs_are_numbered_and_a_users_command_is_the_program() {
        let slow = samples::slow_reader();
        let entries = [slow.passed(1), slow.skipped(2), slow.undecided(3)];
        let document = read(&document(&entries, &Program::Yours("python3 s.py".into())));
        assert_eq!(document["program"], "python3 s.py");
        assert_eq!(document["undecided"], 1);
        let runs: Vec<_> = (0..3)
            .map(|i| document["scripts"][i]["run"].clone())
            .collect();
        assert_eq!(runs, [1, 2, 3]);
        assert_eq!(document["scripts"][1]["outcome"], "skipped");
        assert_eq!(document["scripts"][1]["message"], "the limit is 64");
    }
}
