//! `cargo xtask doctor`

use crate::{tell, workspace};
use anyhow::Result;
use harness::doctor::examine;
use harness::words::count;
use std::process::ExitCode;

/// Says of everything that is needed whether it is there, and what to type where it is not.
pub(crate) fn doctor() -> Result<ExitCode> {
    let root = workspace::root()?;
    let mut missing = 0;
    let mut result = Ok(());
    examine(&root, |check| {
        missing += usize::from(check.is_needed());
        if result.is_ok() {
            result = tell::print(&format!("{check}\n"));
        }
    });
    result?;
    if missing == 0 {
        tell::print("\nall that is needed is there\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let things = count(missing, "thing is", "things are");
    tell::print(&format!(
        "\n{things} missing that must be there; below each is what to type\n"
    ))?;
    Ok(ExitCode::FAILURE)
}
