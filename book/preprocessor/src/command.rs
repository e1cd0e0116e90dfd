//! Commands that pages name: what they call must exist, and understand them.

use crate::book::TheBook;
use clap::Parser;
use std::path::Path;

// The command line itself, so that nobody has to ask it.
#[expect(dead_code, reason = "only whether words are understood is asked here")]
#[path = "../../../xtask/src/cli.rs"]
mod cli;

/// That a command line could be typed as it stands.
///
/// # Errors
/// What does not exist, or is not understood.
pub(crate) fn check(book: &TheBook, line: &str) -> Result<(), String> {
    // What follows `#` is a comment for shlex, as for a shell.
    let Some(words) = shlex::split(line) else {
        return Err("a quotation mark is missing".to_owned());
    };
    for command in words.split(|word| word == "&&" || word == "|") {
        match command {
            [cargo, xtask, rest @ ..] if cargo == "cargo" && xtask == "xtask" => {
                understood(rest)?;
                lessons_exist(book, rest)?;
                named_exist(book, rest)?;
            }
            [cargo, rest @ ..] if cargo == "cargo" => packages_exist(book, rest)?,
            _ => {}
        }
        files_exist(book, command)?;
    }
    Ok(())
}

/// Whether a text in running words is a command that `check` knows about.
pub(crate) fn is_command(code: &str) -> bool {
    code.starts_with("cargo ")
}

fn understood(words: &[String]) -> Result<(), String> {
    let line = [String::from("cargo xtask")]
        .into_iter()
        .chain(words.iter().cloned());
    match cli::Cli::try_parse_from(line) {
        Err(error) if error.use_stderr() => {
            let told = error.to_string();
            let first = told.lines().next().unwrap_or_default();
            Err(format!(
                "`cargo xtask` does not understand this: {}",
                first.trim_start_matches("error: ")
            ))
        }
        _ => Ok(()),
    }
}

/// That words which look like a lesson's number or full name are those of a lesson.
fn lessons_exist(book: &TheBook, words: &[String]) -> Result<(), String> {
    let before_own_arguments = words.iter().take_while(|word| *word != "--");
    let mut value = false;
    for word in before_own_arguments {
        let is_value = value;
        value = word.starts_with("--") && !word.contains('=');
        let digits = word
            .find(|char: char| !char.is_ascii_digit())
            .unwrap_or(word.len());
        let looks_like_one =
            digits > 0 && (digits == word.len() || word[digits..].starts_with('-'));
        if looks_like_one && !is_value && book.lesson(word).is_none() {
            return Err(format!("there is no lesson {word}"));
        }
    }
    Ok(())
}

/// That scripts and bugs exist that are named behind an option.
fn named_exist(book: &TheBook, words: &[String]) -> Result<(), String> {
    let lessons: Vec<usize> = words.iter().filter_map(|word| book.lesson(word)).collect();
    let of = |option: &str| {
        let at = words.iter().position(|word| word == option)?;
        words.get(at + 1).filter(|name| is_name(name))
    };
    for (option, folder, ending) in [
        ("--script", "scripts", "script"),
        ("--bug", "bugs", "patch"),
    ] {
        let Some(name) = of(option) else { continue };
        let file = |lesson: &usize| {
            let lesson = &book.lessons[*lesson];
            lesson
                .root
                .join(&lesson.folder)
                .join(folder)
                .join(format!("{name}.{ending}"))
        };
        if !lessons.iter().any(|lesson| file(lesson).exists()) {
            return Err(format!("there is no {ending} {name} in this lesson"));
        }
    }
    Ok(())
}

/// Whether it names something, rather than being a file or standing for a name.
fn is_name(word: &str) -> bool {
    !word.contains('/') && !word.contains('.') && word.chars().any(|char| char.is_ascii_lowercase())
}

fn packages_exist(book: &TheBook, words: &[String]) -> Result<(), String> {
    for pair in words.windows(2) {
        let is_known = |name: &str| {
            let mut lessons = book.lessons.iter();
            ["book", "class", "examples", "harness", "xtask"].contains(&name)
                || lessons.any(|lesson| lesson.name == name)
        };
        if ["-p", "--package"].contains(&pair[0].as_str())
            && is_name(&pair[1])
            && !is_known(&pair[1])
        {
            return Err(format!("there is no package {}", pair[1]));
        }
    }
    Ok(())
}

/// That files of the repository exist. What is built later is not asked for.
fn files_exist(book: &TheBook, words: &[String]) -> Result<(), String> {
    for word in words {
        let path = word.split_once('=').map_or(word.as_str(), |(_, path)| path);
        let first = Path::new(path).iter().next().and_then(|it| it.to_str());
        let of_repository =
            first.is_some_and(|it| ["lessons", "harness", "xtask", "book"].contains(&it));
        if of_repository && path.contains('/') && !book.root.join(path).exists() {
            return Err(format!("there is no {path}"));
        }
    }
    Ok(())
}
