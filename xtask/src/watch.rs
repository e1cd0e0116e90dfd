//! `cargo xtask watch`

use crate::{cli, workspace};
use anyhow::{Context, Result};
use harness::build;
use harness::exercise::Exercise;
use harness::lesson::Lesson;
use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Becomes the program that watches. It is a package of its own, built when it is first asked for: nobody else needs
/// what it takes to hear of files.
pub(crate) fn watch(asked: &cli::Watch) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = Lesson::all(&root)?;
    let exercise = Exercise::of(workspace::find(&lessons, &asked.lesson)?);
    exercise.must_exist()?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "watch", "--"]);
    command.current_dir(&root);
    if asked.poll {
        command.arg("--poll");
    }
    command.arg(exercise.path()).arg("--");
    // What it runs at every save.
    let lesson = format!("{:02}", exercise.lesson.number);
    command.arg(env::current_exe().context("cannot find this program")?);
    command.args(["verify", &lesson, "--mine"]);
    build::forget_own_package(&mut command);
    Err(command.exec()).context("cannot run cargo")
}
