//! Where the workspace is, and what is in it.

use crate::cli;
use anyhow::{Result, bail};
use harness::lesson::Lesson;
use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root: the folder around the current one that looks like it, so that it may be moved after it was
/// built; else the one that this program was built in.
pub(crate) fn root() -> Result<PathBuf> {
    let looks_like_it = |folder: &&Path| {
        folder.join("lessons").is_dir() && folder.join("xtask/Cargo.toml").is_file()
    };
    let here = env::current_dir().unwrap_or_default();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    match here.ancestors().chain(built_in).find(looks_like_it) {
        Some(root) => Ok(root.to_owned()),
        None => bail!("there are no lessons here: change to the folder of the workspace"),
    }
}

/// The lesson, or its task, that one command is about.
pub(crate) fn one(root: &Path, of: &cli::Of) -> Result<Lesson> {
    let lessons = Lesson::all(root)?;
    let lesson = find(&lessons, &of.lesson)?;
    match &of.task {
        Some(task) => lesson.find_task(task),
        None => Ok(lesson.clone()),
    }
}

/// The lessons, each followed by its tasks.
pub(crate) fn with_tasks(lessons: Vec<Lesson>) -> Result<Vec<Lesson>> {
    let mut all = Vec::new();
    for lesson in lessons {
        let tasks = lesson.tasks()?;
        all.push(lesson);
        all.extend(tasks);
    }
    Ok(all)
}

/// The task called `task` of the one lesson that `words` name, and nothing else.
pub(crate) fn only_task(lessons: &[Lesson], words: &[String], task: &str) -> Result<Vec<Lesson>> {
    match words {
        [word] => Ok(vec![find(lessons, word)?.find_task(task)?]),
        _ => bail!("--task is one lesson's; {} are named", words.len()),
    }
}

/// The lesson that a user calls `word`.
pub(crate) fn find<'l>(lessons: &'l [Lesson], word: &str) -> Result<&'l Lesson> {
    if let Some(lesson) = lessons.iter().find(|lesson| lesson.is_called(word)) {
        return Ok(lesson);
    }
    let known: Vec<_> = lessons
        .iter()
        .map(|lesson| format!("{:02} {}", lesson.number, lesson.name))
        .collect();
    bail!(
        "there is no lesson {word}; the lessons are {}",
        known.join(", ")
    )
}
