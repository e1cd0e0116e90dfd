//! The fuzz against servers that are known to be bad: which of them it finds, and how soon.

use crate::contract::Contract;
use crate::hunt::{Enough, Hunted, hunt};
use crate::script::Source;
use crate::{INTERRUPTED, say};
use anyhow::{Result, anyhow, bail};
use harness::lesson::Lesson;
use harness::prove::apply::sources;
use harness::prove::bug::Bug;
use harness::prove::workspace::{Variant, build};
use harness::report::script_error;
use harness::run::Target;
use harness::script::ScriptError;
use harness::verdict::Outcome;
use indicatif::ProgressBar;
use std::iter;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Operations for each of them if nothing is said.
pub(crate) const OPERATIONS: u64 = 2000;

/// Tries the known-bad programs of these lessons, or those called `names`, and tells of each whether it was found.
///
/// # Errors
/// They cannot be built.
pub(crate) fn find(
    root: &Path,
    chosen: &[(&Lesson, Contract)],
    names: &[String],
    seed: u64,
    enough: Enough,
    interrupted: &AtomicBool,
) -> Result<ExitCode> {
    let mut any = false;
    for (lesson, contract) in chosen {
        let mut bugs = bugs(lesson)?;
        bugs.retain(|bug| names.is_empty() || names.iter().any(|name| name == bug.name()));
        if bugs.is_empty() {
            continue;
        }
        any = true;
        let sources = sources(lesson)?;
        let variants = bugs
            .iter()
            .map(|bug| Variant::new(lesson, &bug.patch, &sources));
        let variants: Vec<Variant> = variants.collect::<Result<_, _>>().map_err(in_words)?;
        let programs = build(root, &variants)?;
        let source = Source {
            lesson,
            contract,
            seed,
        };
        let mut found = 0;
        for (bug, program) in iter::zip(&bugs, programs) {
            let target = Target::of_built(lesson, program, root.to_owned());
            let hunted = hunt(
                &source,
                &target,
                enough,
                interrupted,
                &ProgressBar::hidden(),
            )?;
            if interrupted.load(Ordering::Relaxed) {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            found += u32::from(failure(&hunted).is_some());
            say(&format!("  {:<26}{}\n", bug.name(), told(&hunted)))?;
        }
        say(&format!(
            "{}: {found} of {} are found\n",
            lesson.full_name(),
            bugs.len()
        ))?;
    }
    if !any {
        bail!("there is no such bug; a lesson's folder `bugs` has them all");
    }
    Ok(ExitCode::SUCCESS)
}

fn bugs(lesson: &Lesson) -> Result<Vec<Bug>> {
    let scripts: Vec<_> = lesson.scripts()?.into_iter().flatten().collect();
    let scripts: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    let bugs = Bug::all(lesson, &scripts)?;
    bugs.into_iter().map(|bug| bug.map_err(in_words)).collect()
}

fn in_words(error: ScriptError) -> anyhow::Error {
    anyhow!(script_error::plain(&error))
}

/// What is wrong with the program, if that was found.
fn failure(hunted: &Hunted) -> Option<&str> {
    match &hunted.found.as_ref()?.verdict.outcome {
        Outcome::Failed(finding) => Some(&finding.message),
        _ => None,
    }
}

fn told(hunted: &Hunted) -> String {
    let operations = hunted.operations;
    match (failure(hunted), &hunted.found) {
        (Some(message), _) => format!("{operations:>5}  {message}"),
        (None, Some(_)) => format!("{operations:>5}  undecided"),
        (None, None) => format!("    -  not found in {operations} operations"),
    }
}
