//! `cargo xtask book`

use crate::{COULD_NOT, cli, workspace};
use anyhow::{Context, Result};
use harness::build;
use std::process::{Command, ExitCode};

/// Lets the package `book` do it. mdBook is its dependency and not this program's, so that `verify` need not build it.
pub(crate) fn book(asked: &cli::Book) -> Result<ExitCode> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "book", "--"]);
    if asked.check_sessions || asked.record {
        command.arg("check-sessions");
        command.args(asked.record.then_some("--record"));
        command.args(&asked.page);
    } else {
        command.arg("build");
        command.args(asked.open.then_some("--open"));
    }
    command.current_dir(workspace::root()?);
    build::forget_own_package(&mut command);
    let status = command.status().context("cannot run cargo")?;
    // A build that fails says so with a number of cargo's own.
    Ok(match status.code() {
        Some(0) => ExitCode::SUCCESS,
        Some(1) => ExitCode::FAILURE,
        _ => ExitCode::from(COULD_NOT),
    })
}
