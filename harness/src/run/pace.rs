//! How often a program is looked at that somebody waits for.
//!
//! A look costs as much as an answer. What comes soon is noticed soon; what takes long is noticed late by no more than it has taken
//! already, and meanwhile the processor is left to those who have work to do.

use super::judge::Seen;
use std::time::Duration;

/// Between two looks at a program that runs: it may be done any moment, and how often it wakes up must be seen.
const BUSY: Duration = Duration::from_millis(1);
/// Between two looks at one that sleeps until the kernel delivers something: that takes a timer of 40 or 200 ms.
const ASLEEP: Duration = Duration::from_millis(10);

/// The time until the next look.
#[derive(Debug)]
pub(super) struct Pace {
    first: Duration,
    next: Duration,
}

impl Pace {
    /// Waits for `first`, and then longer and longer.
    pub(super) fn starting_with(first: Duration) -> Pace {
        Pace { first, next: first }
    }

    /// How long to wait now.
    pub(super) fn pause(&self) -> Duration {
        self.next
    }

    /// Something happened: what is waited for may be near.
    pub(super) fn quicken(&mut self) {
        self.next = self.first;
    }

    /// Nothing happened, and this was seen.
    pub(super) fn slacken(&mut self, seen: &Seen) {
        let longest = match seen {
            Seen::Asleep(_) => ASLEEP,
            Seen::Busy | Seen::Still { .. } => BUSY,
        };
        self.next = (2 * self.next).min(longest.max(self.first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::Look;

    #[test]
    fn who_sleeps_is_looked_at_less_and_less_often_and_again_soon_when_something_happens() {
        let first = Duration::from_micros(100);
        let mut pace = Pace::starting_with(first);
        let mut waited = Duration::ZERO;
        for _ in 0..20 {
            assert!(pace.pause() <= waited + first);
            waited += pace.pause();
            pace.slacken(&Seen::Asleep(Look::default()));
        }
        assert_eq!(pace.pause(), ASLEEP);
        pace.slacken(&Seen::Busy);
        assert_eq!(pace.pause(), BUSY);
        pace.quicken();
        assert_eq!(pace.pause(), first);
    }
}
