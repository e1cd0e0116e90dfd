//! Makes a script that fails as small as it can be.

use crate::hunt::Found;
use crate::model::Steps;
use crate::operation::Operation;
use crate::script::Source;
use anyhow::Result;
use harness::run::{Target, play};
use harness::script::Script;
use harness::verdict::{Outcome, Verdict};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long it is tried. What is found by then is small enough to read.
const TIME: Duration = Duration::from_secs(60);

/// How often a smaller script must fail. One that fails now and then is not much to go by.
const SURELY: u32 = 3;

/// The smallest script that was found to fail.
#[derive(Debug)]
pub(crate) struct Shrunk {
    pub(crate) text: String,
    pub(crate) script: Script,
    pub(crate) verdict: Verdict,
    /// How many steps it has, and how many it had.
    pub(crate) steps: (usize, usize),
    /// How many smaller scripts were played.
    pub(crate) played: u32,
}

/// Takes away and makes smaller what a script can do without and still fail, and calls it `path`. A script that fails otherwise
/// fails, too.
///
/// # Errors
/// The model has made what is no script.
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
        verdict: found.verdict,
        needed: SURELY,
        played: 0,
    };
    if shrinking.failure(&found.script).is_none() {
        shrinking.needed = 1; // it fails now and then, and so will what is left of it
    }
    shrinking.take_away()?;
    shrinking.make_smaller()?;
    let text = source.text(found.number, shrinking.variant, &shrinking.steps);
    Ok(Shrunk {
        script: one(source.read(path, &text)?)?,
        steps: (shrinking.steps.lines.len(), before),
        text,
        verdict: shrinking.verdict,
        played: shrinking.played,
    })
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
    /// How often one of fewer operations must fail.
    needed: u32,
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
            if steps.lines.is_empty()
                || self.began.elapsed() > TIME
                || self.interrupted.load(Ordering::Relaxed)
            {
                return Ok(false);
            }
            let text = self.source.text(self.number, self.variant, &steps);
            let script = one(self.source.read(self.path, &text)?)?;
            self.played += 1;
            match self.failure(&script) {
                Some(verdict) => self.verdict = verdict,
                None => return Ok(false),
            }
        }
        (self.operations, self.steps) = (operations, steps);
        Ok(true)
    }

    /// How a script fails, if it does so as often as it must.
    fn failure(&self, script: &Script) -> Option<Verdict> {
        let mut verdict = None;
        for _ in 0..self.needed {
            let fresh = play(script, self.target);
            if !matches!(fresh.outcome, Outcome::Failed(_)) {
                return None;
            }
            verdict = Some(fresh);
        }
        verdict
    }
}

/// Whether a script is the same up to the step at which the other one failed: then it fails there, too.
fn begins_alike(steps: &Steps, failed: &Steps, verdict: &Verdict) -> bool {
    let at = match &verdict.outcome {
        Outcome::Failed(finding) => finding.step,
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
