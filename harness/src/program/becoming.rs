//! What the harness's own binary does between the keeper and a program that needs something done before it begins.

use rustix::process::{Signal, getpid, ioctl_tiocsctty, kill_process, setsid};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{self, Command};

/// The argument that makes a binary take the terminal at its standard input, and then become the program that follows.
pub(super) const ASKED_FOR_A_TERMINAL: &str = "--take-the-terminal-at-stdin-and-run";

/// The argument that makes a binary wait until somebody traces it, and then become the program that follows.
const ASKED_FOR_A_TRACER: &str = "--wait-for-a-tracer-and-run";

/// Becomes a program, if this is what was asked for; then it does not return.
pub(super) fn become_program_if_asked(asked: &OsStr, words: impl Iterator<Item = OsString>) {
    let error = if asked == ASKED_FOR_A_TRACER {
        become_traced_program(words)
    } else if asked == ASKED_FOR_A_TERMINAL {
        become_program_at_terminal(words)
    } else {
        return;
    };
    eprintln!("cannot start the program: {error}");
    process::exit(127); // as a shell does
}

/// Becomes the program, as the leader of a session whose terminal is its standard input: what a terminal emulator does with a
/// shell. Returns only if it cannot.
fn become_program_at_terminal(mut words: impl Iterator<Item = OsString>) -> io::Error {
    let take_terminal = || -> io::Result<()> {
        setsid()?;
        Ok(ioctl_tiocsctty(io::stdin())?)
    };
    match (take_terminal(), words.next()) {
        (Err(error), _) => error,
        (Ok(()), None) => io::ErrorKind::InvalidInput.into(),
        (Ok(()), Some(program)) => Command::new(program).args(words).exec(),
    }
}

/// The command that stops itself (SIGSTOP), and becomes `command` when it is continued: in between, somebody can begin to trace it.
pub(crate) fn to_be_traced(command: &[OsString]) -> Vec<OsString> {
    let own = super::keepers::own_binary().into_os_string();
    let before = [own, ASKED_FOR_A_TRACER.into()];
    before.into_iter().chain(command.iter().cloned()).collect()
}

/// Waits, stopped, for a tracer, and becomes the program. Returns only if it cannot.
fn become_traced_program(mut words: impl Iterator<Item = OsString>) -> io::Error {
    let stopped = kill_process(getpid(), Signal::STOP);
    match (stopped, words.next()) {
        (Err(error), _) => error.into(),
        (Ok(()), None) => io::ErrorKind::InvalidInput.into(),
        (Ok(()), Some(program)) => Command::new(program).args(words).exec(),
    }
}
