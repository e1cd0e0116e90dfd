//! `cargo xtask script prove`: do an assignment's scripts let the right program pass, and catch the wrong ones?
//!
//! Beside what an assignment must have, its folder may hold
//!
//! ```text
//! reference/main.rs   the sources of a program that is right; `<<limit>>` in them is filled in, too
//! bugs/NAME.patch     what somebody could do wrong in it, as in a lesson: why, and which script finds it with which words
//! ```

use crate::assignment::{Assignment, Instance, fill, package};
use crate::manifests;
use anyhow::{Context, Result, anyhow, bail};
use harness::build;
use harness::prove::apply::{self, Sources};
use harness::prove::bug::Bug;
use harness::prove::proof::Proof;
use harness::report::{Entry, Program, Wording, human, script_error};
use harness::run::{Target, play};
use harness::script::Script;
use harness::suite::{self, Case, Event, Plan};
use harness::verdict::Outcome;
use harness::words::count;
use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Which assignment is to be proven.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 the reference passes and every bug is caught, 1 not so, 2 it could not be found out"
)]
pub struct Prove {
    /// The assignment: your folder with an assignment.toml, reference/ and bugs/
    pub assignment: PathBuf,
    /// The student whose values are put into scripts and reference
    #[arg(long, value_name = "ID", default_value = "somebody")]
    pub student: String,
}

/// A folder that variants of the assignment's program are built in, below the target folder.
const FOLDER: &str = "class-prove";

const NO_WARNINGS: &str = "\n[lints.rust]\nwarnings = \"allow\"\n";
/// Has cargo build them into the folder around [`FOLDER`].
const CONFIG: &str = "[build]\ntarget-dir = \"..\"\n";

/// Plays all scripts against the reference and the bugs. Returns what is to be printed, and whether all is as it should be.
///
/// # Errors
/// What is wrong with the assignment, its reference or a patch; or one of them does not build.
pub fn prove(course: &Path, asked: &Prove) -> Result<(String, bool)> {
    let assignment = Assignment::load(course, &asked.assignment)?;
    let instance = assignment.for_student(&asked.student)?;
    let scripts = scripts(&assignment, &instance)?;
    let bugs = bugs(&assignment, &scripts)?;
    let programs = build_all(&assignment, &instance, &bugs)?;
    let mut told = String::new();
    let mut all_is_well = true;
    for (bug, program) in [None]
        .into_iter()
        .chain(bugs.iter().map(Some))
        .zip(&programs)
    {
        let target = Target::of_lesson(
            assignment.lesson_base(),
            vec![program.into()],
            assignment.course.clone(),
        );
        let entries = play_all(&assignment, &scripts, &target)?;
        let (line, is_well) = match bug {
            None => of_reference(&entries),
            Some(bug) => of_bug(bug, &entries),
        };
        told += &line;
        all_is_well &= is_well;
    }
    Ok((told, all_is_well))
}

fn scripts(assignment: &Assignment, instance: &Instance) -> Result<Vec<Script>> {
    let mut scripts = Vec::new();
    for script in &instance.scripts {
        let parsed = script.parse(assignment.lesson_base());
        scripts.extend(parsed.map_err(|error| anyhow!("{}", script_error::plain(&error)))?);
    }
    Ok(scripts)
}

/// The bugs beside the assignment, by name; none if there is no such folder.
fn bugs(assignment: &Assignment, scripts: &[Script]) -> Result<Vec<Bug>> {
    let folder = assignment.folder.join("bugs");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    let files =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "patch"));
    paths.sort();
    let read = |path: &PathBuf| {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Bug::parse(path, &text, &names).map_err(|error| anyhow!("{}", script_error::plain(&error)))
    };
    paths.iter().map(read).collect()
}

/// Builds the reference and the bugs in one go; returns their programs in this order.
fn build_all(assignment: &Assignment, instance: &Instance, bugs: &[Bug]) -> Result<Vec<PathBuf>> {
    let folder = build::target_folder(&assignment.course)?.join(FOLDER);
    let mut reference = Sources::new();
    package::read(
        &assignment.folder.join("reference"),
        Path::new("src"),
        &mut reference,
    )?;
    let mut variants = vec![("reference".to_owned(), reference.clone())];
    for bug in bugs {
        let changed = apply::apply(&bug.patch, &reference);
        let changed = changed.map_err(|error| anyhow!("{}", script_error::plain(&error)))?;
        variants.push((bug.name().to_owned(), changed));
    }
    let packages: Vec<String> = variants
        .iter()
        .map(|(name, _)| format!("{}--{name}", assignment.name()))
        .collect();
    for (package, (_, sources)) in packages.iter().zip(&variants) {
        write(
            assignment,
            &folder.join(package),
            package,
            sources,
            &instance.values,
        )?;
    }
    let used = assignment.dependencies()?.keys().cloned().collect();
    let workspace = manifests::of_workspace(&assignment.course, packages.clone(), &used)?;
    write_if_other(&folder.join("Cargo.toml"), &workspace)?;
    // What the lessons depend on is built already.
    write_if_other(&folder.join(".cargo/config.toml"), CONFIG)?;
    fs::copy(
        assignment.course.join("Cargo.lock"),
        folder.join("Cargo.lock"),
    )?;
    let names: Vec<&str> = packages.iter().map(String::as_str).collect();
    let built = build::programs(&folder, &names)?;
    let program = |name: &String| {
        built
            .get(name)
            .cloned()
            .context("cargo built no such program")
    };
    packages.iter().map(program).collect()
}

/// Writes the package of one variant. Files that are right already are left alone, so that cargo does not take them for changed.
fn write(
    assignment: &Assignment,
    folder: &Path,
    package: &str,
    sources: &Sources,
    values: &BTreeMap<String, String>,
) -> Result<()> {
    // A bug may leave something unused: that is not what it is about.
    let manifest = manifests::of_program(assignment, package)? + NO_WARNINGS;
    write_if_other(&folder.join("Cargo.toml"), &manifest)?;
    for (path, text) in sources {
        let text = fill::fill(text, values).map_err(|wrong| anyhow!("{}", wrong.within(path)))?;
        write_if_other(&folder.join(path), &text)?;
    }
    Ok(())
}

fn write_if_other(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    path.parent().map(fs::create_dir_all).transpose()?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn play_all<'a>(
    assignment: &'a Assignment,
    scripts: &'a [Script],
    target: &Target,
) -> Result<Vec<Entry<'a>>> {
    let lesson = assignment.lesson_base();
    let case = |script| Case {
        lesson,
        script,
        target,
    };
    let cases: Vec<Case> = scripts.iter().map(case).collect();
    let mut verdicts = Vec::new();
    suite::run_long_ones_first(
        &cases,
        Plan::once(),
        |case| case.script.takes_long(),
        |case| play(case.script, case.target),
        |event| {
            if let Event::Played { verdict, .. } = event {
                verdicts.push(verdict);
            }
            ControlFlow::Continue(())
        },
    )?;
    if verdicts.len() != scripts.len() {
        bail!("not all scripts were played");
    }
    let entry = |(script, verdict)| Entry {
        lesson,
        script,
        run: 1,
        verdict,
    };
    Ok(scripts.iter().zip(verdicts).map(entry).collect())
}

const WORDING: Wording = Wording {
    program: Program::HandedOut,
    hints: false,
    columns: 100,
    colour: false,
};

fn of_reference(entries: &[Entry]) -> (String, bool) {
    let of = count(entries.len(), "script", "scripts");
    let failing = entries
        .iter()
        .filter(|entry| !matches!(entry.verdict.outcome, Outcome::Passed));
    let reports: Vec<String> = failing
        .map(|entry| human::entry(entry, &WORDING).unwrap_or_else(|| entry.script.name.clone()))
        .collect();
    match reports.is_empty() {
        true => (format!("the reference passes {of}\n"), true),
        false => (
            format!(
                "{}\n\nthe reference does not pass {} of {of}\n",
                reports.join("\n\n"),
                reports.len()
            ),
            false,
        ),
    }
}

fn of_bug(bug: &Bug, entries: &[Entry]) -> (String, bool) {
    let proof = Proof::of(bug, entries, &WORDING);
    let name = bug.name();
    if proof.is_caught() {
        let by = proof.failing.join(", ");
        return (format!("{name} is caught by {by}\n"), true);
    }
    let misses = proof.misses.iter().map(|miss| {
        let report = miss.report.as_deref().unwrap_or_default();
        format!("{name} is NOT caught: {}\n{report}\n", miss.message)
    });
    (misses.collect(), false)
}
