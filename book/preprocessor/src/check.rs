//! Everything that is checked when the book is built, and what becomes of its pages.

use crate::block::{self, Kinds};
use crate::book::TheBook;
use crate::command;
use crate::concept;
use crate::expand::expanded;
use crate::link::{self, Links};
use crate::page::Page;
use crate::practice;
use crate::quote::{self, Quoted, Share};
use crate::trouble::{Trouble, line_span};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The book as mdBook is to get it.
pub(crate) struct Checked {
    /// Each page's file, relative to the workspace's root, and its text.
    pub(crate) pages: Vec<(PathBuf, String)>,
    pub(crate) figures: Figures,
}

/// What is in the book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pages: usize,
    share: Share,
    kinds: Kinds,
    links: Links,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Figures {
            pages,
            share: Share { quoted, of },
            kinds,
            links,
        } = self;
        // 99.9 % is not all of it.
        let percent = (100 * quoted).checked_div(*of).unwrap_or(100);
        write!(
            f,
            "{pages} pages; {quoted} of {of} lines of the lessons that have a chapter are quoted ({percent} %)\n\
             {} terminal sessions, {} scripts, {} blocks of commands, {} of text\n\
             {} links followed; {} lead out of the book",
            kinds.sessions, kinds.steps, kinds.commands, kinds.text, links.internal, links.external
        )
    }
}

/// Checks the book and expands its pages.
///
/// # Errors
/// All that is wrong.
pub(crate) fn check(book: &TheBook) -> Result<Checked, Vec<Trouble>> {
    let mut troubles = Vec::new();
    let (mut quoted, mut kinds, mut links) =
        (Quoted::default(), Kinds::default(), Links::default());
    let mut pages = Vec::new();
    for page in &book.pages {
        let text = expanded(book, page, &mut quoted, &mut troubles);
        pages.push((page.path.clone(), text));
        block::check(book, page, &mut kinds, &mut troubles);
        link::check(book, page, &mut links, &mut troubles);
        commands_in_words(book, page, &mut troubles);
        title(book, page, &mut troubles);
        practice::check(book, page, &mut troubles);
    }
    unwritten(book, &mut troubles);
    concept::check(book, &mut troubles);
    let share = quote::complete(book, &quoted, &mut troubles);
    if !troubles.is_empty() {
        return Err(troubles);
    }
    let figures = Figures {
        pages: book.pages.len(),
        share,
        kinds,
        links,
    };
    Ok(Checked { pages, figures })
}

fn commands_in_words(book: &TheBook, page: &Page, troubles: &mut Vec<Trouble>) {
    for (code, span) in &page.said.code {
        if command::is_command(code)
            && let Err(wrong) = command::check(book, code)
        {
            troubles.push(Trouble::new(
                &page.path,
                &page.text,
                span.clone(),
                wrong,
                "",
            ));
        }
    }
}

/// That a chapter is called as its lesson.
fn title(book: &TheBook, page: &Page, troubles: &mut Vec<Trouble>) {
    let Some(lesson) = page.lesson.map(|lesson| &book.lessons[lesson]) else {
        return;
    };
    let title = &lesson.about.title;
    if page.said.title != *title {
        let message = "the chapter is not called as its lesson";
        let help = format!("lesson.toml says: # {title}");
        troubles.push(Trouble::new(
            &page.path,
            &page.text,
            line_span(&page.text, 1),
            message,
            help,
        ));
    }
}

/// That there is a chapter for each lesson but those which are listed.
fn unwritten(book: &TheBook, troubles: &mut Vec<Trouble>) {
    let path = Path::new("book/book.toml");
    let text = fs::read_to_string(book.root.join(path)).unwrap_or_default();
    let mut complain = |name: &str, message: String, help: String| {
        let at = text
            .find(name)
            .or_else(|| text.find("unwritten"))
            .unwrap_or(0);
        let span = at..(at + name.len()).min(text.len());
        troubles.push(Trouble::new(path, &text, span, message, help));
    };
    let listed = &book.settings.unwritten;
    for (index, lesson) in book.lessons.iter().enumerate() {
        let name = lesson.full_name();
        match (book.has_chapter(index), listed.contains(&name)) {
            (true, true) => {
                let help = "take it out of the list".to_owned();
                complain(&name, format!("{name} has a chapter"), help);
            }
            (false, false) => {
                let help = format!(
                    "write book/src/{name}.md and add it to SUMMARY.md, or list it as unwritten"
                );
                complain(&name, format!("{name} has no chapter"), help);
            }
            _ => {}
        }
    }
    for name in listed {
        if !book
            .lessons
            .iter()
            .any(|lesson| lesson.full_name() == *name)
        {
            complain(name, format!("there is no lesson {name}"), String::new());
        }
    }
}
