//! The command itself: who asked for what, and what is printed where.

use super::results::{Fate, Graded};
use super::roster::Roster;
use super::submission::{self, Submission};
use super::{Asked, autograder, gradescope, table};
use crate::assignment::Assignment;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit status when something could not be found out.
const COULD_NOT: u8 = 2;

/// Does what is asked.
///
/// # Errors
/// Nobody can be graded: one sentence why.
pub fn run(course: &Path, asked: &Asked) -> Result<ExitCode> {
    let assignment = Assignment::load(course, &asked.assignment)?;
    if let Some(file) = &asked.autograder {
        autograder::write(&assignment, file)?;
        writeln!(
            io::stdout(),
            "{} is for Gradescope: upload it as the autograder",
            file.display()
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = asked
        .submissions
        .as_deref()
        .context("no folder with submissions is named")?;
    match &asked.gradescope {
        Some(file) => of_one(&assignment, folder, file, asked),
        None => of_class(&assignment, folder, asked),
    }
}

fn of_class(assignment: &Assignment, folder: &Path, asked: &Asked) -> Result<ExitCode> {
    let roster = asked.roster.as_deref().map(Roster::read).transpose()?;
    let submissions = submission::all(folder, assignment.name())?;
    let bar = ProgressBar::new(submissions.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} graded, {elapsed}") {
        bar.set_style(style);
    }
    let told = |_: usize, _: &Graded| bar.inc(1);
    let results = super::grade(
        assignment,
        &submissions,
        roster.as_ref(),
        &asked.plan(),
        told,
    );
    bar.finish_and_clear();
    let results = results?;
    let default = || PathBuf::from(format!("{}-grades", assignment.name()));
    let out = asked.out.clone().unwrap_or_else(default);
    super::write(&results, &out)?;
    let mut stdout = io::stdout();
    stdout.write_all(table::of(&results).as_bytes())?;
    writeln!(
        stdout,
        "\n{}: marks.csv for the course page, feedback/ for the students, results.json for programs",
        out.display()
    )?;
    Ok(match results.is_final() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(COULD_NOT),
    })
}

/// Grades one submission where Gradescope put it.
fn of_one(assignment: &Assignment, folder: &Path, file: &Path, asked: &Asked) -> Result<ExitCode> {
    let folder = fs::canonicalize(folder)
        .with_context(|| format!("there is no submission {}", folder.display()))?;
    let person = gradescope::person(&folder);
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let submission = Submission {
        id: person
            .as_ref()
            .map_or(name.clone(), |person| person.id.clone()),
        name: person.and_then(|person| person.name),
        folder: name,
        path: folder,
    };
    let results = super::grade(assignment, &[submission], None, &asked.plan(), |_, _| ())?;
    let graded = results.submissions.first().context("nothing was graded")?;
    fs::write(file, gradescope::of(graded, &results))
        .with_context(|| format!("cannot write {}", file.display()))?;
    io::stdout().write_all(table::of(&results).as_bytes())?;
    // A script that fails is a mark, not a failure of the autograder.
    Ok(match graded.fate {
        Fate::NotGraded { .. } => ExitCode::from(COULD_NOT),
        _ => ExitCode::SUCCESS,
    })
}
