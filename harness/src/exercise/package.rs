//! Writes exercises, and the workspace that they are in.

use super::{Editor, Exercise};
use crate::lesson::Lesson;
use crate::library_tests;
use crate::prove::apply::Sources;
use crate::prove::manifest;
use crate::prove::workspace::{write_if_other, write_sources};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const MADE: &str = "# Made by `cargo xtask`, and made anew when the lessons' own changes.\n";

/// Writes the package of `exercise` with these sources.
pub(super) fn write(exercise: &Exercise, sources: &Sources) -> Result<()> {
    let folder = exercise.path();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // cargo has taken out of the file what the other exercises do not use, and would look for it anew.
    copy_lock(&exercise.lesson.root, &exercise.workspace)?;
    write_sources(&folder, sources)?;
    write_tests(exercise)?;
    // Last: with it, the exercise is there.
    write_if_other(&folder.join("Cargo.toml"), &manifest_of(exercise)?)
}

/// Writes the tests that judge the library of `exercise`, if there are any: they are the lesson's, whatever became of them here.
pub(super) fn write_tests(exercise: &Exercise) -> Result<()> {
    write_sources(&exercise.path(), &library_tests::files(exercise.lesson)?)
}

/// Writes the workspace in `folder`: the versions, the profiles and the build folder are those of the one at `root`,
/// so that nothing is downloaded, and what both depend on is built once. Files that are right are left alone. The
/// exercises are there already.
pub(super) fn write_workspace(root: &Path, folder: &Path, members: Vec<String>) -> Result<()> {
    fs::create_dir_all(folder.join(".cargo"))
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut manifest = manifest::of_workspace(root, members)?;
    if let Some(workspace) = manifest.get_mut("workspace").and_then(Value::as_table_mut) {
        // What binds lessons is not held against a learner, who also need not have the harness.
        workspace.remove("lints");
        if let Some(all) = workspace.get_mut("dependencies") {
            let all = all
                .as_table_mut()
                .context("[workspace.dependencies] is no table")?;
            all.retain(|_, dependency| dependency.get("path").is_none());
        }
    }
    keep_used_profiles(&mut manifest, folder);
    let manifest = format!("{MADE}{}", toml::to_string(&manifest)?);
    write_if_other(&folder.join("Cargo.toml"), &manifest)?;
    write_if_other(&folder.join(".cargo/config.toml"), &config(root))?;
    let changed = |folder: &Path| {
        let lock = folder.join("Cargo.lock").metadata();
        lock.and_then(|lock| lock.modified()).ok()
    };
    match changed(folder).is_some_and(|copied| Some(copied) >= changed(root)) {
        true => Ok(()),
        false => copy_lock(root, folder),
    }
}

/// Takes out how packages are built that no exercise in `folder` depends on: cargo would wonder at them.
fn keep_used_profiles(manifest: &mut Table, folder: &Path) {
    let packages = fs::read_dir(folder).into_iter().flatten().flatten();
    let manifests = packages.filter_map(|it| manifest::read(&it.path().join("Cargo.toml")).ok());
    let used: Vec<Table> = manifests
        .filter_map(|it| it.get("dependencies")?.as_table().cloned())
        .collect();
    let is_used = |name: &str| name == "*" || used.iter().any(|it| it.contains_key(name));
    let profiles = manifest.get_mut("profile").and_then(Value::as_table_mut);
    for (_, profile) in profiles.into_iter().flatten() {
        if let Some(packages) = profile.get_mut("package").and_then(Value::as_table_mut) {
            packages.retain(|name, _| is_used(name));
        }
    }
}

/// `cargo build` and `cargo xtask` do in `exercises/` what they do in the root.
fn config(root: &Path) -> String {
    let mut config = format!("{MADE}\n[build]\ntarget-dir = \"../target\"\n");
    let manifest = root.join("Cargo.toml").display().to_string();
    // An alias that takes the place of another must be written as that one is, in words between spaces.
    if !manifest.contains(char::is_whitespace) {
        let xtask = format!("run --quiet --manifest-path {manifest} --package xtask --");
        config += &format!("\n[alias]\nxtask = {}\n", Value::from(xtask));
    }
    config
}

/// The lessons' own versions. cargo adds the exercises to the file, and takes out what they do not use.
fn copy_lock(root: &Path, folder: &Path) -> Result<()> {
    let (from, to) = (root.join("Cargo.lock"), folder.join("Cargo.lock"));
    let lock = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
    fs::write(&to, lock).with_context(|| format!("cannot write {}", to.display()))
}

/// The Cargo.toml of an exercise: what the lesson's program depends on, and no tests.
fn manifest_of(exercise: &Exercise) -> Result<String> {
    let lesson = exercise.lesson;
    let package = lesson.package_folder();
    let folder = lesson.root.join(package);
    let manifest = manifest::read(&folder.join("Cargo.toml"))?;
    let mut text = format!(
        "# Yours. Begun from {}.\n[package]\nname = \"{}\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\npublish = false\n",
        package.display(),
        exercise.package
    );
    if let Some(library) = manifest.get("lib").and_then(|library| library.get("name")) {
        text += &format!("\n[lib]\nname = {library}\n");
    }
    if let Some((name, path)) = library_tests::target_of(lesson, &exercise.package) {
        text = text.replacen("[package]\n", "[package]\nautotests = false\n", 1);
        text += &format!("\n[[test]]\nname = \"{name}\"\npath = \"{path}\"\n");
    }
    text += "\n[dependencies]\n";
    let dependencies = manifest.get("dependencies").and_then(Value::as_table);
    for (name, dependency) in dependencies.into_iter().flatten() {
        text += &format!("{name} = {}\n", dependency_of(exercise, lesson, dependency));
    }
    if exercise.is_hunt {
        text += "\n[lints.rust]\nunused = \"allow\" # What a bug leaves unused is not for the compiler to find.\n";
    }
    Ok(text.replace(" = { workspace = true }", ".workspace = true"))
}

/// A dependency of the lesson as its exercise has it: a path leads from another folder.
fn dependency_of(exercise: &Exercise, lesson: &Lesson, dependency: &Value) -> Value {
    let mut dependency = dependency.clone();
    if let Some(Value::String(path)) = dependency.get_mut("path") {
        let package = lesson.package_folder();
        let lessons = package.parent().unwrap_or(Path::new(""));
        let there = match path.strip_prefix("../") {
            Some(neighbour) => lessons.join(neighbour),
            None => package.join(&*path),
        };
        // Below the root the way is told from the exercise, so that all of it can be moved.
        let root: PathBuf = match exercise.path().strip_prefix(&lesson.root) {
            Ok(below) => below.iter().map(|_| "..").collect(),
            Err(_) => lesson.root.clone(),
        };
        *path = root.join(there).display().to_string();
    }
    dependency
}

const SETTINGS: &str = r#"{
    "rust-analyzer.linkedProjects": ["Cargo.toml", "exercises/Cargo.toml"],
    "rust-analyzer.cargo.targetDir": true
}
"#;
const LINKED: &str = r#""rust-analyzer.linkedProjects": ["Cargo.toml", "exercises/Cargo.toml"]"#;

/// Has rust-analyzer look at the exercises too, which are no part of the workspace around them. Settings that are
/// there are the user's.
pub(super) fn tell_editor(root: &Path) -> Result<Editor> {
    let file = root.join(".vscode/settings.json");
    match fs::read_to_string(&file) {
        Ok(settings) if settings.contains("exercises/Cargo.toml") => Ok(Editor::Knows),
        Ok(_) => Ok(Editor::Lacks(LINKED)),
        Err(_) => {
            fs::create_dir_all(root.join(".vscode"))?;
            write_if_other(&file, SETTINGS)?;
            Ok(Editor::Told)
        }
    }
}
