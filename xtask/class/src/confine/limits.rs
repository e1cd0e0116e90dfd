//! What a program may use up (getrlimit(2)).

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// What one process may use up; what a process is forbidden, its children are too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of address space.
    pub memory: u64,
    /// Processes and threads of its user at a time. `None` where that would count those of the whole login.
    pub processes: Option<u64>,
    /// Bytes of a file that it writes.
    pub file_size: u64,
    /// Seconds of processor time.
    pub cpu: u64,
}

/// Sets the limits, hard ones; where there are tighter ones, they stay.
///
/// # Errors
/// The kernel refuses.
pub(super) fn set(limits: &Limits) -> Result<()> {
    set_one(Resource::As, limits.memory)?;
    set_one(Resource::Fsize, limits.file_size)?;
    set_one(Resource::Cpu, limits.cpu)?;
    set_one(Resource::Core, 0)?;
    limits
        .processes
        .map_or(Ok(()), |processes| set_one(Resource::Nproc, processes))
}

fn set_one(resource: Resource, most: u64) -> Result<()> {
    let hard = getrlimit(resource).maximum;
    let most = Some(hard.map_or(most, |hard| hard.min(most)));
    let limit = Rlimit {
        current: most,
        maximum: most,
    };
    setrlimit(resource, limit).with_context(|| format!("cannot set the limit {resource:?}"))
}
