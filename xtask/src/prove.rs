//! `cargo xtask prove`

mod asked;
mod trial;

use crate::select::{self, Chosen};
use crate::{COULD_NOT, cli, say, tell, verify, workspace};
use anyhow::{Context, Result};
use asked::{Asked, all_or_complain};
use harness::build::{Built, in_colour};
use harness::lesson::Lesson;
use harness::pitfalls::Pitfall;
use harness::prove::coverage::Coverage;
use harness::prove::header::PatchFile;
use harness::prove::proof::Proof;
use harness::prove::refresh::{Carried, carry, versions};
use harness::prove::right::{Made, Right};
use harness::prove::total::Total;
use harness::prove::whole::Ready;
use harness::prove::workspace::{build, folder};
use harness::prove::{table, whole};
use harness::report::script_error;
use harness::run::Target;
use harness::script::ScriptError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trial::{Trial, trials};

/// Plays the scripts of lessons against known-bad variants of their programs, and against right ones that differ; tells which
/// are caught, and which pass.
pub(crate) fn prove(options: &cli::Prove) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = lessons(options, &root)?;
    let chosen = select::choose(&lessons, &options.lessons, None)?;
    let pitfalls = Pitfall::all(&root)?;
    if verify::complain_about_scripts(&chosen, cli::Format::Human) {
        return Ok(ExitCode::from(COULD_NOT));
    }
    let Some(asked) = Asked::of(options, &chosen)? else {
        return Ok(ExitCode::from(COULD_NOT));
    };
    if options.refresh {
        return refresh(&asked.patches());
    }
    let Some(variants) = all_or_complain(asked.variants()?) else {
        return Ok(ExitCode::from(COULD_NOT));
    };
    let built = build(&root, &variants)?;
    let programs = Programs {
        built: variants
            .iter()
            .map(|it| &*it.file.path)
            .zip(built)
            .collect(),
        folder: folder(&root)?.join("whole"),
    };
    let trials = trials(&chosen, &asked, &programs, options.named)?;
    play_all(options, &pitfalls, &trials)
}

/// The lessons and their tasks; or the one task that is asked for.
pub(crate) fn lessons(options: &cli::Prove, root: &Path) -> Result<Vec<Lesson>> {
    let lessons = Lesson::all(root)?;
    match &options.task {
        Some(task) => workspace::only_task(&lessons, &options.lessons, task),
        None => workspace::with_tasks(lessons),
    }
}

/// What is played against.
struct Programs<'a> {
    /// The program of each patch.
    built: Vec<(&'a Path, Built)>,
    /// Where others are compiled.
    folder: PathBuf,
}

impl Programs<'_> {
    /// What was built of the patch at `path`, to be played against.
    fn of_patch(&self, lesson: &Lesson, path: &Path) -> Result<Target> {
        let mut built = self.built.iter();
        let (_, built) = built
            .find(|(of, _)| *of == path)
            .with_context(|| format!("nothing was built of {}", path.display()))?;
        Ok(Target::of_built(lesson, built.clone(), lesson.root.clone()))
    }

    /// A right program; or why it cannot be run here.
    fn of_right(&self, lesson: &Lesson, right: &Right) -> Result<Result<Target, String>> {
        let language = match &right.made {
            Made::Patch(patch) => return Ok(Ok(self.of_patch(lesson, &patch.path)?)),
            Made::Whole(language) => *language,
        };
        Ok(
            match whole::command(lesson, right, language, &self.folder)? {
                Ready::Lacking(why) => Err(why),
                Ready::Command(command) => {
                    Ok(Target::of_lesson(lesson, command, lesson.root.clone()))
                }
            },
        )
    }
}

/// Carries the patches over, and says of each that has changed, or should have, what became of it.
fn refresh(patches: &[(&Lesson, &PatchFile)]) -> Result<ExitCode> {
    let (mut fit, mut rewritten, mut lost) = (0, 0, 0);
    for (lesson, patch) in patches {
        let path = patch.path.display();
        // The reference solution of a task comes before the changes of it.
        let sources = lesson.base_of(patch)?;
        match carry(patch, &sources, versions(lesson, patch)) {
            Ok(Carried::Fits) => fit += 1,
            Ok(Carried::Rewritten(text)) => {
                rewritten += 1;
                fs::write(lesson.root.join(&patch.path), text)
                    .with_context(|| format!("cannot write {path}"))?;
                tell::print(&format!("rewritten: {path}\n"))?;
            }
            Ok(Carried::Lost(why)) => {
                lost += 1;
                tell::print(&format!("to be written anew: {path}: {why}\n"))?;
            }
            Err(error) => {
                lost += 1;
                complain(&error);
            }
        }
    }
    tell::print(&format!(
        "{} patches: {fit} fit, {rewritten} rewritten, {lost} to be written anew\n",
        patches.len()
    ))?;
    Ok(status(lost == 0))
}

fn complain(error: &ScriptError) {
    let text = script_error::human(error, in_colour(&io::stderr()));
    say(&format!("{text}\n"));
}

fn status(all_right: bool) -> ExitCode {
    if all_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn play_all(options: &cli::Prove, pitfalls: &[Pitfall], trials: &[Trial]) -> Result<ExitCode> {
    let plan = cli::plan(options.repeat, options.jobs);
    let runs: usize = trials.iter().map(Trial::scripts_to_play).sum();
    let bar = tell::bar(runs as u64 * u64::from(options.repeat));
    let everything = options.bug.is_none() && options.right.is_none();
    let mut total = Total::default();
    let mut untested = false;
    let mut caught = Vec::new();
    for trial in trials {
        let (proofs, acquittals) = trial.play(plan, options.traced, &bar)?;
        let mut text = table::lesson(trial.lesson, &proofs);
        text.push_str(&table::rights(&acquittals, &trial.lacking));
        // One bug does not say which scripts find nothing, nor do bugs that most scripts were not played against.
        if everything
            && !options.named
            && let Some(warning) = warning(trial, &proofs)
        {
            untested = true;
            text.push_str(&warning);
        }
        total.add(&proofs, &acquittals, trial.lacking.len());
        let proofs = proofs.iter().filter(|proof| proof.is_caught());
        if trial.lesson.task.is_none() {
            caught.push((
                trial.lesson,
                proofs.filter_map(|it| it.bug.pitfall).collect(),
            ));
        }
        bar.suspend(|| tell::print(&text))?;
    }
    bar.finish_and_clear();
    let mut text = String::new();
    let mut missing = Vec::new();
    // What a task teaches beside, its lesson need not.
    let of_lessons = trials.iter().any(|trial| trial.lesson.task.is_none());
    if everything && of_lessons {
        let coverage = Coverage::of(pitfalls, &caught);
        missing = coverage.missing();
        text.push_str(&format!("\n{}\n", coverage.table()));
        for line in &missing {
            text.push_str(&format!(
                "missing: {line}: add a bug that is caught, or a reason under [not_applicable] in its lesson.toml\n"
            ));
        }
    }
    if let Some((time, path)) = &total.slowest {
        let millis = time.as_millis();
        text.push_str(&format!(
            "slowest verdict: {millis} ms after the stall, {path}\n"
        ));
    }
    tell::print(&format!("{text}{}\n", total.line()))?;
    Ok(status(total.is_well() && !untested && missing.is_empty()))
}

/// What is to be said of scripts that no bug fails, if there are any.
fn warning(trial: &Trial, proofs: &[Proof]) -> Option<String> {
    let mut scripts = trial.scripts.clone();
    // Those of its lesson are proven there.
    scripts.retain(|script| trial.lesson.is_own(&script.path));
    let untested = table::untested(&scripts, proofs);
    (!untested.is_empty()).then(|| {
        format!(
            "warning: no bug of {} fails {}: add one that does, or say with `guards:` in the script what it is for\n",
            trial.lesson.folder.display(),
            untested.join(", ")
        )
    })
}

/// The names of a lesson's scripts.
fn script_names<'c>(chosen: &'c Chosen) -> Vec<&'c str> {
    let scripts = chosen.scripts.iter().flatten();
    scripts.map(|script| script.name.as_str()).collect()
}
