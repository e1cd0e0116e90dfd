//! Plays script after script until one fails, or there were enough.

use crate::script::{Drawn, Source};
use anyhow::Result;
use harness::run::{Target, play};
use harness::script::Script;
use harness::suite::{self, Event, Plan};
use harness::verdict::{Outcome, Verdict};
use indicatif::ProgressBar;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Scripts that are made before the first of them is played.
const BATCH: u64 = 64;

/// When it is enough.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enough {
    pub(crate) operations: Option<u64>,
    pub(crate) time: Option<Duration>,
}

/// What came of a hunt.
#[derive(Debug, Default)]
pub(crate) struct Hunted {
    pub(crate) operations: u64,
    pub(crate) scripts: u64,
    /// Of them, those that could not be played here, with the reason of the first.
    pub(crate) skipped: Option<(u64, String)>,
    pub(crate) took: Duration,
    pub(crate) found: Option<Found>,
}

/// A script that did not pass.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) number: u64,
    pub(crate) script: Script,
    pub(crate) verdict: Verdict,
}

/// Plays the scripts of a seed in their order, several side by side, until one does not pass, or there were enough, or the user
/// has interrupted.
///
/// # Errors
/// A script cannot be made, or the system gives no thread.
pub(crate) fn hunt(
    source: &Source,
    target: &Target,
    enough: Enough,
    interrupted: &AtomicBool,
    bar: &ProgressBar,
) -> Result<Hunted> {
    let began = Instant::now();
    let mut hunted = Hunted::default();
    let mut next = 0;
    loop {
        let mut batch = Vec::new();
        for number in next..next + BATCH {
            batch.extend(source.draw(number)?);
        }
        next += BATCH;
        let mut is_over = false;
        suite::run(
            &batch,
            Plan::once(),
            |drawn| play(&drawn.script, target),
            |event| {
                let Event::Played { case, verdict, .. } = event else {
                    return ControlFlow::Continue(());
                };
                bar.inc(u64::from(case.operations));
                hunted.take_note(case, verdict);
                let is_enough = enough
                    .operations
                    .is_some_and(|most| hunted.operations >= most)
                    || enough.time.is_some_and(|most| began.elapsed() >= most);
                is_over =
                    is_enough || hunted.found.is_some() || interrupted.load(Ordering::Relaxed);
                if is_over {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            },
        )?;
        if is_over {
            hunted.took = began.elapsed();
            return Ok(hunted);
        }
    }
}

impl Hunted {
    fn take_note(&mut self, drawn: &Drawn, verdict: Verdict) {
        self.scripts += 1;
        match &verdict.outcome {
            Outcome::Passed => self.operations += u64::from(drawn.operations),
            Outcome::Skipped(why) => {
                self.skipped.get_or_insert_with(|| (0, why.clone())).0 += 1;
            }
            Outcome::Failed(_) | Outcome::Undecided(_) => {
                self.operations += u64::from(drawn.operations);
                self.found = Some(Found {
                    number: drawn.number,
                    script: drawn.script.clone(),
                    verdict,
                });
            }
        }
    }
}
