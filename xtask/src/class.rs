//! `cargo xtask handout`, `grade` and `script`: for a class

use crate::run::become_program;
use crate::{cli, workspace};
use anyhow::Result;
use harness::build;
use std::ffi::OsStr;
use std::process::ExitCode;

/// The package that does it. What it needs, `verify` does not; so it is built when it is first asked for.
const PACKAGE: &str = "class";

/// Builds what a class needs and becomes it. `command` is its command.
pub(crate) fn class(command: &str, asked: &cli::Passed) -> Result<ExitCode> {
    let program = build::program(&workspace::root()?, PACKAGE)?;
    let arguments = asked.arguments.iter().map(AsRef::as_ref);
    become_program(&program, [OsStr::new(command)].into_iter().chain(arguments))
}
