//! Makes of a lesson's sources those of its exercise.

use super::scan::{Function, functions};
use crate::lesson::{Hole, Lesson};
use crate::prove::apply::Sources;
use crate::words;
use anyhow::{Result, anyhow, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The length of the lines of the exercise's comments, as rustfmt leaves them.
const WIDTH: usize = 100;

/// Stands at the top of a program in which something is left out: what is then not used is no mistake yet.
const ALLOW: &str = "\
// Some of what is here is not used before the holes are filled. Take these two lines out then.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]
";

/// The sources of `lesson` as a learner sees them, complete: without the marks of the book, and run as one's own.
pub(super) fn complete(lesson: &Lesson, sources: &Sources) -> Sources {
    let readable = |text: &String| {
        let run = format!("cargo run -p {}", lesson.name);
        let mine = format!("cargo xtask run {} --mine", lesson.words());
        let lines = text.split_inclusive('\n');
        let lines = lines.filter(|line| !line.trim_start().starts_with("// ANCHOR"));
        lines.collect::<String>().replace(&run, &mine)
    };
    let sources = sources.iter();
    sources
        .map(|(path, text)| (path.clone(), readable(text)))
        .collect()
}

/// The same with each of `holes` instead of what is written there.
///
/// # Errors
/// The sources have no such function, or several, or lesson.toml says of it what cannot stand in `todo!`.
pub(super) fn hollow(mut sources: Sources, holes: &[Hole]) -> Result<Sources> {
    for (index, hole) in holes.iter().enumerate() {
        let text = text_of(&mut sources, hole)?;
        let function = find(text, hole)?;
        let instead = instead(text, &function, hole, (index + 1, holes.len()))?;
        text.replace_range(function.body, &instead);
    }
    for root in crate_roots(&sources, holes) {
        if let Some(text) = sources.get_mut(&root) {
            let at = after_head(text);
            text.insert_str(at, &format!("{ALLOW}\n"));
        }
    }
    Ok(sources)
}

/// What `hollow` has made, with each of `holes` filled from `complete` again.
///
/// # Errors
/// As those of [`hollow`].
pub(super) fn fill(mut hollow: Sources, complete: &Sources, holes: &[Hole]) -> Result<Sources> {
    for hole in holes {
        let body = body(complete, hole)?;
        let text = text_of(&mut hollow, hole)?;
        let function = find(text, hole)?;
        text.replace_range(function.body, &body);
    }
    Ok(hollow)
}

/// What is written in `sources` where there is `hole` in the exercise: the function's body, in its braces.
///
/// # Errors
/// There is no such function.
pub(super) fn body(sources: &Sources, hole: &Hole) -> Result<String> {
    let mut sources = sources.clone();
    let text = text_of(&mut sources, hole)?;
    let function = find(text, hole)?;
    Ok(text[function.body].to_owned())
}

/// The function that is left out as `hole`, with what is said about it, as it stands in `sources`.
///
/// # Errors
/// There is no such function.
pub(super) fn function(sources: &Sources, hole: &Hole) -> Result<String> {
    let mut sources = sources.clone();
    let text = text_of(&mut sources, hole)?;
    let function = find(text, hole)?;
    let line = text[..function.start].rfind('\n').map_or(0, |at| at + 1);
    let above = text[..line].split_inclusive('\n').rev();
    let about = above.take_while(|line| line.trim_start().starts_with("//"));
    let start = line - about.map(str::len).sum::<usize>();
    Ok(text[start..function.body.end].to_owned())
}

fn text_of<'s>(sources: &'s mut Sources, hole: &Hole) -> Result<&'s mut String> {
    let file = &hole.file;
    sources
        .get_mut(file)
        .ok_or_else(|| anyhow!("there is no {}", file.display()))
}

fn find(text: &str, hole: &Hole) -> Result<Function> {
    let mut found = functions(text);
    found.retain(|function| function.name == hole.function);
    let (file, name) = (hole.file.display(), &hole.function);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => bail!("{file} has no function {name}"),
        several => bail!("{file} has {several} functions {name}; a hole must be the only one"),
    }
}

/// A body that says what is to be done.
fn instead(
    text: &str,
    function: &Function,
    hole: &Hole,
    (number, of): (usize, usize),
) -> Result<String> {
    if hole.todo.contains(['{', '}', '"', '\\', '\n']) {
        bail!("the todo of {} must be plain words", hole.function);
    }
    let line = text[..function.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = text[line..].len() - text[line..].trim_start_matches(' ').len();
    let inner = " ".repeat(indent + 4);
    let task = format!("Hole {number} of {of}. {}", hole.task);
    let comment = words::wrapped(&task, WIDTH - inner.len() - "// ".len());
    let comment = comment.lines().map(|line| format!("{inner}// {line}\n"));
    let todo = format!("{inner}todo!(\"{}\")\n", hole.todo);
    if todo.trim_end().len() > WIDTH {
        bail!("the todo of {} is too long for a line", hole.function);
    }
    let comment: String = comment.collect();
    Ok(format!("{{\n{comment}{todo}{}}}", " ".repeat(indent)))
}

/// The files that begin the crates in which there are holes: the library's, the program's, or both.
fn crate_roots(sources: &Sources, holes: &[Hole]) -> BTreeSet<PathBuf> {
    let (main, library) = (Path::new("src/main.rs"), Path::new("src/lib.rs"));
    let root_of = |hole: &Hole| match hole.file != main && sources.contains_key(library) {
        true => library.to_owned(),
        false => main.to_owned(),
    };
    holes.iter().map(root_of).collect()
}

/// Where the first line begins that is no comment about the whole file.
fn after_head(text: &str) -> usize {
    let head = text
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("//!") || line.trim().is_empty());
    head.map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    const MAIN: &str = r#"//! An echo server.
//!
//! cargo run -p select-read-write

use std::io;

// ANCHOR: answer
/// Answers.
fn answer(socket: &mut Socket) -> io::Result<()> {
    let all = "}";
    socket.write(all)
}
// ANCHOR_END: answer

impl Server {
    fn turn(&mut self) {}
}
"#;

    fn hole(function: &str) -> Hole {
        Hole {
            function: function.into(),
            file: "src/main.rs".into(),
            todo: "answer".into(),
            task: "Say what there is to say, and say it at once, but not more than what the other side is able to take.".into(),
            hints: Vec::new(),
        }
    }

    fn sources(text: &str) -> Sources {
        Sources::from([("src/main.rs".into(), text.into())])
    }

    #[test]
    fn a_hole_says_what_is_to_be_done() {
        let lesson = samples::lesson(5, "select-read-write");
        let complete = complete(&lesson, &sources(MAIN));
        let hollow = hollow(complete, &[hole("answer"), hole("turn")]).unwrap();
        assert_eq!(
            hollow[Path::new("src/main.rs")],
            r#"//! An echo server.
//!
//! cargo xtask run 05 --mine

// Some of what is here is not used before the holes are filled. Take these two lines out then.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]

use std::io;

/// Answers.
fn answer(socket: &mut Socket) -> io::Result<()> {
    // Hole 1 of 2. Say what there is to say, and say it at once, but not more than what the other
    // side is able to take.
    todo!("answer")
}

impl Server {
    fn turn(&mut self) {
        // Hole 2 of 2. Say what there is to say, and say it at once, but not more than what the
        // other side is able to take.
        todo!("answer")
    }
}
"#
        );
    }

    #[test]
    fn filled_holes_are_the_lesson_again() {
        let holes = [hole("answer"), hole("turn")];
        let complete = complete(&samples::lesson(5, "x"), &sources(MAIN));
        let hollow = hollow(complete.clone(), &holes).unwrap();
        let mut filled = fill(hollow, &complete, &holes).unwrap();
        let text = filled.get_mut(Path::new("src/main.rs")).unwrap();
        *text = text.replace(&format!("{ALLOW}\n"), "");
        assert_eq!(filled, complete);
    }

    #[test]
    fn a_hole_that_cannot_be_made_is_told() {
        let why = |hole: Hole, text: &str| hollow(sources(text), &[hole]).unwrap_err().to_string();
        assert_eq!(why(hole("send"), MAIN), "src/main.rs has no function send");
        let twice = "fn send() {}\nmod x { fn send() {} }\n";
        assert!(why(hole("send"), twice).contains("has 2 functions send"));
        let mut braces = hole("answer");
        braces.todo = "send {this}".into();
        assert_eq!(why(braces, MAIN), "the todo of answer must be plain words");
        let mut elsewhere = hole("answer");
        elsewhere.file = "src/lib.rs".into();
        assert_eq!(why(elsewhere, MAIN), "there is no src/lib.rs");
    }

    #[test]
    fn what_is_not_used_is_allowed_in_the_crate_that_has_the_hole() {
        let mut sources = sources("fn main() {}\n");
        let library = Path::new("src/lib.rs");
        sources.insert(library.into(), "//! A library.\nmod a;\n".into());
        sources.insert("src/a.rs".into(), "fn send() {}\n".into());
        let mut hole = hole("send");
        hole.file = "src/a.rs".into();
        let hollow = hollow(sources, &[hole]).unwrap();
        assert!(hollow[library].starts_with(&format!("//! A library.\n{ALLOW}")));
        assert!(!hollow[Path::new("src/main.rs")].contains("allow"));
    }
}
