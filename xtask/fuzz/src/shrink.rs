//! Makes a script that fails as small as it can be.

use crate::hunt::Found;
use crate::model::Steps;
use crate::operation::Operation;
use crate::replay::{Demand, Rate, Replay};
use crate::script::Source;
use anyhow::Result;
use harness::run::Target;
use harness::script::Script;
use harness::verdict::{Outcome, Verdict};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long it is tried. What is found by then is small enough to read.
const TIME: Duration = Duration::from_secs(60);

/// The smallest script that was found to fail.
#[derive(Debug)]
pub(crate) struct Shrunk {
    pub(crate) text: String,
    pub(crate) script: Script,
    pub(crate) verdict: Verdict,
    /// How often it comes to that verdict.
    pub(crate) rate: Rate,
    /// How many steps it has, and how many it had.
    pub(crate) steps: (usize, usize),
    /// How many smaller scripts were played.
    pub(crate) played: u32,
}

/// Takes away and makes smaller what a script can do without and still fail, and calls it `path`. A script that fails otherwise
/// fails, too. If all that is left of it turns out not to fail, it is the script as it was found.
///
/// # Errors
/// The model has made what is no script, or the system gives no thread.
pub(crate) fn shrink(
    source: &Source,
    target: &Target,
    found: Found,
    path: &Path,
    interrupted: &AtomicBool,
) -> Result<Shrunk> {
    let operations = source.operations(found.number);
    let steps = source.steps(&operations);
    let before = steps.lines.len();
    let replay = |script, verdict| {
        let replay = Replay {
            script,
            target,
            interrupted,
        };
        replay.rate(verdict)
    };
    let rate = replay(&found.script, &found.verdict)?;
    let is_failure = matches!(found.verdict.outcome, Outcome::Failed(_));
    let mut shrinking = Shrinking {
        source,
        target,
        number: found.number,
        variant: found.script.variant.as_deref(),
        path,
        interrupted,
        began: Instant::now(),
        operations,
        steps,
        verdict: found.verdict.clone(),
        // What is undecided takes a minute each time.
        demand: rate.demand().filter(|_| is_failure),
        played: 0,
    };
    shrinking.take_away()?;
    shrinking.make_smaller()?;
    let small = shrinking.shrunk(rate, before)?;
    if shrinking.played == 0 {
        return Ok(small); // it does the same as what was found
    }
    let small_rate = replay(&small.script, &small.verdict)?;
    if small_rate.failed > 0 {
        return Ok(Shrunk {
            rate: small_rate,
            ..small
        });
    }
    shrinking.steps = source.steps(&source.operations(found.number));
    shrinking.verdict = found.verdict;
    shrinking.shrunk(rate, before)
}

/// A script on its way to be small.
struct Shrinking<'a> {
    source: &'a Source<'a>,
    target: &'a Target,
    number: u64,
    variant: Option<&'a str>,
    path: &'a Path,
    interrupted: &'a AtomicBool,
    began: Instant,
    /// The fewest that were found to fail.
    operations: Vec<Operation>,
    /// The steps that they are.
    steps: Steps,
    /// How these fail.
    verdict: Verdict,
    /// How often one of fewer operations must fail; `None` if none is to be played.
    demand: Option<Demand>,
    played: u32,
}

impl Shrinking<'_> {
    /// Takes away half of the operations, or the other half, then quarters, and so on to single ones, until none of these can be
    /// spared.
    ///
    /// Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 2002.
    fn take_away(&mut self) -> Result<()> {
        let mut size = self.operations.len().div_ceil(2);
        loop {
            let (mut at, before) = (0, self.operations.len());
            while at < self.operations.len() {
                let mut fewer = self.operations.clone();
                fewer.drain(at..self.operations.len().min(at + size));
                if !self.still_fails(fewer)? {
                    at += size;
                }
            }
            if size == 1 && self.operations.len() == before {
                return Ok(());
            }
            size = size.div_ceil(2);
        }
    }

    /// Lets clients send and read less.
    fn make_smaller(&mut self) -> Result<()> {
        for at in 0..self.operations.len() {
            let mut smaller = self.operations.clone();
            while let Operation::Pour(_, bytes) | Operation::Read(_, bytes) = &mut smaller[at]
                && *bytes > 1
            {
                *bytes /= 2;
                if !self.still_fails(smaller.clone())? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether these fail, too; then they are the ones to go on with.
    fn still_fails(&mut self, operations: Vec<Operation>) -> Result<bool> {
        let steps = self.source.steps(&operations);
        if !begins_alike(&steps, &self.steps, &self.verdict) {
            let Some(demand) = self.demand.filter(|_| self.is_there_time()) else {
                return Ok(false);
            };
            if steps.lines.is_empty() {
                return Ok(false);
            }
            self.played += 1;
            let replay = Replay {
                script: &self.script(&steps)?,
                target: self.target,
                interrupted: self.interrupted,
            };
            match replay.meets(demand)? {
                Some(verdict) => self.verdict = verdict,
                None => return Ok(false),
            }
        }
        (self.operations, self.steps) = (operations, steps);
        Ok(true)
    }

    fn is_there_time(&self) -> bool {
        self.began.elapsed() <= TIME && !self.interrupted.load(Ordering::Relaxed)
    }

    fn text(&self, steps: &Steps) -> String {
        self.source.text(self.number, self.variant, steps)
    }

    fn script(&self, steps: &Steps) -> Result<Script> {
        one(self.source.read(self.path, &self.text(steps))?)
    }

    /// What there is so far, of a script that had so many steps before.
    fn shrunk(&self, rate: Rate, before: usize) -> Result<Shrunk> {
        Ok(Shrunk {
            text: self.text(&self.steps),
            script: self.script(&self.steps)?,
            verdict: self.verdict.clone(),
            rate,
            steps: (self.steps.lines.len(), before),
            played: self.played,
        })
    }
}

/// Whether a script is the same up to the step at which the other one failed: then it fails there, too.
fn begins_alike(steps: &Steps, failed: &Steps, verdict: &Verdict) -> bool {
    let at = match &verdict.outcome {
        Outcome::Failed(finding) | Outcome::Undecided(finding) => finding.step,
        _ => None,
    };
    match at {
        Some(at) => steps.lines.get(..=at) == failed.lines.get(..=at),
        None => steps.lines == failed.lines,
    }
}

/// The script, which is for one variant at most.
fn one(scripts: Vec<Script>) -> Result<Script> {
    let mut scripts = scripts.into_iter();
    scripts
        .next()
        .ok_or_else(|| anyhow::anyhow!("the lesson has no such variant"))
}
