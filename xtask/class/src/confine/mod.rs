//! Runs somebody else's program so that it can reach nothing but what it needs.
//!
//! Whoever starts a confined program starts this binary with the words of [`Confinement::command`]. It confines itself, first the
//! [network], then the [limits], the [user] and the [files], and becomes the program: same process, same number. What one
//! is confined to, all its descendants are, for ever. So nothing has to run between `fork` and `exec`, where only unsafe code can.
//!
//! What a kernel cannot do is left out; [`Fences`] says what that is.

mod fences;
pub mod files;
mod limits;
mod network;
mod user;

pub use fences::Fences;
pub use limits::Limits;
pub use network::{Network, enter_own_loopback};
pub use user::{be_also, is_root, own_user};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{self, Command};

/// The argument that makes this binary a launcher.
const ASKED: &str = "--confine-yourself-and-run";

/// The argument that makes this binary try whether it may have a network of its own.
const ASKED_TO_TRY: &str = "--try-a-network-of-your-own";

/// How a launcher exits that could not start the program.
pub const COULD_NOT: i32 = 125;

/// The variables that pass through, if they are there: by the first the harness finds a program's descendants, the second it sets.
const KEPT: [&str; 2] = ["SOCKET_KEEPER", "RUST_BACKTRACE"];

/// What a program may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Files and folders that it may read and execute, with all that is below them.
    pub reads: Vec<PathBuf>,
    /// Folders and files that it may change, with all that is below them.
    pub writes: Vec<PathBuf>,
    /// What it may use up.
    pub limits: Limits,
    /// Whom it may speak to.
    pub network: Network,
    /// The user that it becomes, if whoever starts it is root; else it stays who it is.
    pub user: Option<u32>,
    /// Its environment. Nothing of the starter's is passed on, where there may be tokens.
    pub environment: BTreeMap<String, String>,
}

impl Confinement {
    /// The command that runs `command` confined.
    ///
    /// # Errors
    /// The name of a file is no UTF-8.
    pub fn command(&self, command: &[OsString]) -> Result<Vec<OsString>> {
        let words = serde_json::to_string(self).context("a confined program has an odd path")?;
        let launcher = [
            // Whoever starts programs for the harness is this same binary, and this link is always the one that runs.
            OsString::from("/proc/self/exe"),
            ASKED.into(),
            words.into(),
        ];
        Ok(launcher
            .into_iter()
            .chain(command.iter().cloned())
            .collect())
    }
}

/// Confines this process and becomes the program, if that is what it was started for; then it does not return.
pub fn serve_if_asked() {
    let mut words = env::args_os().skip(1);
    match words.next() {
        Some(word) if word == ASKED_TO_TRY => {
            process::exit(i32::from(network::enter_own_loopback().is_err()));
        }
        Some(word) if word == ASKED => {
            let Err(error) = become_confined(words);
            eprintln!("cannot start the program: {error:#}");
            process::exit(COULD_NOT);
        }
        _ => {}
    }
}

fn become_confined(mut words: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible> {
    let asked = words.next().unwrap_or_default();
    let asked: Confinement = serde_json::from_slice(asked.as_encoded_bytes())
        .context("what it is to be confined to is not understood")?;
    let Some(program) = words.next() else {
        bail!("no program is named");
    };
    network::enter(asked.network).context("cannot leave the network")?;
    limits::set(&asked.limits)?;
    if let Some(user) = asked.user {
        user::become_user(user)?;
    }
    files::restrict(&asked)?;
    let kept = KEPT
        .iter()
        .filter_map(|name| Some((*name, env::var_os(name)?)));
    let error = Command::new(&program)
        .args(words)
        .env_clear()
        .envs(&asked.environment)
        .envs(kept)
        .exec();
    Err(error).with_context(|| format!("cannot run {}", OsStr::display(&program)))
}
