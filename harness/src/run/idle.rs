//! What a program does while nothing happens: how long it sleeps, how often it wakes up.

use crate::look::{Kind, Look, Thread, io_timeout, timer_timeout};
use std::collections::HashMap;
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

/// How often threads were seen to sleep, wake up and sleep again.
///
/// How often a thread was given a CPU does not tell: one that works is given it again and again where others want it, too.
/// What was not seen is not counted, so this is never too much.
#[derive(Debug, Default)]
pub(super) struct WakeUps {
    /// For each thread by its number, how often it had run when it was seen asleep last, and its wake-ups since the first time.
    seen: HashMap<i32, (u64, u64)>,
}

impl WakeUps {
    /// Takes note of who sleeps.
    pub(super) fn note(&mut self, look: &Look) {
        for thread in watched(look).filter(|thread| thread.state == 'S') {
            let (runs, count) = self.seen.entry(thread.tid).or_insert((thread.runs, 0));
            *count += u64::from(*runs != thread.runs);
            *runs = thread.runs;
        }
    }

    /// The thread that woke up most often, and how often.
    pub(super) fn most<'l>(&self, look: &'l Look) -> Option<(&'l Thread, u64)> {
        let counted = watched(look).filter_map(|it| Some((it, self.seen.get(&it.tid)?.1)));
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
                runs,
            }],
        }
    }

    fn wake_ups(looks: &[Look]) -> u64 {
        let mut wake_ups = WakeUps::default();
        looks.iter().for_each(|look| wake_ups.note(look));
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
    fn what_was_before_the_first_sleep_does_not_count() {
        assert_eq!(wake_ups(&[seen('R', 1), seen('R', 5), seen('S', 9)]), 0);
    }
}
