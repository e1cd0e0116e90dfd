//! The scripts that an `assignment.toml` names.

use super::about::{Scripts, find};
use anyhow::{Context, Result, bail};
use harness::lesson::Lesson;
use std::fs;
use std::path::{Path, PathBuf};

/// A script of an assignment, as it is in its file: a student's values are not put into it yet.
#[derive(Debug, Clone)]
pub struct ScriptFile {
    /// What it is called in reports and results: its file's name without `.script`. No two of an assignment have the same.
    pub name: String,
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The points that it gives.
    pub weight: u32,
    /// Whether students get to see no more of it than its title.
    pub hidden: bool,
    /// What students are told of it, if it is not its own title.
    pub title: Option<String>,
    /// Whether it is from the assignment's folder: values are put into these only.
    pub is_own: bool,
}

/// The scripts that `entries` name, in their order.
pub(super) fn read(
    folder: &Path,
    lessons: &[Lesson],
    judging: &str,
    entries: &[Scripts],
) -> Result<Vec<ScriptFile>> {
    let mut scripts: Vec<ScriptFile> = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let within = || format!("scripts, entry {number}");
        for path in files(folder, lessons, judging, entry).with_context(within)? {
            let script = one(&path, entry).with_context(within)?;
            if scripts.iter().any(|it| it.name == script.name) {
                bail!(
                    "scripts, entry {number}: a script {} is there already, and results are told by name",
                    script.name
                );
            }
            scripts.push(script);
        }
    }
    Ok(scripts)
}

fn one(path: &Path, entry: &Scripts) -> Result<ScriptFile> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_stem().unwrap_or_default();
    Ok(ScriptFile {
        name: name.to_string_lossy().into_owned(),
        path: path.to_owned(),
        text,
        weight: entry.weight,
        hidden: entry.hidden,
        title: entry.title.clone(),
        is_own: entry.file.is_some(),
    })
}

/// The files that one entry means.
fn files(
    folder: &Path,
    lessons: &[Lesson],
    judging: &str,
    entry: &Scripts,
) -> Result<Vec<PathBuf>> {
    match (&entry.file, &entry.lesson, &entry.names) {
        (Some(file), None, None) if entry.task.is_none() => {
            if file.extension().is_none_or(|ending| ending != "script") {
                bail!("file = {file:?}: a script's file is called NAME.script");
            }
            Ok(vec![folder.join(file)])
        }
        (None, Some(_), _) | (None, None, Some(_)) => of_lesson(lessons, judging, entry),
        _ => bail!(
            "a script is `file = \"scripts/NAME.script\"`, or `lesson = \"05\"` with `names = [\"hello\"]`"
        ),
    }
}

fn of_lesson(lessons: &[Lesson], judging: &str, entry: &Scripts) -> Result<Vec<PathBuf>> {
    if entry.title.is_some() && entry.names.as_ref().is_none_or(|names| names.len() != 1) {
        bail!("title: it would be that of several scripts; give each an entry of its own");
    }
    let lesson = match &entry.lesson {
        Some(word) => find(lessons, word).context("lesson")?,
        None => find(lessons, judging)?,
    };
    let lesson = match &entry.task {
        Some(task) => &lesson.find_task(task).context("task")?,
        None => lesson,
    };
    let below = lesson.root.join(lesson.script_folder());
    let mut known: Vec<String> = fs::read_dir(&below)
        .with_context(|| format!("cannot read {}", below.display()))?
        .flatten()
        .filter_map(|it| Some(it.file_name().to_str()?.strip_suffix(".script")?.to_owned()))
        .collect();
    known.sort();
    let names = entry.names.as_ref().unwrap_or(&known);
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        bail!(
            "names: there is no script {name}; there are {}",
            known.join(", ")
        );
    }
    let file = |name: &String| below.join(format!("{name}.script"));
    Ok(names.iter().map(file).collect())
}
