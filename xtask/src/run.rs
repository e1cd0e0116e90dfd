//! `cargo xtask run`

use crate::{cli, mine, reference, workspace};
use anyhow::{Context, Result, anyhow};
use harness::build;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Builds the lesson's program, or the user's, and becomes it, so that Ctrl-C and the exit status are the program's own.
pub(crate) fn run(asked: &cli::Run) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lesson = &workspace::one(&root, &asked.of)?;
    let program = if asked.mine || asked.hunt {
        mine::programs(&[mine::exercise(lesson, asked.hunt)])?.remove(0)
    } else if lesson.task.is_some() {
        reference::program(lesson)?
    } else {
        let built = build::programs(&root, &[&lesson.name])?;
        let program = built.get(&lesson.name).cloned();
        program.ok_or_else(|| anyhow!("cargo did not say where {} is", lesson.name))?
    };
    let error = Command::new(&program).args(&asked.arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}
