//! What a program does although it has nothing to do: it spins, or polls by the clock.

use super::connection::Connection;
use super::idle::WakeUps;
use super::spin::{Awake, Used};
use super::stop::Red;
use crate::look::{End, Look, Thread};
use std::time::{Duration, Instant};

/// What the kernel must have used of a spin, at least, to say so of a program that owes somebody an answer: who asks again and
/// again spends its time in system calls, who works on an answer does not. Accounting is in ticks of 4 and 10 ms.
const IN_CALLS: Duration = Duration::from_millis(20);
/// So many page faults are work: a program that is being loaded, a large buffer, the report of a panic.
const WORK: u64 = 16;
/// CPU time without a system call or a byte that is no work on an answer any more.
const LONG_THOUGHT: Duration = Duration::from_secs(1);
/// Wake-ups that are counted before their rate is judged.
const WAKE_UPS: u64 = 6;
/// Waking more often than this for nothing is polling by the clock.
pub(super) const SHORTEST_TIMEOUT: Duration = Duration::from_millis(50);

/// A time in which nothing moves, from a look on.
pub(super) struct Quiet {
    /// A moment before the look.
    pub(super) start: Instant,
    /// The program's ends of its connections then. What the other ends hear later (that an end was acknowledged, after 40 ms) is
    /// nothing that it could have had to do.
    pub(super) ends: Vec<Option<End>>,
    wake_ups: WakeUps,
    awake: Awake,
}

/// What is held against a program.
pub(super) struct Charge {
    /// In words.
    pub(super) red: Red,
    spin: Option<Used>,
}

impl Quiet {
    /// Nothing moves any more, as was found out by this look, before which it was `start`.
    pub(super) fn begin(start: Instant, connections: &[Connection], look: &Look) -> Quiet {
        let mut quiet = Quiet {
            start,
            ends: ends(connections),
            wake_ups: WakeUps::default(),
            awake: Awake::default(),
        };
        quiet.wake_ups.note(look);
        quiet.awake.note(look, start);
        quiet
    }

    /// Takes note of a look that began then, and tells what it shows to be wrong, unless something has moved meanwhile.
    pub(super) fn note(&mut self, look: &Look, began: Instant) -> Option<Charge> {
        let now = Instant::now();
        self.wake_ups.note(look);
        let spin = self.awake.spinning(look, now);
        self.awake.note(look, began);
        if let Some(used) = spin {
            let red = Red::spins(used.cpu);
            return Some(Charge { red, spin });
        }
        let red = self.polls(self.wake_ups.most(look)?, now)?;
        Some(Charge { red, spin: None })
    }

    /// What the last sleeps of a program show to be wrong that has just ended. Under load, nobody may have looked at it again.
    pub(super) fn at_its_end(&self) -> Option<Red> {
        self.polls(self.wake_ups.of_one_that_ended()?, Instant::now())
    }

    fn polls(&self, (thread, wake_ups): (&Thread, u64), now: Instant) -> Option<Red> {
        let span = now - self.start;
        let often = wake_ups >= WAKE_UPS && span < SHORTEST_TIMEOUT * wake_ups as u32;
        often.then(|| Red::polls_by_the_clock(thread, wake_ups, span))
    }
}

impl Charge {
    /// Whether the CPU time may have gone into work that nobody can see yet.
    pub(super) fn may_be_work(&self, connections: &[Connection]) -> bool {
        let Some(used) = self.spin.filter(|used| used.cpu < LONG_THOUGHT) else {
            return false;
        };
        let owes = connections.iter().any(Connection::may_be_thought_about);
        used.faults >= WORK || owes && used.kernel < IN_CALLS
    }
}

/// The program's ends of these connections.
pub(super) fn ends(connections: &[Connection]) -> Vec<Option<End>> {
    connections
        .iter()
        .map(|connection| connection.theirs)
        .collect()
}
