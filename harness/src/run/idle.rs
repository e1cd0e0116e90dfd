//! What a program does while nothing happens: how long it sleeps, how often it wakes up.

use super::quiet::SHORTEST_TIMEOUT;
use crate::look::{Kind, Look, Thread, io_timeout, timer_timeout, times_asleep};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
    thread.timeout().or_else(|| timer(thread))
}

/// What is left of a timer that a thread may wait for.
pub(super) fn timer(thread: &Thread) -> Option<Duration> {
    match thread.call()?.kind {
        Kind::Wait(_) | Kind::Read => timer_timeout(thread.pid),
        _ => None,
    }
}

/// Whether a thread was given a CPU between two looks.
pub(super) fn has_run(tid: i32, then: &Look, now: &Look) -> bool {
    let runs = |look: &Look| {
        let thread = look.threads.iter().find(|thread| thread.tid == tid);
        thread.map(|thread| thread.runs)
    };
    runs(then) != runs(now)
}

/// How often threads sleep, wake up and sleep again.
///
/// How often a thread was given a CPU does not tell: one that works is given it again and again where others want it, too.
/// How often it has gone to sleep does not, either: one that works may wait for its own memory, or for other threads. So what was
/// not seen is not counted, unless the thread is each time found in a wait that is too short: then the kernel's own count
/// is believed, for under load it is looked at less often than it wakes up.
#[derive(Debug, Default)]
pub(super) struct WakeUps {
    /// For each thread by its number, what was noted since it was first seen asleep.
    seen: HashMap<i32, Sleeper>,
}

#[derive(Debug)]
struct Sleeper {
    /// How it was last seen asleep.
    thread: Thread,
    /// How often it had gone to sleep then, if that was for a short time.
    short_sleeps: Option<u64>,
    wake_ups: u64,
}

impl WakeUps {
    /// Takes note of who sleeps.
    pub(super) fn note(&mut self, look: &Look) {
        self.note_with(look, |thread| {
            let is_short = thread.timeout().is_some_and(|it| it < SHORTEST_TIMEOUT);
            is_short.then(|| times_asleep(thread.tid)).flatten()
        });
    }

    fn note_with(&mut self, look: &Look, short_sleeps: impl Fn(&Thread) -> Option<u64>) {
        for thread in watched(look).filter(|thread| thread.state == 'S') {
            let fresh = |wake_ups| Sleeper {
                thread: thread.clone(),
                short_sleeps: short_sleeps(thread),
                wake_ups,
            };
            match self.seen.entry(thread.tid) {
                Entry::Vacant(vacant) => drop(vacant.insert(fresh(0))),
                Entry::Occupied(entry) if entry.get().thread.runs == thread.runs => {}
                Entry::Occupied(mut entry) => {
                    let before = entry.get();
                    let mut now = fresh(before.wake_ups + 1);
                    if let (Some(then), Some(times)) = (before.short_sleeps, now.short_sleeps) {
                        now.wake_ups = before.wake_ups + times.saturating_sub(then).max(1);
                    }
                    entry.insert(now);
                }
            }
        }
    }

    /// A thread that slept for short times, and has ended; and how often it had woken up.
    pub(super) fn of_one_that_ended(&self) -> Option<(&Thread, u64)> {
        let counted = self.seen.values().filter_map(|sleeper| {
            let since = times_asleep(sleeper.thread.tid)?.saturating_sub(sleeper.short_sleeps?);
            Some((&sleeper.thread, sleeper.wake_ups + since))
        });
        counted.max_by_key(|(_, count)| *count)
    }

    /// The thread that woke up most often, and how often.
    pub(super) fn most<'l>(&self, look: &'l Look) -> Option<(&'l Thread, u64)> {
        let counted = watched(look).filter_map(|it| Some((it, self.seen.get(&it.tid)?.wake_ups)));
        counted.max_by_key(|(_, count)| *count)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::{Call, Doing, Timeout};

    fn seen(state: char, runs: u64) -> Look {
        let call = Call {
            name: "poll",
            kind: Kind::Wait(Timeout::Never),
        };
        let doing = Doing::In {
            call,
            number: 7,
            arguments: [0; 6],
            stack: 0,
        };
        Look {
            threads: vec![Thread {
                pid: 1,
                tid: 1,
                state,
                doing,
                cpu: Duration::ZERO,
                kernel: Duration::ZERO,
                faults: 0,
                waited: Duration::ZERO,
                runs,
            }],
        }
    }

    fn wake_ups(looks: &[Look]) -> u64 {
        let mut wake_ups = WakeUps::default();
        looks
            .iter()
            .for_each(|look| wake_ups.note_with(look, |_| None));
        wake_ups.most(&looks[0]).map_or(0, |(_, count)| count)
    }

    #[test]
    fn a_thread_that_works_and_is_interrupted_often_wakes_up_once() {
        let looks = [
            seen('S', 1),
            seen('R', 2),
            seen('R', 9),
            seen('S', 20),
            seen('S', 20),
        ];
        assert_eq!(wake_ups(&looks), 1);
    }

    #[test]
    fn a_thread_that_sleeps_again_and_again_is_counted_each_time() {
        let looks = [
            seen('S', 1),
            seen('S', 2),
            seen('R', 3),
            seen('S', 3),
            seen('S', 4),
        ];
        assert_eq!(wake_ups(&looks), 3);
    }

    #[test]
    fn of_short_sleeps_those_count_too_that_nobody_saw() {
        let mut wake_ups = WakeUps::default();
        for (look, times) in [(seen('S', 9), 5), (seen('S', 30), 12), (seen('S', 30), 12)] {
            wake_ups.note_with(&look, |_| Some(times));
        }
        let once_long = seen('S', 50);
        wake_ups.note_with(&once_long, |_| None);
        let most = wake_ups.most(&once_long).map(|(_, count)| count);
        assert_eq!(most, Some(12 - 5 + 1));
    }

    #[test]
    fn what_was_before_the_first_sleep_does_not_count() {
        assert_eq!(wake_ups(&[seen('R', 1), seen('R', 5), seen('S', 9)]), 0);
    }
}
