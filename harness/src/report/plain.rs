//! Reports for screen readers: one sentence a line, and no drawing.

use super::footers::{Footer, footers};
use super::human::{also_failing, score, skipped};
use super::troubles::{Trouble, shown, troubles};
use super::{Entry, Wording, visible};

/// All that is said of one lesson: its failures, then what was skipped, then how many scripts pass.
pub fn lesson(entries: &[Entry], wording: &Wording) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (told, others) = shown(entries, &wording.program);
    for trouble in told {
        lines.extend(report(&trouble, wording));
    }
    lines.extend(also_failing(entries, &others).map(|others| sentence(&others)));
    let Some(first) = entries.first() else {
        return String::new();
    };
    for (name, reason) in skipped(entries) {
        lines.push(sentence(&format!(
            "Script {name} was skipped: {}",
            visible(reason)
        )));
    }
    let name = first.lesson.full_name();
    lines.push(format!(
        "{} {name}: {}.",
        first.lesson.kind(),
        score(entries)
    ));
    lines.join("\n") + "\n"
}

/// The report of one run, one sentence a line, if there is anything wrong with it; without a line feed at its end.
pub fn entry(entry: &Entry, wording: &Wording) -> Option<String> {
    let trouble = troubles(std::slice::from_ref(entry)).pop()?;
    Some(report(&trouble, wording).join("\n"))
}

fn report(trouble: &Trouble, wording: &Wording) -> Vec<String> {
    let (script, finding) = (trouble.first.script, trouble.finding);
    let ended = if trouble.is_undecided() {
        "is undecided"
    } else {
        "failed"
    };
    let mut lines = vec![
        format!(
            "{} {}, {} {}, {ended}.",
            trouble.first.lesson.kind(),
            trouble.first.lesson.full_name(),
            if script.test.is_some() {
                "test"
            } else {
                "script"
            },
            script.name
        ),
        sentence(&visible(&finding.message)),
    ];
    if let Some(place) = &finding.unwritten {
        let line = place.source[..place.span.start].matches('\n').count() + 1;
        let path = place.path.display();
        lines.push(format!("The place is line {line} of {path}"));
    } else if let Some(step) = finding.step.and_then(|step| script.steps.get(step)) {
        lines.push(format!(
            "The step is line {} of {}: {}",
            script.line_of(step.span.start),
            script.path.display(),
            script.words(step)
        ));
    } else if let Some(span) = &finding.at {
        lines.push(format!(
            "The line is line {} of {}: {}",
            script.line_of(span.start),
            script.path.display(),
            &script.source[span.clone()]
        ));
    } else {
        lines.push(format!("The script is {}", script.path.display()));
    }
    for footer in footers(trouble, wording) {
        lines.extend(sentences(&footer));
    }
    lines
}

/// A footer as lines that each stand alone: each says again what it is about.
fn sentences((label, text): &Footer) -> Vec<String> {
    // Prose was broken to fit a screen; hints are numbered, one a line, and go on indented.
    let text = match *label {
        "why" | "hint" | "also" | "task" => text.replace('\n', " "),
        "hints" => text.replace("\n   ", " "),
        _ => text.clone(),
    };
    text.lines()
        .filter(|line| !is_drawing(line))
        .flat_map(|line| line.split(" · "))
        .map(|part| match *label {
            // Full stops do not belong into what is to be typed.
            "by hand" | "chapter" => format!("{label}: {}", part.trim()),
            _ => sentence(&format!("{label}: {}", part.trim())),
        })
        .collect()
}

/// Whether a line only points at the one above it.
fn is_drawing(line: &str) -> bool {
    line.chars().all(|char| " ^~|-".contains(char))
}

/// `text`, ended as a sentence is.
pub(super) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, wording};
    use super::*;
    use crate::verdict::Fact;

    #[test]
    fn a_failure_is_told_in_sentences() {
        let sample = samples::slow_reader();
        assert_eq!(
            lesson(&[sample.failed(1)], &wording()),
            r#"Lesson 05-select-read-write, script slow-reader, failed.
bob did not receive "hi\n": the server is asleep in send.
The step is line 15 of lessons/05-select-read-write/scripts/slow-reader.script: bob receives "hi\n"
server: asleep in send, writing to ada, who leaves 2.6 MiB unread; it should wait in select.
unread: 3 bytes from bob.
clients: ada sent 4.1 of 16 MiB, received 0.
clients: bob sent "hi\n", received nothing.
server printed: accepted 127.0.0.1:50112 (bob).
server printed: accepted 127.0.0.1:50114 (ada).
why: ada asks for a lot and does not read it. What she is owed must wait in her own queue: bob must not notice.
hint: Which call is the server sitting in? It should be select, whatever ada does. (2 more: --hints).
by hand: cargo xtask run 05
by hand: cargo xtask connect 05
Lesson 05-select-read-write: 0 of 1 script passes.
"#
        );
    }

    #[test]
    fn carets_are_not_read_out() {
        let mut sample = samples::slow_reader();
        sample.finding.facts = vec![Fact {
            label: "received",
            text: "\"hallo\"\n  ^ here it differs\n  ^~~".into(),
        }];
        let report = entry(&sample.failed(1), &wording()).unwrap();
        assert!(report.contains("received: \"hallo\".\n"), "{report}");
        assert!(!report.contains("^~~"), "{report}");
    }
}
