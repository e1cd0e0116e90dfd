//! `{{#code …}}`: pieces of the lessons' sources, and whether each line of a lesson is quoted once.

use crate::book::TheBook;
use crate::directive::Directive;
use crate::page::Page;
use crate::source::Source;
use crate::trouble::Trouble;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

/// What chapters have quoted of their own lessons.
#[derive(Default)]
pub(crate) struct Quoted {
    /// By lesson, source and piece: the first page that quotes it, and where.
    pieces: BTreeMap<(usize, usize, usize), (PathBuf, Range<usize>)>,
    /// By lesson and source: the names that were used.
    names: BTreeMap<(usize, usize), BTreeSet<String>>,
}

/// Lines of code that there are to quote, and those that are quoted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) quoted: usize,
    pub(crate) of: usize,
}

/// Puts the code in the place of `{{#code [LESSON] [FILE.rs:] NAME, NAME …}}`. In a chapter its own lesson is meant if none is
/// named, and the pieces count as quoted.
pub(crate) fn code(
    book: &TheBook,
    page: &Page,
    directive: &Directive,
    quoted: &mut Quoted,
) -> Result<String, Trouble> {
    let trouble = |message: String, help: String| {
        Trouble::new(
            &page.path,
            &page.text,
            directive.span.clone(),
            message,
            help,
        )
    };
    let (foreign, rest) = split_lesson(book, &directive.argument);
    let lesson = foreign.or(page.lesson).ok_or_else(|| {
        let help = "name it first: {{#code 03 serve}}";
        trouble("of which lesson?".to_owned(), help.to_owned())
    })?;
    let (file, names) = rest
        .split_once(':')
        .filter(|(file, _)| file.ends_with(".rs"))
        .unwrap_or(("main.rs", rest));
    let sources = &book.sources[lesson];
    let of_file = |it: &Source| it.path.file_name().is_some_and(|name| name == file);
    let index = sources.iter().position(of_file).ok_or_else(|| {
        let files: Vec<_> = sources
            .iter()
            .filter_map(|it| it.path.file_name()?.to_str())
            .collect();
        trouble(
            format!("there is no {file} here"),
            format!("there are {}", files.join(", ")),
        )
    })?;
    let source = &sources[index];
    let mut pieces = Vec::new();
    for name in names.split(',').map(str::trim) {
        let called = source.called(name);
        if called.is_empty() {
            let message = format!(
                "{} has no \"{name}\", or more than one",
                source.path.display()
            );
            return Err(trouble(message, format!("it has {}", all_names(source))));
        }
        pieces.extend(called);
        if foreign.is_none() {
            quoted
                .names
                .entry((lesson, index))
                .or_default()
                .insert(name.to_owned());
        }
    }
    if foreign.is_none() {
        for piece in &pieces {
            let here = (page.path.clone(), directive.span.clone());
            if let Some((_, first)) = quoted.pieces.insert((lesson, index, *piece), here) {
                let line = page.text[..first.start].matches('\n').count() + 1;
                let message = format!("`{}` is quoted twice", source.name_of(*piece));
                return Err(trouble(message, format!("it was quoted on line {line}")));
            }
        }
    }
    Ok(rendered(source, &pieces))
}

/// The lesson that an argument begins with, if it does.
pub(crate) fn split_lesson<'a>(book: &TheBook, argument: &'a str) -> (Option<usize>, &'a str) {
    let (first, rest) = argument.split_once(' ').unwrap_or((argument, ""));
    match first.starts_with(|char: char| char.is_ascii_digit()) {
        true => (book.lesson(first), rest.trim()),
        false => (None, argument),
    }
}

fn all_names(source: &Source) -> String {
    let names: Vec<&str> = (0..source.pieces.len())
        .map(|index| source.name_of(index))
        .collect();
    let anchors = source.anchors.keys().map(String::as_str);
    let anchors = anchors.filter(|name| !names.contains(name));
    let all: Vec<&str> = names.iter().copied().chain(anchors).collect();
    all.join(", ")
}

fn rendered(source: &Source, pieces: &[usize]) -> String {
    let text = source.text_of(pieces);
    let first = pieces.iter().map(|piece| source.first_line(*piece)).min();
    let path = source.path.display();
    let line = first.unwrap_or(1);
    format!(
        "<p class=\"from\"><a href=\"../../{path}\">{path}</a>, line {line}</p>\n\n```rust\n{text}\n```\n"
    )
}

/// That each line of a lesson that has a chapter is quoted there, and each anchor used.
pub(crate) fn complete(book: &TheBook, quoted: &Quoted, troubles: &mut Vec<Trouble>) -> Share {
    let mut share = Share::default();
    for (lesson, sources) in book.sources.iter().enumerate() {
        if !book.has_chapter(lesson) {
            continue;
        }
        let chapter = format!("book/src/{}.md", book.lessons[lesson].full_name());
        for (index, source) in sources.iter().enumerate() {
            let file = source
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            let prefix = match &*file {
                "main.rs" => String::new(),
                file => format!("{file}: "),
            };
            for piece in 0..source.pieces.len() {
                share.of += source.line_count(piece);
                if quoted.pieces.contains_key(&(lesson, index, piece)) {
                    share.quoted += source.line_count(piece);
                    continue;
                }
                let name = source.name_of(piece);
                let line = source.first_line(piece);
                let message = format!("{chapter} does not quote `{name}`");
                let help = format!("add it there: {{{{#code {prefix}{name}}}}}");
                troubles.push(Trouble::of_line(
                    &source.path,
                    &source.text,
                    line,
                    message,
                    help,
                ));
            }
            let names = quoted.names.get(&(lesson, index));
            for (anchor, lines) in &source.anchors {
                if !names.is_some_and(|names| names.contains(anchor)) {
                    let line = lines.start + 1;
                    let message = format!("{chapter} does not use the anchor {anchor}");
                    let help = "quote by its name, or remove it";
                    troubles.push(Trouble::of_line(
                        &source.path,
                        &source.text,
                        line,
                        message,
                        help,
                    ));
                }
            }
        }
    }
    share
}
