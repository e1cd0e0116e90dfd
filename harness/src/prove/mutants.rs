//! Mutants: changes of a lesson's program that nobody chose, made by cargo-mutants (<https://mutants.rs>). A script should fail on
//! each, unless the change makes no difference that anybody could see, or only a test of the lesson's package can see it: those are kept
//! with their reasons in the lesson's `mutants.toml`.

use super::header::PatchFile;
use crate::lesson::Lesson;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A lesson's program with one change.
#[derive(Debug)]
pub struct Mutant {
    /// The change, for [`Variant`](super::workspace::Variant).
    pub patch: PatchFile,
    /// `src/main.rs:163: replace < with <= in wait`
    pub title: String,
    /// What cargo-mutants calls it, without its place.
    change: String,
    /// The line that is changed, or the first one of several, without the white space around it.
    line: String,
}

/// What cargo-mutants says of one.
#[derive(Deserialize)]
struct Told {
    name: String,
    file: PathBuf,
    diff: String,
    span: Span,
}

#[derive(Deserialize)]
struct Span {
    start: Start,
}

#[derive(Deserialize)]
struct Start {
    line: usize,
}

/// All mutants of a lesson's program.
///
/// # Errors
/// cargo-mutants is not installed, or is not understood.
pub fn of_lesson(lesson: &Lesson) -> Result<Vec<Mutant>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    crate::build::forget_own_package(&mut command);
    let output = command
        .args(["mutants", "--list", "--json", "--diff", "--package"])
        .arg(&lesson.name)
        .current_dir(&lesson.root)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("no such command") {
            bail!("mutants are made by cargo-mutants: cargo install --locked cargo-mutants");
        }
        bail!("cargo mutants cannot list them: {}", said.trim());
    }
    let told: Vec<Told> = serde_json::from_slice(&output.stdout)
        .context("what cargo mutants lists is not understood")?;
    let folder = &lesson.folder;
    let own = told
        .into_iter()
        .filter(|told| told.file.starts_with(folder));
    own.enumerate()
        .map(|(index, told)| told.read(lesson, index))
        .collect()
}

impl Told {
    fn read(self, lesson: &Lesson, index: usize) -> Result<Mutant> {
        let file = self.file.strip_prefix(&lesson.folder).unwrap_or(&self.file);
        let file = file.display();
        let source = fs::read_to_string(lesson.root.join(&self.file))
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let number = self.span.start.line;
        let line = source
            .lines()
            .nth(number.saturating_sub(1))
            .unwrap_or_default();
        // "lessons/…/src/main.rs:163:53: replace < with <= in wait"
        let change = self
            .name
            .split_once(": ")
            .map_or(&*self.name, |(_, change)| change);
        // Its first two lines name the file as cargo-mutants does.
        let hunks = self.diff.splitn(3, '\n').nth(2).unwrap_or_default();
        let header = format!("why: {change}\n\n");
        let name = format!("mutant-{index:03}");
        Ok(Mutant {
            title: format!("{file}:{number}: {change}"),
            line: line.trim().to_owned(),
            change: change.to_owned(),
            patch: PatchFile {
                path: Path::new("mutants").join(&name),
                name,
                diff_at: header.len(),
                source: format!("{header}--- a/{file}\n+++ b/{file}\n{hunks}"),
            },
        })
    }
}

/// A mutant that no script fails, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivor {
    /// `replace < with <= in wait`
    pub mutant: String,
    /// The line that it changes, without the white space around it.
    pub line: String,
    /// Why it makes no difference, or which test sees the one that it makes.
    pub why: String,
}

/// What a lesson's `mutants.toml` holds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Those of which nobody can see that they are mutants.
    #[serde(default)]
    pub equivalent: Vec<Survivor>,
    /// Those that a test of the lesson's package sees, and no script can.
    #[serde(default)]
    pub tested: Vec<Survivor>,
}

impl Known {
    /// What is known of a lesson's survivors; nothing where there is no file.
    ///
    /// # Errors
    /// The file cannot be read, or is not written right.
    pub fn of_lesson(lesson: &Lesson) -> Result<Known> {
        let path = lesson.folder.join("mutants.toml");
        let full = lesson.root.join(&path);
        if !full.is_file() {
            return Ok(Known::default());
        }
        let text =
            fs::read_to_string(&full).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))
    }
}

impl Survivor {
    /// Whether this is the mutant that is meant.
    pub fn is(&self, mutant: &Mutant) -> bool {
        self.mutant == mutant.change && self.line == mutant.line
    }
}

#[cfg(test)]
#[path = "mutants_tests.rs"]
mod tests;
