//! How a program ended, in words.

use crate::program::Exit;

/// `exited with 101`, `was killed by SIGKILL`.
pub(super) fn ended(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => format!("exited with {status}"),
        Exit::Signal(signal) => format!("died of {}", signal_name(signal)),
        Exit::Lost => "was lost: somebody killed the process that watches over it".into(),
    }
}

/// The usual name of a signal: `SIGINT`.
pub(super) fn signal_name(number: i32) -> String {
    const NAMES: [(i32, &str); 14] = [
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGINT, "SIGINT"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGTRAP, "SIGTRAP"),
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGKILL, "SIGKILL"),
        (libc::SIGUSR1, "SIGUSR1"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGPIPE, "SIGPIPE"),
        (libc::SIGALRM, "SIGALRM"),
        (libc::SIGTERM, "SIGTERM"),
    ];
    let known = NAMES.iter().find(|(known, _)| *known == number);
    known.map_or_else(
        || format!("signal {number}"),
        |(_, name)| (*name).to_owned(),
    )
}
