//! From a file's text to a [`Script`].

use super::check::Checker;
use super::fault::{Fault, Parsed};
use super::lex::{Piece, lines};
use super::step::step;
use super::{Only, Script, ScriptError};
use std::path::Path;

/// Reads a script.
///
/// # Errors
/// The first thing in the text that is no script, or that could never be played, with its place.
pub fn parse(path: &Path, source: &str) -> Result<Script, ScriptError> {
    read(path, source).map_err(|fault| ScriptError {
        path: path.to_owned(),
        source: source.to_owned(),
        span: fault.span,
        message: fault.message,
        help: fault.help,
    })
}

fn read(path: &Path, source: &str) -> Parsed<Script> {
    let mut lines = lines(source).peekable();
    let name = path.file_stem().unwrap_or_default();
    let mut script = Script {
        name: name.to_string_lossy().into_owned(),
        path: path.to_owned(),
        source: source.to_owned(),
        title: title(lines.next())?,
        why: why(std::iter::from_fn(|| {
            lines.next_if(|line| comment(*line).is_some())
        })),
        hints: Vec::new(),
        guards: None,
        only: Vec::new(),
        variant: None,
        test: None,
        steps: Vec::new(),
    };
    let mut checker = Checker::new(source);
    for line in lines {
        let nothing_to_read = line.text.is_empty() || comment(line).is_some();
        if nothing_to_read || header(line, &mut script)? {
            continue;
        }
        let (step, places) = step(line)?;
        checker.step(&step, &places)?;
        script.steps.push(step);
    }
    if script.steps.is_empty() {
        let end = source.trim_end().len();
        return Err(Fault::new(
            end..end,
            "this script has no steps",
            "add what clients do and must see, one step a line: ada connects",
        ));
    }
    checker.end()?;
    Ok(script)
}

/// What a comment line says; `None` if it is none.
fn comment(line: Piece<'_>) -> Option<&str> {
    line.text.strip_prefix('#').map(str::trim)
}

fn title(line: Option<Piece>) -> Parsed<String> {
    let line = line.unwrap_or(Piece { text: "", start: 0 });
    let help = "the first line names the situation: # A slow reader";
    match comment(line) {
        None => Err(Fault::new(line.span(), "this script has no title", help)),
        Some("") => Err(Fault::new(line.span(), "the title is empty", help)),
        Some(title) => Ok(title.to_owned()),
    }
}

/// The comment right after the title: each paragraph on one line.
fn why<'a>(comments: impl Iterator<Item = Piece<'a>>) -> String {
    let comments: Vec<&str> = comments.filter_map(comment).collect();
    let paragraphs = comments.split(|text| text.is_empty());
    let joined: Vec<String> = paragraphs.map(|lines| lines.join(" ")).collect();
    let said: Vec<&str> = joined
        .iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    said.join("\n")
}

/// Takes a `hint:`, `guards:` or `only:` line; whether it was one.
fn header(line: Piece, script: &mut Script) -> Parsed<bool> {
    let (key, value) = line.text.split_once(':').unwrap_or_default();
    if !matches!(key, "hint" | "guards" | "only") {
        return Ok(false);
    }
    let value = value.trim().to_owned();
    if value.is_empty() {
        let message = format!("this {key} says nothing");
        return Err(Fault::new(
            line.span(),
            message,
            "add what it says, or remove the line",
        ));
    }
    if !script.steps.is_empty() {
        let message = format!("\"{key}:\" comes after a step");
        let help = "hint, guards and only stand above the first step";
        return Err(Fault::new(line.span(), message, help));
    }
    let help = match key {
        "hint" => {
            script.hints.push(value);
            return Ok(true);
        }
        "guards" if script.guards.is_none() => {
            script.guards = Some(value);
            return Ok(true);
        }
        "only" if script.only.is_empty() => {
            script.only = only(line.span().end - value.len(), &value);
            return Ok(true);
        }
        "guards" => "one line says why no known-bad server fails the script",
        _ => "one line has all variants that the script is for: only: poll, select",
    };
    let message = format!("there are two \"{key}:\" lines");
    Err(Fault::new(line.span(), message, help))
}

/// The names in a list that begins at byte `start`, with their places.
fn only(mut start: usize, list: &str) -> Vec<Only> {
    let mut names = Vec::new();
    for text in list.split(',') {
        let name = Piece { text, start }.trimmed();
        names.push(Only {
            variant: name.text.to_owned(),
            span: name.span(),
        });
        start += text.len() + 1; // the comma
    }
    names
}
