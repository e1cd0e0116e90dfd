//! What follows the quoted line of a failure: everything else that helps.

use super::troubles::Trouble;
use super::{Entry, Program, Wording, visible};
use crate::lesson::{Lesson, Role};
use crate::script::{Action, Script, ServerVerb};
use std::path::Path;

/// Where prose is broken, in characters: a report must not wrap raggedly in a terminal of 120 columns.
const LINE: usize = 100;

/// A label and what is said under it, in one or more lines.
pub(super) type Footer = (&'static str, String);

/// Everything beside the message and the quoted line, in the order in which it is told.
pub(super) fn footers(trouble: &Trouble, wording: &Wording) -> Vec<Footer> {
    let entry = trouble.first;
    let mut footers = Vec::new();
    if trouble.finding.step.is_none() {
        footers.push((
            "asked",
            "beside the script's own steps, as in every script".into(),
        ));
    }
    for fact in &trouble.finding.facts {
        footers.push((fact.label, visible(fact.text.trim_end())));
    }
    footers.extend(repeated(trouble));
    footers.extend(also(trouble));
    // What several scripts have in common, none of them explains; a script in several variants does.
    if trouble.one_file {
        footers.extend(why(entry.script));
        footers.extend(hints(&entry.script.hints, wording.hints));
    }
    footers.push(("by hand", by_hand(entry, &wording.program)));
    footers.extend(chapter(entry.lesson));
    footers
}

/// The first paragraph; a title and nothing more is a fair head of a script that needs no explanation.
fn why(script: &Script) -> Option<Footer> {
    let paragraph = script.why.lines().next()?;
    Some(("why", wrapped(paragraph)))
}

fn repeated(trouble: &Trouble) -> Option<Footer> {
    let differ = if trouble.same_message {
        ""
    } else {
        ", not always like this"
    };
    (trouble.runs > 1).then(|| {
        (
            "repeated",
            format!(
                "failed in {} of {} runs{differ}",
                trouble.failed, trouble.runs
            ),
        )
    })
}

fn also(trouble: &Trouble) -> Option<Footer> {
    let names = trouble.also.join(", ");
    match trouble.also.len() {
        0 => None,
        1 => Some(("also", format!("1 more script ends the same way: {names}"))),
        more => Some((
            "also",
            wrapped(&format!("{more} more scripts end the same way: {names}")),
        )),
    }
}

fn hints(hints: &[String], all: bool) -> Option<Footer> {
    match hints {
        [] => None,
        [only] => Some(("hint", wrapped(only))),
        [first, rest @ ..] if !all => Some((
            "hint",
            wrapped(&format!("{first} ({} more: --hints)", rest.len())),
        )),
        _ => {
            let numbered = hints
                .iter()
                .enumerate()
                .map(|(i, hint)| wrapped(&format!("{}. {hint}", i + 1)).replace('\n', "\n   "));
            Some(("hints", numbered.collect::<Vec<_>>().join("\n")))
        }
    }
}

/// What to type to see it with one's own eyes: the program here, a client there.
fn by_hand(entry: &Entry, program: &Program) -> String {
    let addresses = &entry.lesson.about.default_addresses;
    let arguments = arguments(entry).join(" ");
    let start = match program {
        Program::Lessons => {
            let run = format!("cargo xtask run {:02}", entry.lesson.number);
            if arguments.is_empty() {
                run
            } else {
                format!("{run} -- {arguments}")
            }
        }
        Program::Yours(command) => {
            let mut words = vec![visible(command)];
            words.extend((!arguments.is_empty()).then_some(arguments));
            words.extend(addresses.iter().cloned());
            words.join(" ")
        }
    };
    let first = addresses.first().and_then(|first| first.rsplit_once(':'));
    match (first, entry.lesson.about.role) {
        (Some((host, port)), Role::Server) => format!("{start}  ·  nc {host} {port}"),
        // Somebody must listen before it connects.
        (Some((host, port)), Role::Client) => format!("nc -l {host} {port}  ·  {start}"),
        (None, _) => start,
    }
}

/// What the program was started with: the variant's arguments, then the script's.
fn arguments(entry: &Entry) -> Vec<String> {
    let variants = &entry.lesson.about.variants;
    let own = variants
        .iter()
        .find(|variant| Some(&variant.name) == entry.script.variant.as_ref());
    let mut arguments = own.map_or(Vec::new(), |variant| variant.arguments.clone());
    if let Some(Action::Server(ServerVerb::StartedWith(more))) =
        entry.script.steps.first().map(|step| &step.action)
    {
        arguments.extend_from_slice(more);
    }
    arguments
}

fn chapter(lesson: &Lesson) -> Option<Footer> {
    let file = Path::new("book/src").join(format!("{}.md", lesson.full_name()));
    lesson
        .root
        .join(&file)
        .is_file()
        .then(|| ("chapter", file.display().to_string()))
}

/// Prose in lines of at most [`LINE`] characters, but for words that are longer.
fn wrapped(prose: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in visible(prose).split_whitespace() {
        let more = word.chars().count();
        if length > 0 && length + 1 + more > LINE {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += more;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words() {
        let prose = "word ".repeat(30);
        let lines: Vec<_> = wrapped(&prose).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), 99);
        assert_eq!(wrapped(&"x".repeat(120)).lines().count(), 1);
    }

    #[test]
    fn the_first_hint_says_how_many_more_there_are() {
        let three = ["a", "b", "c"].map(String::from);
        assert_eq!(
            hints(&three, false),
            Some(("hint", "a (2 more: --hints)".into()))
        );
        assert_eq!(
            hints(&three, true),
            Some(("hints", "1. a\n2. b\n3. c".into()))
        );
        assert_eq!(hints(&three[..1], false), Some(("hint", "a".into())));
        assert_eq!(hints(&[], true), None);
    }
}
