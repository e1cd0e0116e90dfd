//! `cargo xtask fuzz`

use crate::run::become_program;
use crate::{cli, workspace};
use anyhow::Result;
use harness::build;
use std::process::ExitCode;

/// The package that does it. What it needs, `verify` does not; so it is built when it is first asked for.
const PACKAGE: &str = "fuzz";

/// Builds the fuzz and becomes it.
pub(crate) fn fuzz(asked: &cli::Passed) -> Result<ExitCode> {
    let program = build::program(&workspace::root()?, PACKAGE)?;
    become_program(&program, &asked.arguments)
}
