//! `cargo xtask handout`: writes what a student begins with.
//!
//! What is written is listed file by file ([`contents`]): nothing gets into it because it happens to lie in a folder. It has no
//! lesson but the starter, no known-bad program, no hidden script and no reference.

mod contents;
mod pages;
mod vendor;

use crate::assignment::{Assignment, Instance};
use crate::cargo;
use crate::grade::roster::Roster;
use anyhow::{Context, Result, bail};
use contents::Contents;
use harness::build;
use harness::words::count;
use std::fs;
use std::path::{Path, PathBuf};

/// What is to be handed out, and where it is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 it is written, 2 it could not be")]
pub struct Handout {
    /// The assignment: your folder with an assignment.toml
    pub assignment: PathBuf,
    /// The folder to be made; with --student or --roster one in it for each student
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// For this student, by an id as it is in the roster; as often as there are students [default: one for all]
    #[arg(long = "student", value_name = "ID")]
    pub students: Vec<String>,
    /// For all students of this list: a CSV file with a column id
    #[arg(long, value_name = "FILE", conflicts_with = "students")]
    pub roster: Option<PathBuf>,
    /// Bring the crates along, so that it builds without network
    #[arg(long)]
    pub vendor: bool,
}

/// Writes the student repositories that are asked for; says what was made. `course` is the root of the workspace with the lessons.
///
/// # Errors
/// What is wrong with the assignment, a folder that is there already, or what cannot be written.
pub fn hand_out(course: &Path, asked: &Handout) -> Result<String> {
    let assignment = Assignment::load(course, &asked.assignment)?;
    let students = match &asked.roster {
        Some(file) => Roster::read(file)?
            .students
            .into_iter()
            .map(|it| it.id)
            .collect(),
        None => asked.students.clone(),
    };
    if assignment.is_personal() && students.is_empty() {
        bail!(
            "{} has values of each student's own: name the students, --student ada --student bob or --roster FILE",
            assignment.name()
        );
    }
    let places = places(&students, &asked.out)?;
    places
        .iter()
        .try_for_each(|(_, place)| must_be_free(place))?;
    let mut told = String::new();
    let mut crates: Option<PathBuf> = None;
    for (student, place) in &places {
        let instance = assignment.for_student(student)?;
        Contents::of(&assignment, &instance)?.write(place)?;
        settle_versions(course, place)?;
        let mut line = made(place, &assignment, &instance);
        if asked.vendor {
            let brought = vendor::bring_crates(place, crates.as_deref())?;
            line += &format!("; crates in {}: {brought}", vendor::FOLDER);
            crates.get_or_insert_with(|| place.clone());
        }
        told += &format!("{line}\n");
    }
    Ok(told)
}

/// For each student the id and the folder.
fn places(students: &[String], out: &Path) -> Result<Vec<(String, PathBuf)>> {
    if students.is_empty() {
        return Ok(vec![(String::new(), out.to_owned())]);
    }
    let place = |id: &String| {
        let id = id.trim();
        if id.is_empty() || id.starts_with('.') || id.contains(['/', '\0']) {
            bail!("student {id:?}: it becomes the name of a folder, which it cannot be");
        }
        Ok((id.to_owned(), out.join(id)))
    };
    students.iter().map(place).collect()
}

/// A folder that is not there, or is empty: what is in it may be somebody's work.
fn must_be_free(place: &Path) -> Result<()> {
    let is_free = match fs::read_dir(place) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !place.exists(),
    };
    if is_free {
        return Ok(());
    }
    bail!(
        "{} is there already; name a folder that is not, or empty it yourself",
        place.display()
    )
}

/// Begins with the versions of the course, and has cargo take out what is not used.
fn settle_versions(course: &Path, place: &Path) -> Result<()> {
    let (from, to) = (course.join("Cargo.lock"), place.join("Cargo.lock"));
    fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    let mut command = build::cargo(place);
    command.args(["metadata", "--format-version=1"]);
    cargo::output(&mut command, "settle the versions of the crates").map(drop)
}

/// `made out/ada: quota-echo for ada, 5 scripts (7 points), 3 hidden (9 points)`.
fn made(place: &Path, assignment: &Assignment, instance: &Instance) -> String {
    let whose = match instance.student.as_str() {
        "" => String::new(),
        id => format!(" for {id}"),
    };
    let part = |hidden: bool| {
        let scripts = instance.scripts.iter().filter(|it| it.hidden == hidden);
        let points: u32 = scripts.clone().map(|script| script.weight).sum();
        (scripts.count(), count(points as usize, "point", "points"))
    };
    let ((public, points), (hidden, more)) = (part(false), part(true));
    format!(
        "made {}: {}{whose}, {} ({points}), {hidden} hidden ({more})",
        place.display(),
        assignment.name(),
        count(public, "script", "scripts")
    )
}

#[cfg(test)]
mod tests;
