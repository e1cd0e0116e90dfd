//! Plays a script against a program.

use crate::script::Script;
use crate::verdict::Verdict;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is checked: a program, and what is known of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The program and its fixed arguments; the addresses come after them.
    pub command: Vec<OsString>,
    /// The folder that it is run in.
    pub directory: PathBuf,
    /// How many addresses it is given, each `127.0.0.1:0`.
    pub addresses: usize,
    /// The call in which it waits when it has nothing to do; `None` for any.
    pub waits_in: Option<String>,
    /// The calls in which it may be found asleep on a socket; not asked where `waits_in` is `None`.
    pub may_sleep_in: Vec<String>,
}

/// Plays `script` against a new process of `target`, which is gone when this returns.
pub fn play(script: &Script, target: &Target) -> Verdict {
    let _ = (script, target);
    unimplemented!("the engine is being written")
}
