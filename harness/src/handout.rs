//! What an instructor hands out: a workspace whose root is the student's own package, beside what checks it.
//!
//! ```text
//! Cargo.toml      the student's package, and the workspace
//! src/            the student's program
//! scripts/        the scripts that the student gets to see
//! rules.toml      how the program is judged: what a lesson says in its lesson.toml
//! harness/ xtask/ what plays the scripts
//! ```

use crate::exercise::Exercise;
use crate::lesson::{About, Lesson};
use crate::prove::apply::Sources;
use crate::prove::manifest;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use toml::Table;

/// The file that says how the program is judged; and that a folder is what was handed out.
pub const RULES: &str = "rules.toml";

/// Reads what was handed out in the folder `root`: an assignment, which is judged like a lesson. Its folder is the root itself.
///
/// # Errors
/// What is wrong with `rules.toml` or `Cargo.toml`.
pub fn load(root: &Path) -> Result<Lesson> {
    let text =
        fs::read_to_string(root.join(RULES)).with_context(|| format!("cannot read {RULES}"))?;
    let about: About =
        toml::from_str(&text).with_context(|| format!("{RULES} does not say what it should"))?;
    let manifest = manifest::read(&root.join("Cargo.toml"))?;
    let name = manifest.get("package").and_then(|it| it.get("name"));
    let name = name.and_then(toml::Value::as_str);
    Ok(Lesson {
        number: 0,
        name: name
            .context("Cargo.toml: [package] has no name")?
            .to_owned(),
        folder: PathBuf::new(),
        root: root.to_owned(),
        about,
        task: None,
    })
}

/// The contents of `rules.toml` for programs that are judged as `lesson` says. Of the hints for a hole the first stays: the last
/// all but is the answer.
///
/// # Errors
/// None in practice: every key has a value that TOML knows.
pub fn rules(about: &About) -> Result<String> {
    let mut about = about.clone();
    // A lesson's place in the course is not the assignment's.
    about.idea.clone_from(&about.title);
    about.introduces.clear();
    about.assumes.clear();
    about.starter = None;
    about.not_applicable.clear();
    for hole in &mut about.holes {
        hole.hints.truncate(1);
    }
    let mut rules = Table::try_from(&about).context("the rules cannot be written as TOML")?;
    rules.remove("not_applicable");
    let text = toml::to_string(&rules)?;
    Ok(format!(
        "# How the program is judged. Nothing in here is yours to change; what is handed in is judged by its own rules.\n{text}"
    ))
}

/// The student's program as an exercise: so a `todo!` that it comes to is told as what is still to be written.
pub fn exercise(assignment: &Lesson) -> Exercise<'_> {
    Exercise {
        lesson: assignment,
        name: String::new(),
        package: assignment.name.clone(),
        workspace: assignment.root.clone(),
        is_hunt: false,
    }
}

/// The sources that a student begins with who is handed the exercise of `lesson`, or its task: what
/// `cargo xtask exercise start` would write, but for the commands that the comments name. Only those holes of the lesson are left
/// open that it still has: an assignment may have taken some out. With none it is the finished program.
///
/// # Errors
/// As those of [`Exercise::start`].
pub fn starting_sources(lesson: &Lesson) -> Result<Sources> {
    let run = format!("cargo xtask run {} --mine", lesson.words());
    let brief = lesson.package_folder().join("brief.md");
    let brief = format!("`{}`", brief.display());
    let own = |text: String| {
        text.replace(&run, "cargo xtask run")
            .replace(&brief, "`README.md`")
    };
    let exercise = Exercise::of(lesson);
    let sources = match lesson.about.holes.is_empty() {
        true => exercise.complete()?,
        false => exercise.hollow()?,
    };
    Ok(sources
        .into_iter()
        .map(|(path, text)| (path, own(text)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn what_is_handed_out_is_judged_as_its_rules_say() {
        let root = tempfile::tempdir().unwrap();
        let mut about = samples::lesson(10, "echo").about;
        about.waits_in = "poll".into();
        fs::write(root.path().join(RULES), rules(&about).unwrap()).unwrap();
        let manifest = "[package]\nname = \"quota-echo\"\n";
        fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        let assignment = load(root.path()).unwrap();
        assert_eq!(assignment.full_name(), "quota-echo");
        assert_eq!(assignment.words(), "");
        assert_eq!(assignment.about.waits_in, "poll");
        assert_eq!(assignment.script_folder(), Path::new("scripts"));
        assert_eq!(exercise(&assignment).folder(), Path::new(""));
    }

    #[test]
    fn answers_are_no_rules() {
        let mut about = samples::lesson(10, "echo").about;
        about.holes = vec![crate::lesson::Hole {
            function: "wait".into(),
            file: "src/main.rs".into(),
            todo: "sleep".into(),
            task: "Sleep.".into(),
            hints: vec!["a nudge".into(), "the answer".into()],
        }];
        let rules = rules(&about).unwrap();
        assert!(rules.contains("a nudge"), "{rules}");
        assert!(!rules.contains("the answer"), "{rules}");
    }
}
