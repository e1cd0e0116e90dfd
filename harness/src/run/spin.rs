//! Whether a program spins: it goes on and on, and never sleeps.
//!
//! How much CPU it uses says little: a slow program that wakes up now and then uses as much, only later. A thread that spins
//! never sleeps; a machine under load keeps it from running, and that is counted against nobody.

use crate::look::{Look, Thread};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// CPU time that a thread may use without a sleep while nothing moves, before it is said to spin.
const SPIN: Duration = Duration::from_millis(20);

/// For each thread by its number, when it was last seen asleep, and how.
#[derive(Debug, Default)]
pub(super) struct Awake(HashMap<i32, (Instant, Thread)>);

/// What a thread has used since it was last seen asleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Used {
    /// CPU time.
    pub(super) cpu: Duration,
    /// What of it the kernel used on the thread's behalf.
    pub(super) kernel: Duration,
    /// Pages of memory that were not there before.
    pub(super) faults: u64,
}

impl Awake {
    /// Takes note of who sleeps. `began` is a moment before the look: what a thread used since then is in later looks only.
    pub(super) fn note(&mut self, look: &Look, began: Instant) {
        for thread in &look.threads {
            if thread.state == 'S' || !self.0.contains_key(&thread.tid) {
                self.0.insert(thread.tid, (began, thread.clone()));
            }
        }
    }

    /// What a thread that spins has used, `now` being a moment after the look.
    ///
    /// It was running, or waiting for a CPU, most of the time. What it may have slept is rather over- than underestimated: how
    /// long it has been waiting just now is not known.
    pub(super) fn spinning(&self, look: &Look, now: Instant) -> Option<Used> {
        let spins = |thread: &Thread| {
            let (since, then) = self.0.get(&thread.tid)?;
            let cpu = thread.cpu.saturating_sub(then.cpu);
            let waited = thread.waited.saturating_sub(then.waited);
            let slept = (now - *since).saturating_sub(cpu + waited);
            (cpu >= SPIN && slept <= cpu).then(|| Used {
                cpu,
                kernel: thread.kernel.saturating_sub(then.kernel),
                faults: thread.faults.saturating_sub(then.faults),
            })
        };
        look.threads.iter().find_map(spins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::Doing;

    /// A thread that has run and waited for so many milliseconds.
    fn seen(state: char, cpu: u64, waited: u64) -> Look {
        Look {
            threads: vec![Thread {
                pid: 1,
                tid: 1,
                state,
                doing: Doing::Running,
                cpu: Duration::from_millis(cpu),
                kernel: Duration::ZERO,
                faults: 0,
                waited: Duration::from_millis(waited),
                runs: 1,
            }],
        }
    }

    /// Looks at so many milliseconds, of which the last is asked about.
    fn spins(looks: &[(u64, Look)]) -> bool {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let (last, earlier) = looks.split_last().expect("a look");
        let mut awake = Awake::default();
        earlier
            .iter()
            .for_each(|(millis, look)| awake.note(look, at(*millis)));
        awake.spinning(&last.1, at(last.0)).is_some()
    }

    #[test]
    fn a_thread_that_never_sleeps_spins() {
        assert!(spins(&[(0, seen('S', 5, 0)), (21, seen('R', 25, 0))]));
        assert!(!spins(&[(0, seen('S', 5, 0)), (19, seen('R', 24, 0))]));
    }

    #[test]
    fn a_thread_that_waits_for_a_cpu_most_of_the_time_spins_all_the_same() {
        assert!(spins(&[(0, seen('S', 5, 0)), (400, seen('R', 30, 370))]));
    }

    #[test]
    fn a_slow_thread_that_wakes_up_now_and_then_does_not_spin() {
        // Nobody saw it sleep, so seldom was it looked at.
        assert!(!spins(&[(0, seen('S', 5, 0)), (300, seen('R', 31, 200))]));
        // Seen asleep, it begins anew.
        let looks = [
            (0, seen('S', 5, 0)),
            (20, seen('S', 20, 0)),
            (40, seen('R', 35, 0)),
        ];
        assert!(!spins(&looks));
    }

    #[test]
    fn a_thread_that_slept_long_before_it_spins_is_found_out_soon() {
        let looks = [
            (0, seen('S', 5, 0)),
            (1000, seen('S', 5, 0)),
            (1002, seen('R', 6, 0)),
            (1022, seen('R', 26, 0)),
        ];
        assert!(spins(&looks));
    }
}
