//! Many scripts: each a number of times, several side by side, told in order.

use crate::lesson::Lesson;
use crate::run::Target;
use crate::script::Script;
use crate::verdict::{Outcome, Verdict};
use rustix::process::{Resource, getrlimit};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use std::{io, thread};

/// One script and what it is played against.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The lesson that the script belongs to.
    pub lesson: &'a Lesson,
    /// What is played.
    pub script: &'a Script,
    /// The program that is checked.
    pub target: &'a Target,
}

/// Descriptors that a script needs, unless it has a crowd.
const DESCRIPTORS: u64 = 32;

/// How often, and how many side by side.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Runs of each case.
    pub repeat: NonZero<u32>,
    /// Cases played at a time, each by a thread of its own.
    pub jobs: NonZero<usize>,
}

impl Plan {
    /// Every case once, eight at a time for each processor: a script that fills the kernel's buffers waits a quarter of a second
    /// for a window probe, again and again. Fewer where there are few descriptors. With many more, crowds of a thousand would
    /// take more descriptors than there are.
    pub fn once() -> Plan {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let descriptors = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        let room = usize::try_from(descriptors / DESCRIPTORS).unwrap_or(usize::MAX);
        Plan {
            repeat: NonZero::<u32>::MIN,
            jobs: NonZero::new((8 * processors).min(room)).unwrap_or(NonZero::<usize>::MIN),
        }
    }
}

/// What happened while a suite is played.
#[derive(Debug)]
pub enum Event<'c, C> {
    /// A run has ended, whichever; for a progress bar.
    Progress {
        /// Runs that have ended.
        ended: usize,
        /// All runs that there will be.
        of: usize,
    },
    /// The next run in the order of the cases has ended.
    Played {
        /// What was played.
        case: &'c C,
        /// Which repetition it was, counted from 1.
        run: u32,
        /// What came of it.
        verdict: Verdict,
    },
}

/// Plays each of `cases` with `play` as often as `plan` says, and tells `told` in the order of the cases, each with all
/// its runs, whichever ends first. When `told` breaks, nothing more is started, and this returns when what was under
/// way has ended.
///
/// # Errors
/// The system gives no thread to play on.
pub fn run<C: Sync>(
    cases: &[C],
    plan: Plan,
    play: impl Fn(&C) -> Verdict + Sync,
    told: impl FnMut(Event<C>) -> ControlFlow<()>,
) -> io::Result<()> {
    run_long_ones_first(cases, plan, |_| false, play, told)
}

/// As [`run`], but those that take long are begun first: what is left at the end does not leave processors without work.
///
/// # Errors
/// As there.
pub fn run_long_ones_first<C: Sync>(
    cases: &[C],
    plan: Plan,
    takes_long: impl Fn(&C) -> bool,
    play: impl Fn(&C) -> Verdict + Sync,
    mut told: impl FnMut(Event<C>) -> ControlFlow<()>,
) -> io::Result<()> {
    let repeat = plan.repeat.get() as usize;
    let of = cases.len() * repeat;
    let (long, short): (Vec<usize>, Vec<usize>) =
        (0..of).partition(|index| takes_long(&cases[index / repeat]));
    let order = [long, short].concat();
    let next = AtomicUsize::new(0);
    // Bounded, so that workers stay near what is told, and notice soon that nobody listens any more.
    let (ended, verdicts) = mpsc::sync_channel(plan.jobs.get());
    thread::scope(|scope| {
        for worker in 0..plan.jobs.get().min(of) {
            let ended = ended.clone();
            let (next, order, play) = (&next, &order, &play);
            let started = thread::Builder::new().spawn_scoped(scope, move || {
                while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if ended.send((index, play(&cases[index / repeat]))).is_err() {
                        return;
                    }
                }
            });
            match started {
                // One worker plays everything, only slower.
                Err(_) if worker > 0 => break,
                started => started?,
            };
        }
        // The workers have their own; with this one left, the loop below would never end.
        drop(ended);
        // Broken off or not, there is nothing left to do but to wait for the workers.
        let _ = tell(cases, repeat, verdicts, &mut told);
        Ok(())
    })
}

/// Brings verdicts into the order of their numbers and passes them on. The channel ends with this: it is what tells
/// the workers that `told` has broken off.
fn tell<C>(
    cases: &[C],
    repeat: usize,
    verdicts: mpsc::Receiver<(usize, Verdict)>,
    told: &mut impl FnMut(Event<C>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let of = cases.len() * repeat;
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (ended, (index, verdict)) in verdicts.iter().enumerate() {
        told(Event::Progress {
            ended: ended + 1,
            of,
        })?;
        waiting.insert(index, verdict);
        while let Some(verdict) = waiting.remove(&next) {
            told(Event::Played {
                case: &cases[next / repeat],
                run: (next % repeat) as u32 + 1,
                verdict,
            })?;
            next += 1;
        }
    }
    ControlFlow::Continue(())
}

/// Programs of which nobody can tell whether they ever get ready. That takes a minute, and the next script would begin with
/// the same minute.
#[derive(Debug, Default)]
pub struct Hopeless(Mutex<BTreeMap<PathBuf, Verdict>>);

impl Hopeless {
    /// What is known of `program` already, whatever its name, or what comes of `play`.
    pub fn or_play(&self, program: &Path, play: impl FnOnce() -> Verdict) -> Verdict {
        let known = |of: &BTreeMap<PathBuf, Verdict>| of.get(program).cloned();
        if let Some(verdict) = self.0.lock().ok().and_then(|hopeless| known(&hopeless)) {
            return verdict;
        }
        let verdict = play();
        if let Outcome::Undecided(finding) = &verdict.outcome
            && finding.step.is_none()
            && finding.facts.iter().all(|fact| fact.label != "clients")
            && let Ok(mut hopeless) = self.0.lock()
        {
            let known = Verdict {
                took: Duration::ZERO,
                ..verdict.clone()
            };
            hopeless.insert(program.to_owned(), known);
        }
        verdict
    }
}

#[cfg(test)]
#[path = "suite_tests.rs"]
mod tests;
