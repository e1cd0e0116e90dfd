//! `cargo xtask list`

use crate::workspace;
use anyhow::Result;
use harness::exercise::Exercise;
use harness::exercise::hunt::Hunt;
use harness::exercise::progress::{OfExercise, Progress};
use harness::lesson::Lesson;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

/// How far the user's own program is, if there is one.
fn yours(lesson: &Lesson, progress: &Progress, runs: usize) -> String {
    let exercise = Exercise::of(lesson);
    if !exercise.exists() {
        return String::new();
    }
    let passed = progress.of(&exercise.name).map_or(0, OfExercise::passed);
    let folder = exercise.folder();
    format!("    yours: {passed} of {runs} pass, {}\n", folder.display())
}

/// Prints a line per lesson: number, name, scripts, title; below it its tasks, and how far the user's programs are.
pub(crate) fn list() -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = Lesson::all(&root)?;
    let progress = Progress::load(&root);
    let width = lessons.iter().map(|lesson| lesson.name.len()).max();
    let width = width.unwrap_or_default();
    let mut out = io::stdout().lock();
    for lesson in &lessons {
        let all = lesson.scripts()?;
        let runs = all.len();
        let files = all.into_iter().map(|script| match script {
            Ok(script) => script.path,
            Err(error) => error.path,
        });
        let scripts = files.collect::<BTreeSet<_>>().len(); // A script may be played in several variants.
        let noun = if scripts == 1 { "script " } else { "scripts" };
        writeln!(
            out,
            "{:02} {:width$} {scripts:3} {noun}  {}",
            lesson.number, lesson.name, lesson.about.title
        )?;
        if runs > scripts {
            writeln!(
                out,
                "    verify counts {runs}: most of them are played in several ways"
            )?;
        }
        write!(out, "{}", yours(lesson, &progress, runs))?;
        for task in lesson.tasks()? {
            writeln!(out, "    {}: {}", task.words(), task.about.title)?;
            write!(out, "{}", yours(&task, &progress, task.scripts()?.len()))?;
        }
        write!(out, "{}", hunt(lesson, &progress)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A line about the bugs that were found in a lesson's program, if a hunt has begun.
fn hunt(lesson: &Lesson, progress: &Progress) -> Result<String> {
    let hunt = Hunt::of(lesson);
    let found = progress.of(&hunt.exercise.name);
    let found = found.map_or(0, |it| it.found.len());
    let is_open = hunt.exercise.exists() && hunt.state().is_some_and(|it| !it.is_over);
    if found == 0 && !is_open {
        return Ok(String::new());
    }
    let one_more = match is_open {
        true => format!(", one is in {}", hunt.exercise.folder().display()),
        false => String::new(),
    };
    let of = hunt.bugs()?.len();
    Ok(format!("    hunt: {found} of {of} bugs found{one_more}\n"))
}
