//! `cargo xtask book`

use crate::run::become_program;
use crate::{cli, workspace};
use anyhow::Result;
use harness::build;
use std::process::ExitCode;

/// The package that does it. It has mdBook below it, which `verify` does not need; so it is built when it is first asked for.
const PACKAGE: &str = "book";

/// Builds the package and becomes it.
pub(crate) fn book(asked: &cli::Book) -> Result<ExitCode> {
    let program = build::program(&workspace::root()?, PACKAGE)?;
    let arguments: Vec<&str> = if asked.check_sessions || asked.record {
        let record = asked.record.then_some("--record");
        let page = asked.page.as_deref();
        ["check-sessions"]
            .into_iter()
            .chain(record)
            .chain(page)
            .collect()
    } else {
        let open = asked.open.then_some("--open");
        ["build"].into_iter().chain(open).collect()
    };
    become_program(&program, arguments)
}
