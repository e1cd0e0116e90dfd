//! The clean package that a student's files are put into.

use super::Package;
use crate::assignment::Assignment;
use crate::manifests;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// cargo's own notes on versions.
const LOCK: &str = "Cargo.lock";

/// The package that students begin with, with the versions and profiles of the course.
///
/// # Errors
/// The assignment's starter or the course cannot be read.
pub fn starter(assignment: &Assignment) -> Result<Package> {
    let sources = assignment.starting_sources()?;
    let sources = sources
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()));
    let mut package: Package = sources.collect();
    // A workspace of its own, so that nothing around it counts.
    let used: BTreeSet<String> = assignment.dependencies()?.keys().cloned().collect();
    let manifest = manifests::of_program(assignment, assignment.name())?
        + "\n"
        + &manifests::of_workspace(&assignment.course, Vec::new(), &used)?;
    package.insert("Cargo.toml".into(), manifest.into_bytes());
    let lock = assignment.course.join(LOCK);
    let lock = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    package.insert(LOCK.into(), lock);
    Ok(package)
}

/// `starter` with a student's files in place of its own.
pub fn of_submission(starter: &Package, files: &Package) -> Package {
    let mut package = starter.clone();
    // cargo has made another one of it, which is beside the dependencies that were built.
    package.remove(Path::new(LOCK));
    package.extend(files.clone());
    package
}
