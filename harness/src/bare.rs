//! A server started without arguments, which no script does: it listens where its lesson says, and another program may be there
//! already. Then it has to say so.

use crate::lesson::{Lesson, Role};
use crate::program::{Exit, Launch, Program};
use anyhow::{Context, Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::ffi::OsString;

/// Longer than a start takes on a busy machine.
const LONG: Timespec = Timespec {
    tv_sec: 20,
    tv_nsec: 0,
};
/// Open files that the program is allowed; what most systems give.
const OPEN_FILES: u64 = 1024;

/// Whether a lesson has something to be checked here: it is about a server.
pub fn concerns(lesson: &Lesson) -> bool {
    lesson.about.role == Role::Server
}

/// Starts `program`, the lesson's server or a variant of it, without arguments. It must announce all of the lesson's default
/// addresses, or say of one that it cannot listen there because the address is in use.
///
/// # Errors
/// It does something else, in a sentence, or it cannot be started.
pub fn check(lesson: &Lesson, program: OsString) -> Result<()> {
    let launch = Launch {
        command: &[program],
        directory: &lesson.root,
        open_files: OPEN_FILES,
    };
    let mut program = Program::start(&launch)?;
    let wanted = &lesson.about.default_addresses;
    let mut announced = Vec::new();
    while announced.len() < wanted.len() {
        if let Some(line) = program.output().take_line(0) {
            announced.extend(line.strip_prefix("listening on ").map(str::to_owned));
            continue;
        }
        wait(&program)?;
        if program.output().drain()? == 0
            && let Some(exit) = program.exit()
        {
            return is_in_use(wanted, exit, &program.output().stderr());
        }
    }
    ensure!(
        &announced == wanted,
        "started without arguments, it listens on {}; the lesson's addresses are {}",
        announced.join(", "),
        wanted.join(", ")
    );
    Ok(())
}

/// Waits until the program has said something, or has ended.
fn wait(program: &Program) -> Result<()> {
    let mut watched: Vec<PollFd> = program
        .watched()
        .map(|descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN))
        .collect();
    match poll(&mut watched, Some(&LONG)).context("cannot wait for the program")? {
        0 => bail!("started without arguments, it announced nothing"),
        _ => Ok(()),
    }
}

/// Whether a program that has ended did so for want of one of its addresses.
fn is_in_use(wanted: &[String], exit: Exit, said: &str) -> Result<()> {
    let in_use = wanted.iter().any(|address| {
        said.contains(&format!(
            "cannot listen on {address}: Address already in use"
        ))
    });
    ensure!(
        in_use && exit == Exit::Status(1),
        "started without arguments, it ended ({exit:?}) and said: {}",
        said.trim()
    );
    Ok(())
}
