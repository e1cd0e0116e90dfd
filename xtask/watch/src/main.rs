//! Runs a command at every change of a folder's Rust files: what `cargo xtask watch` becomes.
//!
//! ```text
//! watch [--poll] FOLDER -- COMMAND...
//! ```
//!
//! [`files`] tells of changes, [`keys`] of what is typed, [`job`] of the command's end; all of them by one channel,
//! which `main` reads. [`screen`] shows what the command has printed, as much of it as there is room for.

use anyhow::{Context, Result, bail};
use job::Job;
use screen::Screen;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

mod files;
mod job;
mod keys;
mod screen;

/// An editor may write a file in several steps, and several files at once. What comes so soon after a change belongs to it.
const SETTLE: Duration = Duration::from_millis(15);

/// What this program waits for.
enum Event {
    /// A file has changed.
    Changed,
    /// The user wants the command to be run again.
    Again,
    /// The user wants to leave.
    Leave,
    /// A command has printed something: which one, and all of it so far.
    Printed(u32, String),
    /// A command has ended: which one, and what it has printed.
    Ended(u32, String),
}

/// What the command line asks for.
struct Options {
    poll: bool,
    folder: PathBuf,
    command: Vec<OsString>,
}

fn main() -> ExitCode {
    match arguments().and_then(|options| watch(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<Options> {
    let mut words = env::args_os().skip(1).peekable();
    let poll = words.next_if(|word| word == "--poll").is_some();
    let folder = words.next().map(PathBuf::from);
    let separator = words.next();
    let command: Vec<OsString> = words.collect();
    match (folder, separator) {
        (Some(folder), Some(separator)) if separator == "--" && !command.is_empty() => {
            Ok(Options {
                poll,
                folder,
                command,
            })
        }
        _ => bail!("usage: watch [--poll] FOLDER -- COMMAND..."),
    }
}

fn watch(options: &Options) -> Result<()> {
    let folder = options.folder.display();
    let (tell, events) = channel();
    let reason = files::why_poll(&options.folder, options.poll);
    // Both stop what they have begun when they are dropped.
    let _watcher = files::watch(&options.folder, reason.is_some(), tell.clone())
        .with_context(|| format!("cannot watch {folder}; --poll looks by the clock"))?;
    let _keys = keys::listen(tell.clone());
    let screen = Screen::new(&options.folder, reason);
    let mut number = 0;
    loop {
        number += 1;
        let changed = Instant::now();
        screen.begin(number);
        // What is still under way is out of date: dropping it ends it.
        let _job = Job::start(&options.command, number, screen.columns(), tell.clone())?;
        let show = |output: &str, has_ended: bool| {
            let took = has_ended.then(|| changed.elapsed());
            screen.show(output, number, took);
        };
        if !next_change(&events, number, show)? {
            return Ok(());
        }
    }
}

/// Waits until the command is to be run again; false, if the user leaves. What the run of this number prints is passed
/// on, as soon as a paragraph is complete, and at its end.
fn next_change(events: &Receiver<Event>, number: u32, show: impl Fn(&str, bool)) -> Result<bool> {
    loop {
        match events.recv().context("nothing is left to wait for")? {
            Event::Leave => return Ok(false),
            Event::Again => return Ok(true),
            Event::Printed(of, output) if of == number && output.contains("\n\n") => {
                show(&output, false);
            }
            Event::Ended(of, output) if of == number => show(&output, true),
            Event::Printed(..) | Event::Ended(..) => {} // Not yet, or not any more.
            Event::Changed => {
                while let Ok(event) = events.recv_timeout(SETTLE) {
                    if matches!(event, Event::Leave) {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
        }
    }
}
