//! Blocks of code: each says what it is, and is what it says.

use crate::book::TheBook;
use crate::command;
use crate::page::{Block, Page};
use crate::session::Session;
use crate::trouble::{Trouble, line_span};
use harness::script::{Script, ScriptError};
use std::path::Path;

/// How many blocks there are of which kind.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Kinds {
    /// Terminal sessions, which are replayed.
    pub(crate) sessions: usize,
    /// Scripts and steps, which are played.
    pub(crate) steps: usize,
    /// Commands for a shell, which are understood by what they call.
    pub(crate) commands: usize,
    /// Pictures and quotations, which nothing checks.
    pub(crate) text: usize,
}

const TAGS: &str = "console (replayed), terminals (replayed), steps NN (played against lesson NN), script NN (the same, a \
                    whole one), sh (commands only), text (a picture or what a message says)";

/// That each block of the page is what it says.
pub(crate) fn check(book: &TheBook, page: &Page, kinds: &mut Kinds, troubles: &mut Vec<Trouble>) {
    for block in &page.said.blocks {
        let Some(tag) = &block.tag else {
            let help = "put it between fences that say what it is";
            troubles.push(trouble(page, block, 0, "this is indented code", help));
            continue;
        };
        match block.language() {
            "" => {
                let help = format!("the kinds are {TAGS}");
                troubles.push(trouble(
                    page,
                    block,
                    0,
                    "this block does not say what it is",
                    help,
                ));
            }
            "rust" => {
                let message = "Rust is not written here, but quoted from what is compiled";
                let help = "{{#code NAME}} quotes an item of the lesson";
                troubles.push(trouble(page, block, 0, message, help));
            }
            "console" => {
                kinds.sessions += 1;
                commands(
                    book,
                    page,
                    block,
                    &Session::of_console(&block.text),
                    troubles,
                );
            }
            "terminals" => {
                kinds.sessions += 1;
                match Session::parse(&block.text) {
                    Ok(session) => commands(book, page, block, &session, troubles),
                    Err((line, wrong)) => {
                        let help = "server $ COMMAND, ada < TYPED, ada | PRINTED, ada : PRINTED WITHOUT LINE FEED";
                        troubles.push(trouble(page, block, line + 1, wrong, help));
                    }
                }
            }
            "sh" => {
                kinds.commands += 1;
                for (number, line) in block.text.lines().enumerate() {
                    if let Err(wrong) = command::check(book, line) {
                        troubles.push(trouble(page, block, number + 1, wrong, ""));
                    }
                }
            }
            "script" | "steps" => {
                kinds.steps += 1;
                troubles.extend(scripts(book, page, block).err());
            }
            "text" => kinds.text += 1,
            _ => {
                let message = format!("nobody checks a block of \"{tag}\"");
                troubles.push(trouble(
                    page,
                    block,
                    0,
                    message,
                    format!("the kinds are {TAGS}"),
                ));
            }
        }
    }
}

/// The scripts of a `script NN` or `steps NN` block, as they are played with the lesson.
///
/// # Errors
/// It names no lesson, or is no script.
pub(crate) fn scripts(book: &TheBook, page: &Page, block: &Block) -> Result<Vec<Script>, Trouble> {
    let Some(lesson) = book.lesson(block.argument()) else {
        let message = "of which lesson?";
        let help = "```steps 03 is played against lesson 03's program";
        return Err(trouble(page, block, 0, message, help));
    };
    let title = match block.language() {
        "steps" => "# An example\n",
        _ => "",
    };
    let source = format!("{title}{}", block.text);
    let read = book.lessons[lesson].read(Path::new("example.script"), &source);
    read.map_err(|error| in_page(page, block, title, &error))
}

/// The script's fault as one of the page.
fn in_page(page: &Page, block: &Block, title: &str, error: &ScriptError) -> Trouble {
    let begins = line_span(&page.text[block.span.clone()], 2).start + block.span.start;
    let place = |offset: usize| (begins + offset).saturating_sub(title.len());
    let span = place(error.span.start)..place(error.span.end);
    let (message, help) = (error.message.as_str(), error.help.as_str());
    Trouble::new(&page.path, &page.text, span, message, help)
}

fn commands(
    book: &TheBook,
    page: &Page,
    block: &Block,
    session: &Session,
    troubles: &mut Vec<Trouble>,
) {
    if session.commands().next().is_none() {
        let help = "a command stands behind \"$ \"; what is not a session is `text`";
        troubles.push(trouble(page, block, 0, "this session has no command", help));
    }
    for (number, line) in session.commands() {
        if let Err(wrong) = command::check(book, line) {
            troubles.push(trouble(page, block, number + 1, wrong, ""));
        }
    }
}

/// Something wrong on a line of a block; its fence is line 0.
pub(crate) fn trouble(
    page: &Page,
    block: &Block,
    line: usize,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Trouble {
    let of_block = line_span(&page.text[block.span.clone()], line + 1);
    let span = block.span.start + of_block.start..block.span.start + of_block.end;
    Trouble::new(&page.path, &page.text, span, message, help)
}
