//! `cargo xtask fuzz`

use crate::{cli, workspace};
use anyhow::{Context, Result, anyhow};
use harness::build;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The package that does it. What it needs, `verify` does not; so it is built when it is first asked for.
const PACKAGE: &str = "fuzz";

/// Builds the fuzz and becomes it, so that Ctrl-C and the exit status are its own.
pub(crate) fn fuzz(asked: &cli::Fuzz) -> Result<ExitCode> {
    let built = build::programs(&workspace::root()?, &[PACKAGE])?;
    let program = built
        .get(PACKAGE)
        .ok_or_else(|| anyhow!("cargo did not say where {PACKAGE} is"))?;
    let error = Command::new(program).args(&asked.arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}
