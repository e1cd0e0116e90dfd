//! A socket whose descriptor is too high for select. No script can ask for one: what it plays against starts with three open files.

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Command, Stdio};

/// The first descriptor that a set has no room for (`FD_SETSIZE`, select(2)).
const TOO_HIGH: i32 = 1024;

/// Open files that this process, and `program`, may have: some more.
const WANTED: u64 = TOO_HIGH as u64 + 100;

/// Runs `program` so that its first socket gets that descriptor, and expects that it ends with status 1 and says why. Its argument
/// is what `argument` makes of an address where somebody listens. Where the system does not allow as many open files, it says that
/// this was skipped.
///
/// As long as it takes, all lower descriptors of this process are open.
///
/// # Errors
/// The program ends otherwise, or cannot be run.
pub fn is_refused_in_words(program: &str, argument: impl Fn(SocketAddr) -> String) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|maximum| maximum < WANTED) {
        eprintln!("skipped: `ulimit -Hn` is below {WANTED}");
        return Ok(());
    }
    let current = Some(WANTED);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit })?;
    let _taken = take_the_low_ones()?;
    // Later than those: its descriptor is not inherited, and would be free for the program.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let output = Command::new(program)
        .arg(argument(listener.local_addr()?))
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let why = format!("select watches only descriptors below {TOO_HIGH}, this one is {TOO_HIGH}");
    ensure!(output.status.code() == Some(1), "{}: {said}", output.status);
    ensure!(said.contains(&why), "{said}");
    Ok(())
}

/// Takes all lower descriptors from the programs that are started from now on.
fn take_the_low_ones() -> Result<Vec<OwnedFd>> {
    let mut taken: Vec<OwnedFd> = Vec::new();
    let is_last = |fd: &OwnedFd| fd.as_raw_fd() >= TOO_HIGH - 1;
    while !taken.last().is_some_and(is_last) {
        // Unlike the standard library's, the copies that dup makes are inherited (dup(2)).
        taken.push(rustix::io::dup(io::stdin())?);
    }
    Ok(taken)
}
