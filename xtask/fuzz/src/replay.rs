//! Plays a script again and again, to find out how often it fails: what a server does may depend on luck.

use harness::run::{Target, play};
use harness::script::Script;
use harness::suite::{self, Event, Plan};
use harness::verdict::{Outcome, Verdict};
use std::io;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a script is played to say how often it fails.
const PLAYS: u32 = 10;
/// After this time, what was played is enough to say.
const TIME: Duration = Duration::from_secs(20);
/// How often a smaller script must fail, of one that always did.
const SURELY: u32 = 3;
/// How often one must fail whose failure depends on luck. Once would let through one that hardly ever fails, and what is made of
/// that would fail even less often.
const BY_LUCK: u32 = 2;
/// The most plays of one smaller script.
const MOST: u32 = 40;

/// How often a script failed, of so many plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) failed: u32,
    pub(crate) played: u32,
}

/// What is asked of a smaller script: to fail so often of so many plays.
pub(crate) type Demand = Rate;

impl Rate {
    /// Whether it failed each time.
    pub(crate) fn is_sure(self) -> bool {
        self.failed == self.played
    }

    /// The plays in which one that fails at this rate fails at least once, in 19 of 20 cases (about 3 / rate); `None` if it never
    /// failed.
    pub(crate) fn plays_to_fail(self) -> Option<u32> {
        (3 * self.played).checked_div(self.failed)
    }

    /// What to ask of a script that is made of one that fails at this rate; `None` if it never failed.
    pub(crate) fn demand(self) -> Option<Demand> {
        let (failed, played) = match self.is_sure() {
            true => (SURELY, SURELY),
            false => (BY_LUCK, MOST.min(BY_LUCK * self.plays_to_fail()?)),
        };
        Some(Demand { failed, played }).filter(|_| self.failed > 0)
    }
}

/// A script, and whom it is played against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replay<'a> {
    pub(crate) script: &'a Script,
    pub(crate) target: &'a Target,
    pub(crate) interrupted: &'a AtomicBool,
}

impl Replay<'_> {
    /// How often it comes to what `found` came to. The plays are side by side, as they were when it was found.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn rate(self, found: &Verdict) -> io::Result<Rate> {
        let began = Instant::now();
        let plan = Plan {
            repeat: NonZero::new(PLAYS).unwrap_or(NonZero::<u32>::MIN),
            ..Plan::once()
        };
        let mut rate = Rate {
            failed: 0,
            played: 0,
        };
        self.each(plan, |verdict| {
            rate.played += 1;
            rate.failed += u32::from(is_alike(&verdict, found));
            began.elapsed() < TIME
        })?;
        Ok(rate)
    }

    /// How it fails, if it does so as often as it is asked to.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn meets(self, demand: Demand) -> io::Result<Option<Verdict>> {
        let once = Plan::once();
        let plan = Plan {
            repeat: NonZero::new(demand.played).unwrap_or(NonZero::<u32>::MIN),
            // One that must fail each time has mostly passed at the first.
            jobs: if demand.is_sure() {
                NonZero::<usize>::MIN
            } else {
                once.jobs
            },
        };
        let (mut passed, mut failures) = (0, Vec::new());
        self.each(plan, |verdict| {
            match verdict.outcome {
                Outcome::Failed(_) => failures.push(verdict),
                _ => passed += 1,
            }
            let is_met = failures.len() as u32 >= demand.failed;
            !is_met && passed <= demand.played - demand.failed
        })?;
        let is_met = failures.len() as u32 >= demand.failed;
        Ok(failures.pop().filter(|_| is_met))
    }

    /// Tells each verdict, until that is enough or the user has interrupted.
    fn each(self, plan: Plan, mut told: impl FnMut(Verdict) -> bool) -> io::Result<()> {
        let cases = [self.script];
        suite::run(
            &cases,
            plan,
            |script| play(script, self.target),
            |event| {
                if let Event::Played { verdict, .. } = event
                    && (!told(verdict) || self.interrupted.load(Ordering::Relaxed))
                {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            },
        )
    }
}

/// Whether both have failed, or both are undecided.
fn is_alike(verdict: &Verdict, found: &Verdict) -> bool {
    use Outcome::{Failed, Undecided};
    matches!(
        (&verdict.outcome, &found.outcome),
        (Failed(_), Failed(_)) | (Undecided(_), Undecided(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(failed: u32, played: u32) -> Rate {
        Rate { failed, played }
    }

    #[test]
    fn one_that_always_fails_must_go_on_doing_so() {
        assert_eq!(rate(10, 10).demand(), Some(rate(3, 3)));
    }

    #[test]
    fn one_that_fails_now_and_then_is_given_time_to() {
        assert_eq!(rate(5, 10).demand(), Some(rate(2, 12)));
        assert_eq!(rate(2, 10).demand(), Some(rate(2, 30)));
        assert_eq!(rate(1, 10).demand(), Some(rate(2, 40)));
    }

    #[test]
    fn nothing_is_made_of_one_that_never_failed_again() {
        assert_eq!(rate(0, 10).demand(), None);
        assert_eq!(rate(0, 0).demand(), None);
    }
}
