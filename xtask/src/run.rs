//! `cargo xtask run`

use crate::{cli, mine, reference, workspace};
use anyhow::{Context, Result};
use harness::build;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Builds the lesson's program, or the user's, and becomes it, so that Ctrl-C and the exit status are the program's own.
pub(crate) fn run(asked: &cli::Run) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lesson = &workspace::one(&root, &asked.of)?;
    let program = if asked.mine || asked.hunt {
        let mut programs = mine::programs(&[mine::exercise(lesson, asked.hunt)])?;
        programs.remove(0).program
    } else if lesson.task.is_some() {
        reference::program(lesson)?.program
    } else {
        build::program(&root, &lesson.name)?
    };
    become_program(&program, &asked.arguments)
}

/// Becomes `program`, so that Ctrl-C and the exit status are its own. Returns only if it cannot be run.
pub(crate) fn become_program(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<ExitCode> {
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}
