//! Cargo, asked for something that it knows or has to copy.

use anyhow::{Context, Result, bail};
use harness::build::forget_own_package;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The cargo that runs this program, in the folder `place`, told nothing about this program's package.
pub(crate) fn in_folder(place: &Path) -> Command {
    let own = env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    let mut command = Command::new(own);
    command.current_dir(place);
    command
}

/// What `command` prints when it does well. `what` it does is for whoever reads why it did not: "copy the crates".
///
/// # Errors
/// It cannot be run, or it says why it cannot do that.
pub(crate) fn output(command: &mut Command, what: &str) -> Result<Vec<u8>> {
    forget_own_package(command);
    let done = command.stdin(Stdio::null()).output();
    let done = done.with_context(|| format!("cannot run cargo, which is to {what}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("cargo cannot {what}: {}", said.trim());
    }
    Ok(done.stdout)
}
