//! The book: builds it, and finds what in it is not true.
//!
//! mdBook does the work of making pages; this is its preprocessor. It puts code, scripts and differences in the place of
//! directives, and stops with file and line where a page says what is not so. What a page shows of a terminal is replayed
//! by `check-sessions`.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

mod block;
mod book;
mod chance;
mod check;
#[cfg(test)]
mod check_tests;
mod command;
mod concept;
mod console;
mod directive;
mod expand;
mod link;
mod mdbook;
mod measured;
mod page;
mod play;
mod practice;
mod quote;
mod recording;
mod scratch;
mod session;
mod source;
mod terminals;
mod trouble;

/// Builds the book, and finds what in it is not true
#[derive(Parser)]
#[command(name = "book")]
struct Cli {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Subcommand)]
enum Asked {
    /// Build the book into book/book
    Build {
        /// Open it in the browser
        #[arg(long)]
        open: bool,
    },
    /// Play every script and replay every terminal session of the book
    CheckSessions {
        /// Write what is printed now into the pages
        #[arg(long)]
        record: bool,
        /// Only those of pages with this in their name
        #[arg(value_name = "PAGE")]
        page: Option<String>,
    },
    /// What mdBook calls: a book comes from stdin and goes to stdout
    Preprocess {
        #[command(subcommand)]
        question: Option<Question>,
    },
}

#[derive(Subcommand)]
enum Question {
    /// Whether a renderer can be served; all can
    Supports {
        /// The renderer's name
        renderer: String,
    },
}

fn main() -> ExitCode {
    harness::program::serve_if_asked();
    let result = match Cli::parse().asked {
        Asked::Build { open } => build(open),
        Asked::CheckSessions { record, page } => {
            root().and_then(|root| play::all(&root, record, page.as_deref()))
        }
        Asked::Preprocess { question: Some(_) } => Ok(true),
        Asked::Preprocess { question: None } => mdbook::preprocess().map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // A stderr that is closed is no reason for another trouble.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace that this program belongs to.
fn root() -> Result<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = folder
        .ancestors()
        .nth(2)
        .context("there is no workspace here")?;
    Ok(root.to_owned())
}

fn build(open: bool) -> Result<bool> {
    let (first_page, figures) = mdbook::build(&root()?)?;
    let mut out = io::stdout();
    if let Some(figures) = figures {
        writeln!(out, "{figures}")?;
    }
    writeln!(out, "{}", first_page.display())?;
    if open {
        let opener = if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        };
        let status = Command::new(opener).arg(&first_page).status();
        status.with_context(|| format!("cannot run {opener}: open the file yourself"))?;
    }
    Ok(true)
}
