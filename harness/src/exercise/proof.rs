//! Proves of exercises that they can be begun and can be done: builds each of them as it is started, and with its holes
//! filled from the lesson.

use super::{Exercise, hollow, package};
use crate::build::{self, Built as Program};
use crate::lesson::Lesson;
use crate::library_tests;
use crate::prove::apply::Sources;
use crate::verdict::{Outcome, Verdict};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// The programs of one exercise.
#[derive(Debug)]
pub struct Built<'l> {
    /// As it is started.
    pub hollow: (Exercise<'l>, Program),
    /// When it is done.
    pub filled: (Exercise<'l>, Program),
}

/// Builds the exercises of `lessons`, all in one go, in workspaces of their own below the target folder.
///
/// # Errors
/// An exercise cannot be made, there is no cargo, or the compiler has something to say about one of them.
pub fn build<'l>(root: &Path, lessons: &[&'l Lesson]) -> Result<Vec<Built<'l>>> {
    let target = build::target_folder(root)?;
    let make = |kind: &str| -> Result<Vec<(Exercise<'l>, Program)>> {
        let workspace = target.join("exercises").join(kind);
        let exercises: Vec<Exercise> = lessons
            .iter()
            .map(|lesson| Exercise {
                package: format!("{kind}-{}", lesson.unique_name()),
                workspace: workspace.clone(),
                ..Exercise::of(lesson)
            })
            .collect();
        let names = exercises.iter().map(|exercise| exercise.name.clone());
        let names = names.collect();
        for exercise in &exercises {
            package::write(exercise, &sources(exercise, kind == "filled")?)?;
        }
        package::write_workspace(root, &workspace, names)?;
        programs(root, &workspace, &target, exercises)
    };
    let (hollow, filled) = (make("hollow")?, make("filled")?);
    let pairs = std::iter::zip(hollow, filled);
    Ok(pairs
        .map(|(hollow, filled)| Built { hollow, filled })
        .collect())
}

fn sources(exercise: &Exercise, filled: bool) -> Result<Sources> {
    let hollow = exercise.hollow()?;
    match filled {
        // What was begun from next to nothing is done when it is all there.
        true if exercise.is_whole() => exercise.solution(),
        true => hollow::fill(hollow, &exercise.solution()?, exercise.holes()),
        false => Ok(hollow),
    }
}

fn programs<'l>(
    root: &Path,
    workspace: &Path,
    target: &Path,
    exercises: Vec<Exercise<'l>>,
) -> Result<Vec<(Exercise<'l>, Program)>> {
    let manifest = workspace.join("Cargo.toml");
    let have_tests = exercises.iter().any(|it| library_tests::judge(it.lesson));
    let (built, said) = build::with_diagnostics(root, &manifest, target, have_tests)?;
    if !said.is_empty() {
        bail!(
            "an exercise must compile without a word; these are in {}:\n{}",
            workspace.display(),
            said.join("\n")
        );
    }
    let with_program = |exercise: Exercise<'l>| {
        let program = Program::of(&built, &exercise.package);
        let program = program.with_context(|| format!("{} has no program", exercise.package))?;
        Ok((exercise, program))
    };
    exercises.into_iter().map(with_program).collect()
}

/// What a script says of a program.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// It is as it must be.
    Right,
    /// What is given is all that this script asks for, such as words about wrong usage.
    PassesAlready,
    /// It is not as it must be; what it says.
    Wrong(String),
}

/// What is said by `verdict` of a script that was played against an exercise as it is started: it must come to the first
/// hole.
pub fn of_hollow(verdict: &Verdict) -> Said {
    match &verdict.outcome {
        Outcome::Failed(finding) | Outcome::Undecided(finding) => match &finding.unwritten {
            Some(unwritten) if unwritten.hole.is_some_and(|(number, _)| number == 1) => Said::Right,
            _ => Said::Wrong(format!("does not come to hole 1: {}", finding.message)),
        },
        Outcome::Passed => Said::PassesAlready,
        Outcome::Skipped(_) => Said::Right,
    }
}

/// What is said by `verdict` of a script that was played against a task as it is started: it begins with a program that
/// does not keep the contract yet.
pub fn of_start(verdict: &Verdict) -> Said {
    match &verdict.outcome {
        Outcome::Failed(_) | Outcome::Skipped(_) => Said::Right,
        Outcome::Undecided(finding) => Said::Wrong(format!("is undecided: {}", finding.message)),
        Outcome::Passed => Said::PassesAlready,
    }
}

/// What is said by `verdict` of a script that was played against an exercise that is done: it must pass.
pub fn of_filled(verdict: &Verdict) -> Said {
    match &verdict.outcome {
        Outcome::Failed(finding) | Outcome::Undecided(finding) => {
            Said::Wrong(format!("does not pass when filled: {}", finding.message))
        }
        Outcome::Passed | Outcome::Skipped(_) => Said::Right,
    }
}
