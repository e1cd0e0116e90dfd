//! What follows the quoted line of a failure: everything else that helps.

use super::troubles::Trouble;
use super::{Entry, Program, WIDTH, Wording, visible};
use crate::exercise::{self, Exercise};
use crate::lesson::{Lesson, Role};
use crate::script::{Action, Script, ServerVerb, Text};
use crate::verdict::Unwritten;
use crate::words::{count, wrapped};
use std::path::Path;

/// Between two commands for two terminals.
const BESIDE: &str = "  ·  ";

/// A label and what is said under it, in one or more lines.
pub(super) type Footer = (&'static str, String);

/// Everything beside the message and the quoted line, in the order in which it is told.
pub(super) fn footers(trouble: &Trouble, wording: &Wording) -> Vec<Footer> {
    let entry = trouble.first;
    if let Some(unwritten) = &trouble.finding.unwritten {
        return about_unwritten(trouble, unwritten, wording);
    }
    let mut footers = Vec::new();
    let is_test = entry.script.test.is_some();
    if trouble.finding.step.is_none() && !is_test {
        footers.push((
            "asked",
            "beside the script's own steps, as in every script".into(),
        ));
    }
    for fact in &trouble.finding.facts {
        let text = visible(fact.text.trim_end());
        // Two lines below each other mean something by where their words stand.
        let room = wording.room(fact.label);
        let is_too_long = text.chars().count() > room && room < WIDTH;
        let text = match fact.label {
            "your code" if room < WIDTH => {
                let lines = text.lines().map(|line| cut(line, room));
                lines.collect::<String>().trim_end().to_owned()
            }
            _ if is_too_long && !text.contains('\n') => wrapped(&text, room),
            "stderr" if is_too_long => {
                let lines = text.lines().map(|line| match line.chars().count() > room {
                    true => wrapped(line, room),
                    false => line.to_owned(),
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            _ => text,
        };
        footers.push((fact.label, text));
    }
    footers.extend(repeated(trouble));
    footers.extend(also(trouble, wording.room("also")));
    // What several scripts have in common, none of them explains; a script in several variants does. Nor does a script
    // explain what goes wrong beside its steps.
    let more = match wording.program {
        Program::Mine => format!("cargo xtask exercise hint {}", entry.lesson.words()),
        _ => "--hints".into(),
    };
    if let Some(habit) = trouble.finding.habit {
        footers.extend(hints(&habit.hints().map(String::from), wording, &more));
    } else if trouble.one_file && (trouble.finding.step.is_some() || is_test) {
        footers.extend(why(entry.script, wording.room("why")));
        footers.extend(hints(&entry.script.hints, wording, &more));
    }
    let by_hand = match is_test {
        true => test_by_hand(entry, &wording.program),
        false => Some(by_hand(entry, &wording.program)),
    };
    let by_hand = by_hand.map(
        |text| match text.chars().count() > wording.room("by hand") {
            true if wording.columns < WIDTH => text.replace(BESIDE, "\n"),
            _ => text,
        },
    );
    footers.extend(by_hand.map(|text| ("by hand", text)));
    footers.extend(chapter(entry.lesson));
    footers
}

/// What to type to run a test of the user's own library alone; nothing, if that is built only to be proven.
fn test_by_hand(entry: &Entry, program: &Program) -> Option<String> {
    let package = Exercise::of(entry.lesson).package;
    let test = &entry.script.name;
    (*program == Program::Mine)
        .then(|| format!("cd {} && cargo test -p {package} {test}", exercise::FOLDER))
}

/// As much of a line of somebody's program as there is room for, and a line feed.
fn cut(line: &str, room: usize) -> String {
    match line.char_indices().nth(room) {
        Some(_) => {
            line.chars()
                .take(room.saturating_sub(1))
                .collect::<String>()
                + "…\n"
        }
        None => format!("{line}\n"),
    }
}

/// What there is to say when the program came to something that is still to be written: of what it did before, nothing.
fn about_unwritten(trouble: &Trouble, unwritten: &Unwritten, wording: &Wording) -> Vec<Footer> {
    let lesson = trouble.first.lesson;
    let mut footers = Vec::new();
    if let Some(task) = &unwritten.task {
        footers.push(("task", wrapped(task, wording.room("task"))));
    }
    let more = match wording.program {
        Program::HandedOut => "--hints".into(),
        _ => format!("cargo xtask exercise hint {}", lesson.words()),
    };
    footers.extend(hints(&unwritten.hints, wording, &more));
    let others = trouble.also.len();
    if others > 0 {
        let scripts = match trouble.first.script.test {
            Some(_) => count(
                others,
                "more test or script comes",
                "more tests and scripts come",
            ),
            None => count(others, "more script comes", "more scripts come"),
        };
        footers.push(("also", format!("{scripts} this far")));
    }
    footers.extend(chapter(lesson));
    footers
}

/// The first paragraph; a title and nothing more is a fair head of a script that needs no explanation.
fn why(script: &Script, width: usize) -> Option<Footer> {
    let paragraph = script.why.lines().next()?;
    Some(("why", wrapped(&visible(paragraph), width)))
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

fn also(trouble: &Trouble, width: usize) -> Option<Footer> {
    Some(("also", wrapped(&same_way(trouble)?, width)))
}

/// The scripts that end as the one that is told.
pub(super) fn same_way(trouble: &Trouble) -> Option<String> {
    let scripts = match trouble.also.len() {
        0 => return None,
        1 => "1 more script ends".to_owned(),
        more => format!("{more} more scripts end"),
    };
    Some(format!(
        "{scripts} the same way: {}",
        trouble.also.join(", ")
    ))
}

/// The first hint, and how to have the others: with `more`.
fn hints(hints: &[String], wording: &Wording, more: &str) -> Option<Footer> {
    let wrapped = |prose: &str| wrapped(&visible(prose), wording.room("hint"));
    match hints {
        [] => None,
        [only] => Some(("hint", wrapped(only))),
        [first, rest @ ..] if !wording.hints => Some((
            "hint",
            wrapped(&format!("{first} ({} more: {more})", rest.len())),
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
        Program::Lessons | Program::Mine | Program::Hunt | Program::HandedOut => {
            let run = format!(
                "cargo xtask run {}{}",
                entry.lesson.words(),
                program.option()
            );
            let run = run.trim_end().to_owned();
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
        // With an assignment there is no lesson 04, which could be the client.
        (Some((host, port)), Role::Server) if entry.lesson.number == 0 => {
            format!("{start}{BESIDE}nc {host} {port}")
        }
        // It listens where the lesson does by default.
        (Some(_), Role::Server) => {
            let number = entry.lesson.number;
            format!("{start}{BESIDE}cargo xtask connect {number:02}")
        }
        // Somebody must listen before it connects.
        (Some((host, port)), Role::Client) => format!("nc -l {host} {port}{BESIDE}{start}"),
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
    let mut steps = entry.script.steps.iter().map(|step| &step.action);
    let first = steps.find(|action| !matches!(action, Action::Peer { .. }));
    if let Some(Action::Server(ServerVerb::StartedWith(more))) = first {
        // A peer is whoever listens there.
        let rendered = |text: &Text| text.render(None, |_| Some("HOST:PORT".into()));
        let more = more.iter().map(rendered);
        arguments.extend(more.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    arguments
}

fn chapter(lesson: &Lesson) -> Option<Footer> {
    let file = Path::new("book/src").join(format!("{}.md", lesson.chapter_name()));
    lesson
        .root
        .join(&file)
        .is_file()
        .then(|| ("chapter", file.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habit::Habit;
    use crate::report::samples;

    #[test]
    fn the_first_hint_says_how_many_more_there_are() {
        let wording = samples::wording();
        let all = Wording {
            hints: true,
            ..samples::wording()
        };
        let three = ["a", "b", "c"].map(String::from);
        assert_eq!(
            hints(&three, &wording, "--hints"),
            Some(("hint", "a (2 more: --hints)".into()))
        );
        assert_eq!(
            hints(&three, &all, "--hints"),
            Some(("hints", "1. a\n2. b\n3. c".into()))
        );
        assert_eq!(hints(&three[..1], &wording, ""), Some(("hint", "a".into())));
        assert_eq!(hints(&[], &all, ""), None);
    }

    #[test]
    fn what_is_wrong_whatever_a_script_asks_has_hints_of_its_own() {
        let mut sample = samples::slow_reader();
        sample.finding.step = None;
        sample.finding.habit = Some(Habit::Spins);
        let entries = [sample.failed(1)];
        let troubles = super::super::troubles::troubles(&entries);
        let footers = footers(&troubles[0], &samples::wording());
        let text = |label| footers.iter().find(|it| it.0 == label).map(|it| &*it.1);
        assert!(text("hint").is_some_and(|it| it.starts_with("The wait returns at once")));
        assert_eq!(text("why"), None);
    }

    #[test]
    fn commands_that_a_narrow_terminal_would_break_are_below_each_other() {
        let sample = samples::slow_reader();
        let by_hand = |columns| {
            let wording = Wording {
                columns,
                ..samples::wording()
            };
            let entries = [sample.failed(1)];
            let troubles = super::super::troubles::troubles(&entries);
            let footers = footers(&troubles[0], &wording).into_iter();
            let mut by_hand = footers.filter(|(label, _)| *label == "by hand");
            by_hand.next().map(|(_, text)| text.lines().count())
        };
        assert_eq!((by_hand(80), by_hand(50)), (Some(1), Some(2)));
    }

    #[test]
    fn what_is_known_is_broken_for_a_narrow_terminal_only() {
        let sample = samples::slow_reader();
        let entry = sample.failed(1);
        let server = |columns| {
            let wording = Wording {
                columns,
                ..samples::wording()
            };
            let entries = [entry.clone()];
            let troubles = super::super::troubles::troubles(&entries);
            let footers = footers(&troubles[0], &wording).into_iter();
            let mut of_server = footers.filter(|(label, _)| *label == "server");
            of_server.next().map(|(_, text)| text.lines().count())
        };
        assert_eq!(server(120), Some(1));
        assert_eq!(server(80), Some(2));
    }
}
