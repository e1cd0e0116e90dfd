//! Plays every script and replays every session of the book.

use crate::block::{scripts, trouble};
use crate::book::TheBook;
use crate::chance::without_chance;
use crate::page::{Block, Page};
use crate::scratch::Scratch;
use crate::session::Session;
use crate::{console, mdbook, terminals};
use anyhow::{Context, Result};
use harness::build;
use harness::run::{Target, play};
use harness::verdict::Outcome;
use signal_hook::consts::SIGINT;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

/// Checks what happens in all blocks of the pages that have `part` in their name; with `record`, puts what happens now in the
/// place of what is not so. Returns whether all is so.
///
/// # Errors
/// The book cannot be read, or the workspace does not build.
pub(crate) fn all(root: &Path, record: bool, part: Option<&str>) -> Result<bool> {
    let_the_terminals_interrupt()?;
    let book = mdbook::load(root)?;
    let player = Player {
        programs: programs(&book)?,
        scratch: Scratch::open(root)?,
        book: &book,
    };
    let is_meant = |page: &&Page| page.path.to_string_lossy().contains(part.unwrap_or(""));
    let (mut right, mut wrong) = (0, 0);
    for page in book.pages.iter().filter(is_meant) {
        let mut text = page.text.clone();
        // From the last to the first: what is put in moves only what comes after it.
        for block in page.said.blocks.iter().rev() {
            match player.played(page, block, record)? {
                Played::Nothing => {}
                Played::Right => right += 1,
                Played::Skipped(program) => {
                    let line = trouble(page, block, 0, "", "").line();
                    let path = page.path.display();
                    writeln!(
                        io::stdout(),
                        "skipped, as there is no {program}: {path}:{line}"
                    )?;
                }
                Played::Wrong(what) => {
                    wrong += 1;
                    writeln!(io::stdout(), "{what}\n")?;
                }
                Played::Recorded(new) => {
                    right += 1;
                    text.replace_range(block.span.clone(), &new);
                }
            }
        }
        if text != page.text {
            fs::write(root.join(&page.path), text)?;
            writeln!(io::stdout(), "recorded anew: {}", page.path.display())?;
        }
    }
    writeln!(
        io::stdout(),
        "{right} blocks of the book are so, {wrong} are not"
    )?;
    Ok(wrong == 0)
}

/// Whoever started this in the background has had a shell ignore SIGINT, and every program would inherit that: no ^C in a session
/// would reach it. A signal that is handled is at its default in whatever is started (execve(2)).
fn let_the_terminals_interrupt() -> io::Result<()> {
    let (interrupted, at_once) = (128 + SIGINT, Arc::new(true.into()));
    signal_hook::flag::register_conditional_shutdown(SIGINT, interrupted, at_once)?;
    Ok(())
}

/// What came of a block.
enum Played {
    /// It shows nothing that happens.
    Nothing,
    Right,
    /// A program that it needs is not installed.
    Skipped(String),
    /// What is told about it.
    Wrong(String),
    /// The block as it is now, fences and all.
    Recorded(String),
}

struct Player<'a> {
    book: &'a TheBook,
    scratch: Scratch,
    /// The lessons' programs, by name.
    programs: BTreeMap<String, PathBuf>,
}

/// The programs of the lessons that scripts of the book are played against.
fn programs(book: &TheBook) -> Result<BTreeMap<String, PathBuf>> {
    let blocks = book.pages.iter().flat_map(|page| &page.said.blocks);
    let played = blocks.filter(|block| ["script", "steps"].contains(&block.language()));
    let lessons: BTreeSet<usize> = played
        .filter_map(|block| book.lesson(block.argument()))
        .collect();
    let names: Vec<&str> = lessons
        .iter()
        .map(|index| book.lessons[*index].name.as_str())
        .collect();
    match names.is_empty() {
        true => Ok(BTreeMap::new()),
        false => build::programs(&book.root, &names),
    }
}

impl Player<'_> {
    fn played(&self, page: &Page, block: &Block, record: bool) -> Result<Played> {
        match block.language() {
            "script" | "steps" => self.script(page, block),
            "console" => {
                let session = Session::of_console(&block.text);
                if let Some(program) = missing(&session) {
                    return Ok(Played::Skipped(program));
                }
                self.scratch.restore()?;
                let now = console::replay(&self.scratch, &session)?;
                if without_chance(&now.written()) == without_chance(&session.written()) {
                    return Ok(Played::Right);
                }
                Ok(match record {
                    true => Played::Recorded(written(block, &now)),
                    false => differs(page, block, &now.written()),
                })
            }
            "terminals" => self.terminals(page, block, record),
            _ => Ok(Played::Nothing),
        }
    }

    fn terminals(&self, page: &Page, block: &Block, record: bool) -> Result<Played> {
        let Ok(session) = Session::parse(&block.text) else {
            // Building the book tells what is wrong with it.
            let told = trouble(page, block, 0, "this is no session", "").told();
            return Ok(Played::Wrong(told));
        };
        if let Some(program) = missing(&session) {
            return Ok(Played::Skipped(program));
        }
        self.scratch.restore()?;
        let lessons = &self.book.lessons;
        let Err(error) = terminals::check(&self.scratch, lessons, &session) else {
            return Ok(Played::Right);
        };
        if record {
            let now = terminals::record(&self.scratch, lessons, &session)?;
            return Ok(Played::Recorded(written(block, &now)));
        }
        let message = format!("this is not what happens: {error:#}");
        let told = trouble(page, block, 0, message, RECORD).told();
        Ok(Played::Wrong(told))
    }

    fn script(&self, page: &Page, block: &Block) -> Result<Played> {
        let scripts = match scripts(self.book, page, block) {
            Ok(scripts) => scripts,
            Err(trouble) => return Ok(Played::Wrong(trouble.told())),
        };
        let lesson = self
            .book
            .lesson(block.argument())
            .context("the block was read with it")?;
        let lesson = &self.book.lessons[lesson];
        let program = self
            .programs
            .get(&lesson.name)
            .context("cargo has built it")?;
        let target = Target::of_lesson(lesson, vec![program.into()], self.book.root.clone());
        for script in scripts {
            let message = match play(&script, &target).outcome {
                Outcome::Passed => continue,
                Outcome::Skipped(why) => format!("it was not played: {why}"),
                Outcome::Failed(finding) | Outcome::Undecided(finding) => finding.message,
            };
            let told = trouble(page, block, 0, format!("{}: {message}", script.name), "").told();
            return Ok(Played::Wrong(told));
        }
        Ok(Played::Right)
    }
}

/// The first program of the session's commands that there is not.
fn missing(session: &Session) -> Option<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there =
        |program: &str| env::split_paths(&path).any(|folder| folder.join(program).exists());
    let mut programs = session.commands().flat_map(|(_, line)| programs_of(line));
    programs.find(|program| !is_there(program))
}

/// The program that a command line begins with, and the one that it has checked by `--program`.
fn programs_of(line: &str) -> Vec<String> {
    let words = shlex::split(line).unwrap_or_default();
    let checked = words.iter().skip_while(|word| *word != "--program").nth(1);
    let lines = [words.first(), checked].into_iter().flatten();
    let first_word = |line: &String| line.split_whitespace().next().map(str::to_owned);
    lines
        .filter_map(first_word)
        .filter(|it| !it.contains('/'))
        .collect()
}

const RECORD: &str = "if it is right now: cargo xtask book --record";

fn differs(page: &Page, block: &Block, now: &str) -> Played {
    let shown = block.text.lines().map(without_chance);
    let line = shown
        .zip(now.lines().map(without_chance))
        .position(|(a, b)| a != b);
    let line = line.unwrap_or_else(|| block.text.lines().count().min(now.lines().count()));
    let told = trouble(page, block, line + 1, "this is not what is printed", RECORD).told();
    Played::Wrong(format!("{told}\nwhat is printed now:\n{now}"))
}

/// The block with another session in it.
fn written(block: &Block, session: &Session) -> String {
    let tag = block.tag.as_deref().unwrap_or("");
    format!("```{tag}\n{}```", session.written())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_checked_is_a_program_that_must_be_there_too() {
        let line = "cargo xtask verify 08 --program 'python3 a.py' --script once";
        assert_eq!(programs_of(line), ["cargo", "python3"]);
        assert_eq!(programs_of("true"), ["true"]);
        assert_eq!(programs_of("target/debug/epoll"), [""; 0]);
    }
}
