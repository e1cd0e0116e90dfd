//! The package that a student begins with: its sources, and what it depends on.

use super::about::{TODO, find};
use super::{Assignment, Starter};
use anyhow::{Context, Result, bail};
use harness::handout;
use harness::lesson::Lesson;
use harness::prove::apply::Sources;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

impl Assignment {
    /// The files of `src/` that a student begins with; their paths begin with `src`.
    ///
    /// # Errors
    /// They cannot be read, or the lesson's have no such holes.
    pub fn starting_sources(&self) -> Result<Sources> {
        match &self.starter {
            Starter::Lesson { .. } | Starter::Task { .. } | Starter::Chat => {
                let lesson = self.starting_lesson()?.context("it is from a lesson")?;
                handout::starting_sources(&lesson)
            }
            Starter::Empty => Ok(Sources::from([("src/main.rs".into(), self.empty_main())])),
            Starter::Folder(folder) => {
                let mut sources = Sources::new();
                read(&self.folder.join(folder), Path::new("src"), &mut sources)?;
                Ok(sources)
            }
        }
    }

    /// What the program may depend on: what the starter does, and what `crates` adds to it, as in the `[dependencies]` of a
    /// Cargo.toml in a workspace with the course's `[workspace.dependencies]`.
    ///
    /// # Errors
    /// The starter is from a lesson that depends on another, or a crate is not to be had.
    pub fn dependencies(&self) -> Result<Table> {
        let mut all = match self.starting_lesson()? {
            Some(lesson) => of_lesson(&lesson)?,
            None => Table::new(),
        };
        let course = manifest(&self.course)?;
        let shared = course
            .get("workspace")
            .and_then(|it| it.get("dependencies"));
        for (name, wanted) in &self.about.crates {
            let is_shared = wanted.get("workspace").and_then(Value::as_bool) == Some(true);
            if is_shared && shared.and_then(|it| it.get(name)).is_none() {
                bail!(
                    "crates.{name}: the course's Cargo.toml has no such dependency; say which version: {name} = \"1\""
                );
            }
            all.insert(name.clone(), wanted.clone());
        }
        match all.iter().find(|(_, wanted)| wanted.get("path").is_some()) {
            Some((name, _)) => bail!(
                "crates.{name}: it is in a folder of its own, which students would not have; choose another starter, or a crate with a version"
            ),
            None => Ok(all),
        }
    }

    /// What the program calls its library, if the starter has one of another name than the package.
    ///
    /// # Errors
    /// The lesson's Cargo.toml cannot be read.
    pub fn library(&self) -> Result<Option<String>> {
        let Some(lesson) = self.starting_lesson()? else {
            return Ok(None);
        };
        let manifest = manifest(&lesson.root.join(lesson.package_folder()))?;
        let library = manifest.get("lib").and_then(|library| library.get("name"));
        Ok(library.and_then(Value::as_str).map(str::to_owned))
    }

    /// The lesson or task that the starter is from, with those of its holes that are left open.
    pub(super) fn starting_lesson(&self) -> Result<Option<Lesson>> {
        match self.starter.lesson() {
            None => Ok(None),
            Some(word) => self
                .starter
                .opened(&Lesson::all(&self.course)?, word)
                .map(Some),
        }
    }

    fn empty_main(&self) -> String {
        format!(
            "//! {}.\n//!\n//! README.md says what it is to do, and so do the scripts in scripts/.\n\n\
             fn main() {{\n    todo!(\"{}\")\n}}\n",
            self.about.title, TODO
        )
    }
}

impl Starter {
    /// The lesson that the starter calls `word`, or its task, with the holes that are left open.
    pub(super) fn opened(&self, lessons: &[Lesson], word: &str) -> Result<Lesson> {
        let mut lesson = find(lessons, word)?.clone();
        match self {
            Starter::Task { task, .. } => lesson = lesson.find_task(task)?,
            Starter::Lesson {
                holes: Some(open), ..
            } => lesson
                .about
                .holes
                .retain(|hole| open.contains(&hole.function)),
            _ => {}
        }
        Ok(lesson)
    }
}

/// What the package of `lesson` depends on, but for its tests.
fn of_lesson(lesson: &Lesson) -> Result<Table> {
    let manifest = manifest(&lesson.root.join(lesson.package_folder()))?;
    let dependencies = manifest.get("dependencies").and_then(Value::as_table);
    Ok(dependencies.cloned().unwrap_or_default())
}

/// The Cargo.toml of `folder`.
pub(crate) fn manifest(folder: &Path) -> Result<Table> {
    let file = folder.join("Cargo.toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} does not parse", file.display()))
}

/// Adds the files of `folder` to `sources`, as those of the folder `called`.
pub(crate) fn read(folder: &Path, called: &Path, sources: &mut Sources) -> Result<()> {
    let cannot_read = |path: &Path| format!("cannot read {}", path.display());
    for entry in fs::read_dir(folder).with_context(|| cannot_read(folder))? {
        let entry = entry?;
        let (path, called): (PathBuf, _) = (entry.path(), called.join(entry.file_name()));
        if path.is_dir() {
            read(&path, &called, sources)?;
        } else {
            let text = fs::read_to_string(&path).with_context(|| cannot_read(&path))?;
            sources.insert(called, text);
        }
    }
    Ok(())
}
