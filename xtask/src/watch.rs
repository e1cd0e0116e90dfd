//! `cargo xtask watch`

use crate::{cli, mine, workspace};
use anyhow::{Context, Result};
use harness::build;
use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Becomes the program that watches. It is a package of its own, built when it is first asked for: nobody else needs
/// what it takes to hear of files.
pub(crate) fn watch(asked: &cli::Watch) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lesson = workspace::one(&root, &asked.of)?;
    let exercise = mine::exercise(&lesson, asked.hunt);
    exercise.must_exist()?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "watch", "--"]);
    command.current_dir(&root);
    if asked.poll {
        command.arg("--poll");
    }
    command.arg(exercise.path()).arg("--");
    // What it runs at every save.
    command.arg(env::current_exe().context("cannot find this program")?);
    let whose = if asked.hunt { "--hunt" } else { "--mine" };
    command.args(["verify", &asked.of.lesson, whose]);
    if let Some(task) = &asked.of.task {
        command.args(["--task", task]);
    }
    build::forget_own_package(&mut command);
    Err(command.exec()).context("cannot run cargo")
}
