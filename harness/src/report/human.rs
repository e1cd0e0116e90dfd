//! Reports for a terminal, in rustc's shape: file, line, caret, and what else is known.

use super::footers::{Footer, footers, same_way};
use super::troubles::{Trouble, shown, troubles};
use super::{Entry, WIDTH, Wording, finding, visible};
use crate::verdict::Outcome;
use crate::words::wrapped;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Padding, Renderer, Snippet};
use std::collections::BTreeSet;
use std::ops::Range;

/// All that is said of one lesson: its failures, then what was skipped, then how many scripts pass.
/// `width` is the width of the column of lessons, so that the lines of several lessons line up.
pub fn lesson(entries: &[Entry], wording: &Wording, width: usize) -> String {
    let mut text = String::new();
    for trouble in shown(entries, &wording.program).0 {
        text.push_str(&report(&trouble, wording));
        text.push_str("\n\n");
    }
    text + &summary(entries, wording, width)
}

/// What comes after the failures: which others there are, what was skipped, how many scripts pass.
pub fn summary(entries: &[Entry], wording: &Wording, width: usize) -> String {
    let mut text = String::new();
    let (_, others) = shown(entries, &wording.program);
    if let Some(others) = also_failing(entries, &others) {
        text.push_str(&format!(
            "{}\n",
            wrapped(&others, wording.columns.min(WIDTH))
        ));
    }
    let Some(first) = entries.first() else {
        return text;
    };
    for (name, reason) in skipped(entries) {
        text.push_str(&format!("skipped {name}: {}\n", visible(reason)));
    }
    let name = first.lesson.full_name();
    let score = score(entries);
    // The name of a task may leave no room for it.
    let gap = match width.max(name.len()) + score.len() < wording.columns.saturating_sub(3) {
        true => "   ",
        false => "\n    ",
    };
    text + &format!("{name:width$}{gap}{score}\n")
}

/// The same where the first failure was told by [`entry`], when nobody knew yet who ends as it does.
pub fn summary_after_first(entries: &[Entry], wording: &Wording, width: usize) -> String {
    let (told, _) = shown(entries, &wording.program);
    let first = told.first().filter(|told| told.finding.unwritten.is_none());
    let same = first.and_then(same_way).map_or(String::new(), |same| {
        format!("{}\n", wrapped(&same, wording.columns.min(WIDTH)))
    });
    same + &summary(entries, wording, width)
}

/// The report of one run, if there is anything wrong with it; without a line feed at its end.
pub fn entry(entry: &Entry, wording: &Wording) -> Option<String> {
    let trouble = troubles(std::slice::from_ref(entry)).pop()?;
    Some(report(&trouble, wording))
}

fn report(trouble: &Trouble, wording: &Wording) -> String {
    let level = if trouble.is_undecided() {
        Level::WARNING.with_name("undecided")
    } else {
        Level::ERROR
    };
    let room = wording.columns.saturating_sub("error: ".len());
    // A terminal would break it in the middle of a word.
    let title = level.primary_title(wrapped(&visible(&trouble.finding.message), room));
    let script = trouble.first.script;
    let path = script.path.display().to_string();
    let step = trouble.finding.step.and_then(|step| script.steps.get(step));
    let snippet = |source, path, span| {
        let span = AnnotationKind::Primary.span(within(source, span));
        Snippet::source(source).path(path).annotation(span)
    };
    let group = match (&trouble.finding.unwritten, step) {
        (Some(place), _) => Group::with_title(title).element(snippet(
            &place.source,
            place.path.display().to_string(),
            &place.span,
        )),
        (None, Some(step)) => {
            Group::with_title(title).element(snippet(&script.source, path, &step.span))
        }
        (None, None) if let Some(span) = &trouble.finding.at => {
            Group::with_title(title).element(snippet(&script.source, path, span))
        }
        (None, None) => Group::with_title(title)
            .element(Origin::path(path))
            .element(Padding),
    };
    let footers = footers(trouble, wording);
    render(
        group.elements(footers.into_iter().map(message)),
        wording.colour,
    )
}

fn message<'a>((label, text): Footer) -> annotate_snippets::Message<'a> {
    Level::NOTE.with_name(label).message(text)
}

/// Draws one report.
pub(super) fn render(group: Group, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

/// `span` as far as it is in `source`, from character to character: a report must not fail over a wrong place.
pub(super) fn within(source: &str, span: &Range<usize>) -> Range<usize> {
    let boundary = |offset: usize| {
        (0..=offset.min(source.len()))
            .rev()
            .find(|&offset| source.is_char_boundary(offset))
            .unwrap_or(0)
    };
    let start = boundary(span.start);
    start..boundary(span.end).max(start)
}

/// The scripts that could not be played, each once, with the reason.
pub(super) fn skipped<'e>(entries: &'e [Entry]) -> Vec<(&'e str, &'e str)> {
    let mut skipped = Vec::new();
    for entry in entries {
        let name = entry.script.name.as_str();
        if let Outcome::Skipped(reason) = &entry.verdict.outcome
            && !skipped.iter().any(|(known, _)| *known == name)
        {
            skipped.push((name, reason.as_str()));
        }
    }
    skipped
}

/// What is said of those of `entries`, by their names, that are not told in full.
pub(super) fn also_failing(entries: &[Entry], names: &[&str]) -> Option<String> {
    let mut entries = entries.iter();
    let (script, scripts) = match entries.any(|entry| entry.script.test.is_some()) {
        true => ("test or script", "tests and scripts"),
        false => ("script", "scripts"),
    };
    let fail = match names.len() {
        0 => return None,
        1 => format!("1 more {script} fails"),
        more => format!("{more} more {scripts} fail"),
    };
    Some(format!(
        "{fail} (--script NAME shows one): {}",
        names.join(", ")
    ))
}

/// `hole 1 of 3, `, if the program came to one: the first of them is the next to be filled.
fn hole(entries: &[Entry]) -> String {
    let findings = entries
        .iter()
        .filter_map(|entry| finding(&entry.verdict.outcome));
    let holes = findings.filter_map(|finding| finding.unwritten.as_ref()?.hole);
    holes.min().map_or(String::new(), |(number, of)| {
        format!("hole {number} of {of}, ")
    })
}

/// How many tests, or scripts, pass, and how many there are.
fn passed(entries: &[Entry], are_tests: bool) -> (usize, usize) {
    let asked = || {
        let entries = entries.iter();
        entries.filter(|entry| entry.script.test.is_some() == are_tests)
    };
    let passes = |entry: &&Entry| matches!(entry.verdict.outcome, Outcome::Passed);
    let names = |entries: &mut dyn Iterator<Item = &Entry>| {
        let names = entries.map(|entry| entry.script.name.clone());
        names.collect::<BTreeSet<String>>().len()
    };
    let all = names(&mut asked());
    (
        all - names(&mut asked().filter(|entry| !passes(entry))),
        all,
    )
}

/// `7 of 9 scripts pass`, `10 of 11 scripts pass, 1 skipped`. A script passes if each of its runs does.
pub(super) fn score(entries: &[Entry]) -> String {
    let (passed_tests, tests) = passed(entries, true);
    let (passed_scripts, scripts) = passed(entries, false);
    let skipped = skipped(entries).len();
    let noun = if scripts == 1 { "script" } else { "scripts" };
    let pass = if tests + scripts == 1 {
        "passes"
    } else {
        "pass"
    };
    let of_scripts = format!("{passed_scripts} of {scripts} {noun}");
    let of_tests = match tests {
        1 => format!("{passed_tests} of 1 test"),
        _ => format!("{passed_tests} of {tests} tests"),
    };
    let all = match (tests, scripts) {
        (0, _) => of_scripts,
        (_, 0) => of_tests,
        _ => format!("{of_tests} and {of_scripts}"),
    };
    let hole = hole(entries);
    let mut score = format!("{hole}{all} {pass}");
    if skipped > 0 {
        score.push_str(&format!(", {skipped} skipped"));
    }
    let runs = entries.iter().map(|entry| entry.run).max().unwrap_or(1);
    if runs > 1 {
        score.push_str(&format!(", {runs} runs each"));
    }
    score
}

#[cfg(test)]
#[path = "human_tests.rs"]
mod tests;
