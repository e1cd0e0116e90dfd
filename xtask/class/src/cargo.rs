//! Cargo, asked for something that it knows or has to copy.

use anyhow::{Context, Result, bail};
use std::process::Command;

/// What `command`, a cargo, prints when it does well. `what` it does is for whoever reads why it did not: "copy the crates".
///
/// # Errors
/// It cannot be run, or it says why it cannot do that.
pub(crate) fn output(command: &mut Command, what: &str) -> Result<Vec<u8>> {
    let done = command.output();
    let done = done.with_context(|| format!("cannot run cargo, which is to {what}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("cargo cannot {what}: {}", said.trim());
    }
    Ok(done.stdout)
}
