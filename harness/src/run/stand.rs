//! In which call a program sleeps, and whether its lesson allows that.

use super::target::Target;
use crate::look::{Kind, Look, Thread};

/// Where a sleeping program stands, measured by where its lesson's program may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand<'a> {
    /// In a call that the lesson allows.
    Right(&'a Thread),
    /// In a call on a socket, or a read of standard input, that the lesson does not allow.
    Wrong(&'a Thread),
    /// Anywhere else.
    Elsewhere(&'a Thread),
}

impl<'l> Stand<'l> {
    /// Where the program of this look sleeps; `None` if it was not looked at. While it starts, a program may ask others for what
    /// it needs: no call is wrong before it is `serving`.
    pub(super) fn of(look: &'l Look, target: &Target, serving: bool) -> Option<Stand<'l>> {
        let asked = serving && target.waits_in.is_some();
        let is_wrong = |thread: &&Thread| {
            let is_reading = || is_on_a_socket(thread) || reads_standard_input(thread);
            asked && !is_allowed(thread, target) && is_reading()
        };
        let wrong = look.threads.iter().find(is_wrong);
        let right = || look.threads.iter().find(|it| is_allowed(it, target));
        wrong
            .map(Stand::Wrong)
            .or_else(|| right().map(Stand::Right))
            .or_else(|| look.threads.first().map(Stand::Elsewhere))
    }

    /// The thread that stands there.
    pub(super) fn thread(&self) -> &'l Thread {
        match self {
            Stand::Right(thread) | Stand::Wrong(thread) | Stand::Elsewhere(thread) => thread,
        }
    }
}

fn is_allowed(thread: &Thread, target: &Target) -> bool {
    let Some(word) = family(thread) else {
        return false;
    };
    match &target.waits_in {
        None => !matches!(
            thread.call().map(|call| call.kind),
            Some(Kind::Other(_) | Kind::Sleep(_))
        ),
        Some(own) => own == word || target.may_sleep_in.iter().any(|allowed| allowed == word),
    }
}

/// The word that a lesson.toml uses for the call that a thread is in: its name, or for calls on a socket `accept`, `recv`,
/// `send` or `connect`, whichever of their relatives it is.
pub(super) fn family(thread: &Thread) -> Option<&'static str> {
    let call = thread.call()?;
    Some(match call.kind {
        Kind::Accept => "accept",
        Kind::Read if is_on_a_socket(thread) => "recv",
        Kind::Write if is_on_a_socket(thread) => "send",
        Kind::Connect => "connect",
        _ => call.name,
    })
}

fn is_on_a_socket(thread: &Thread) -> bool {
    thread
        .descriptor()
        .and_then(|descriptor| crate::look::named(thread.pid, descriptor))
        .is_some_and(|held| held.socket.is_some())
}

/// Whether it is in a read on its standard input, which never lasts where readiness was waited for.
fn reads_standard_input(thread: &Thread) -> bool {
    let target = |descriptor| crate::look::named(thread.pid, descriptor).map(|held| held.target);
    matches!(thread.call().map(|call| call.kind), Some(Kind::Read))
        && thread
            .descriptor()
            .and_then(target)
            .is_some_and(|read| Some(read) == target(0))
}
