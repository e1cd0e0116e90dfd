//! What a program does while nothing happens: how long it sleeps, how often it wakes up.

use crate::look::{Kind, Look, Thread, io_timeout, timer_timeout};
use std::time::Duration;

/// A sleep that is longer than the harness waits for anything is a sleep for ever.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The threads whose calls return by themselves, as far as anybody waits for that.
pub(super) fn timed(look: &Look) -> Vec<i32> {
    let timeout = |thread: &&Thread| {
        wait_or_timer(thread)
            .or_else(|| io_timeout(thread.pid, thread.descriptor()?))
            .filter(|timeout| *timeout < LONGEST_TIMEOUT)
    };
    let timed = look.threads.iter().filter(|it| timeout(it).is_some());
    timed.map(|thread| thread.tid).collect()
}

/// After how long a wait returns by itself: the timeout of the call, or what is left of a timer that it may wait for. The
/// latter is short now and then even of a long one.
pub(super) fn wait_or_timer(thread: &Thread) -> Option<Duration> {
    let timer = || match thread.call()?.kind {
        Kind::Wait(_) | Kind::Read => timer_timeout(thread.pid),
        _ => None,
    };
    thread.timeout().or_else(timer)
}

/// Whether a thread was given a CPU between two looks.
pub(super) fn has_run(tid: i32, then: &Look, now: &Look) -> bool {
    let runs = |look: &Look| {
        let thread = look.threads.iter().find(|thread| thread.tid == tid);
        thread.map(|thread| thread.runs)
    };
    runs(then) != runs(now)
}

/// The thread that woke up most often between two looks, and how often.
pub(super) fn most_woken<'l>(now: &'l Look, then: &Look) -> Option<(&'l Thread, u64)> {
    let wake_ups = watched(now).filter_map(|thread| {
        let before = then.threads.iter().find(|other| other.tid == thread.tid)?;
        Some((thread, thread.runs.saturating_sub(before.runs)))
    });
    wake_ups.max_by_key(|(_, count)| *count)
}

/// Threads whose wake-ups count: those that wait for readiness, or for time to pass. A runtime's own may do the latter.
pub(super) fn watched(look: &Look) -> impl Iterator<Item = &Thread> {
    let alone = look.threads.len() == 1;
    look.threads
        .iter()
        .filter(move |thread| match thread.call().map(|call| call.kind) {
            Some(Kind::Wait(_)) => true,
            Some(Kind::Sleep(_) | Kind::Read | Kind::Accept) => alone,
            _ => false,
        })
}
