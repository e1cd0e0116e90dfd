//! The user's exercises: which there are, where their programs are, and what is remembered of them.

use crate::select::Chosen;
use crate::{cli, workspace};
use anyhow::{Result, anyhow, bail};
use harness::build::{self, Built};
use harness::exercise::Exercise;
use harness::exercise::hunt::Hunt;
use harness::exercise::progress::{Progress, Stop};
use harness::lesson::Lesson;
use harness::library_tests;
use harness::suite::{Case, Event};
use harness::verdict::{Finding, Outcome};
use std::path::{Path, PathBuf};

/// The user's program for `lesson`: the exercise, or the one in which a bug is hunted.
pub(crate) fn exercise(lesson: &Lesson, hunt: bool) -> Exercise<'_> {
    match hunt {
        true => Hunt::of(lesson).exercise,
        false => Exercise::of(lesson),
    }
}

/// Those of `lessons` and of their tasks whose exercises have been started, or of `lessons` whose hunts.
pub(crate) fn started(lessons: Vec<Lesson>, hunt: bool) -> Result<Vec<Lesson>> {
    let mut started = match hunt {
        true => lessons,
        false => workspace::with_tasks(lessons)?,
    };
    started.retain(|lesson| exercise(lesson, hunt).exists());
    match (started.is_empty(), hunt) {
        (true, false) => {
            bail!("there is no exercise yet; `cargo xtask exercise start 01` makes the first")
        }
        (true, true) => bail!("there is no hunt yet; `cargo xtask hunt 01` begins one"),
        (false, _) => Ok(started),
    }
}

/// Builds `exercises`, which are in one workspace; returns their programs in the same order.
pub(crate) fn programs(exercises: &[Exercise]) -> Result<Vec<Built>> {
    let Some(first) = exercises.first() else {
        return Ok(Vec::new());
    };
    exercises.iter().try_for_each(Exercise::prepare)?;
    let packages: Vec<&str> = exercises.iter().map(|it| it.package.as_str()).collect();
    let have_tests = exercises.iter().any(|it| library_tests::judge(it.lesson));
    let built = build::exercises(&first.workspace, &packages, have_tests)?;
    let program = |package: &&str| {
        let program = Built::of(&built, package);
        program.ok_or_else(|| anyhow!("the package {package} has no program of its own name"))
    };
    packages.iter().map(program).collect()
}

/// Builds `exercises` to be fast; returns their programs in the same order.
pub(crate) fn optimized(exercises: &[Exercise]) -> Result<Vec<PathBuf>> {
    let Some(first) = exercises.first() else {
        return Ok(Vec::new());
    };
    exercises.iter().try_for_each(Exercise::prepare)?;
    let packages: Vec<&str> = exercises.iter().map(|it| it.package.as_str()).collect();
    let built = build::optimized(&first.workspace, &packages)?;
    let program = |package: &&str| {
        let program = built.get(*package).cloned();
        program.ok_or_else(|| anyhow!("the package {package} has no program of its own name"))
    };
    packages.iter().map(program).collect()
}

/// What to do when everything has passed; nothing, if that is not for a learner to know.
pub(crate) fn what_next(asked: &cli::Verify, chosen: &[Chosen], memory: &Memory) -> String {
    let [Chosen { lesson, .. }] = chosen else {
        return String::new();
    };
    let (words, folder) = (lesson.words(), lesson.folder.display());
    // With a task's name in it, a command has a line of its own.
    let (what, whose, gap) = match lesson.task {
        Some(_) => (
            "the reference solution",
            format!("the reference solution of {folder}"),
            "\n  ",
        ),
        None => ("the lesson", "the lesson's program".into(), " "),
    };
    if asked.mine && memory.is_done() {
        format!("done; what {what} does otherwise:{gap}cargo xtask exercise diff {words}\n")
    } else if !asked.is_in_work() && asked.program.is_none() && Exercise::of(lesson).exists() {
        format!("that was {whose}; yours:{gap}cargo xtask verify {words} --mine\n")
    } else {
        String::new()
    }
}

/// What is remembered of `exercises`, and what comes to it while they are checked.
pub(crate) struct Memory<'e, 'l> {
    root: &'e Path,
    pub(crate) exercises: &'e [Exercise<'l>],
    /// Whether all scripts are played, so that what is not played is gone.
    all: bool,
    progress: Progress,
}

impl<'e, 'l> Memory<'e, 'l> {
    pub(crate) fn of(root: &'e Path, exercises: &'e [Exercise<'l>], all: bool) -> Memory<'e, 'l> {
        let mut progress = Progress::load(root);
        for exercise in exercises {
            let known = progress.of_mut(&exercise.name);
            known.stopped_at = None;
            if all {
                known.scripts.clear();
            }
        }
        Memory {
            root,
            exercises,
            all,
            progress,
        }
    }

    /// Takes note of a run. A script that is played several times passes if each run does.
    pub(crate) fn note(&mut self, event: &Event<Case>) {
        let Event::Played { case, run, verdict } = event else {
            return;
        };
        let folder = &case.lesson.folder;
        let Some(exercise) = self.exercises.iter().find(|it| it.lesson.folder == *folder) else {
            return;
        };
        let known = self.progress.of_mut(&exercise.name);
        let name = &case.script.name;
        let passed = matches!(verdict.outcome, Outcome::Passed | Outcome::Skipped(_));
        let passed_before = *run == 1 || known.scripts.get(name) == Some(&true);
        known.scripts.insert(name.clone(), passed && passed_before);
        if let Outcome::Failed(finding) | Outcome::Undecided(finding) = &verdict.outcome {
            // As reports do: the first is told.
            let stop = || stop(exercise, finding, name);
            known.stopped_at.get_or_insert_with(stop);
        }
    }

    /// Whether all scripts were played, and all passed.
    pub(crate) fn is_done(&self) -> bool {
        let of = |exercise: &Exercise| self.progress.of(&exercise.name);
        let passed = self.exercises.iter().filter_map(of);
        self.all
            && passed
                .flat_map(|it| it.scripts.values())
                .all(|passed| *passed)
    }

    /// The scripts that failed when all of them were played, of the program of `exercise`; nothing, if only some were.
    pub(crate) fn failing(&self, exercise: &Exercise) -> Option<Vec<String>> {
        let scripts = &self.progress.of(&exercise.name)?.scripts;
        let failing = scripts.iter().filter(|(_, passed)| !**passed);
        let failing = failing.map(|(name, _)| name.clone());
        self.all.then(|| failing.collect())
    }

    /// Remembers that the user has found a bug in the program of `exercise`.
    pub(crate) fn found(&mut self, exercise: &Exercise, bug: &str) {
        let known = self.progress.of_mut(&exercise.name);
        known.found.insert(bug.to_owned());
    }

    /// Writes it down, if there is anything to be remembered.
    pub(crate) fn keep(&self) -> Result<()> {
        match self.exercises {
            [] => Ok(()),
            _ => self.progress.save(self.root),
        }
    }
}

/// What stopped the exercise.
fn stop(exercise: &Exercise, finding: &Finding, script: &str) -> Stop {
    let hole = finding.unwritten.as_ref().and_then(|it| it.hole);
    let hole = hole.and_then(|(number, _)| exercise.holes().get(number - 1));
    match (hole, finding.habit) {
        (Some(hole), _) => Stop::Hole(hole.function.clone()),
        (None, Some(habit)) => Stop::Habit(habit),
        (None, None) => Stop::Script(script.to_owned()),
    }
}
