//! `cargo xtask book`

use crate::{cli, workspace};
use anyhow::{Context, Result, anyhow};
use harness::build;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The package that does it. It has mdBook below it, which `verify` does not need; so it is built when it is first asked for.
const PACKAGE: &str = "book";

/// Builds the package and becomes it, so that the exit status is its own.
pub(crate) fn book(asked: &cli::Book) -> Result<ExitCode> {
    let built = build::programs(&workspace::root()?, &[PACKAGE])?;
    let program = built
        .get(PACKAGE)
        .ok_or_else(|| anyhow!("cargo did not say where {PACKAGE} is"))?;
    let mut command = Command::new(program);
    if asked.check_sessions || asked.record {
        command.arg("check-sessions");
        command.args(asked.record.then_some("--record"));
        command.args(&asked.page);
    } else {
        command.arg("build");
        command.args(asked.open.then_some("--open"));
    }
    let error = command.exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}
