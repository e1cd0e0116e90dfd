//! Tasks: something to design oneself, begun from the finished program of a lesson.
//!
//! A task is in `lessons/NN-name/tasks/NAME/`: `task.toml`, the contract `brief.md`, `scripts/`, `reference.patch`, which
//! makes of the lesson's program one that keeps the contract, and `bugs/`, which are changes of the reference. It is a
//! [`Lesson`] with another folder and a [`Task`]: what plays, proves and reports does not have to know the difference.

use crate::lesson::{Hole, Lesson, Variant};
use crate::prove::apply::{self, Sources};
use crate::prove::header::PatchFile;
use crate::prove::right::Right;
use crate::report::script_error;
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a lesson is that is a task.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its folder's name: `idle-timeout`.
    pub name: String,
    /// What `task.toml` says.
    pub about: About,
}

/// The contents of a `task.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// What is to be made, in a few words.
    pub title: String,
    /// What is new in it, in a sentence.
    pub idea: String,
    /// The lesson's scripts that do not hold any more. All others are played, too.
    #[serde(default)]
    pub not_held: NotHeld,
    /// Ways to start the program, instead of the lesson's.
    pub variants: Option<Vec<Variant>>,
    /// The tests of the library that judge it, too: `epoll` is `tests/epoll.rs` in the task's folder.
    pub tests: Option<String>,
    /// Hints for tests, by name.
    #[serde(default)]
    pub hints: BTreeMap<String, Vec<String>>,
    /// The functions of the reference solution whose bodies are to be written, where the rest of it is given; none if the learner
    /// begins with what the lesson has.
    #[serde(default)]
    pub holes: Vec<Hole>,
}

/// Scripts of a lesson that do not hold for a task, with the reasons.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum NotHeld {
    /// These, by name.
    Some(BTreeMap<String, String>),
    /// None of them holds: `not_held = "the logger answers nobody"`.
    All(String),
}

impl Default for NotHeld {
    fn default() -> NotHeld {
        NotHeld::Some(BTreeMap::new())
    }
}

impl Lesson {
    /// The tasks of this lesson, by name; none if it has no folder `tasks`.
    ///
    /// # Errors
    /// What is wrong with the folder or a `task.toml`.
    pub fn tasks(&self) -> Result<Vec<Lesson>> {
        self.task_names()?
            .iter()
            .map(|name| self.load_task(name))
            .collect()
    }

    /// The task of this lesson that is called `name`.
    ///
    /// # Errors
    /// There is none: which there are. Or what is wrong with its `task.toml`.
    pub fn find_task(&self, name: &str) -> Result<Lesson> {
        let known = self.task_names()?;
        if known.iter().any(|known| known == name) {
            return self.load_task(name);
        }
        match known.as_slice() {
            [] => bail!("lesson {:02} has no tasks", self.number),
            _ => bail!(
                "lesson {:02} has no task {name}; it has {}",
                self.number,
                known.join(", ")
            ),
        }
    }

    fn task_names(&self) -> Result<Vec<String>> {
        let folder = self.root.join(&self.folder).join("tasks");
        if self.task.is_some() || !folder.is_dir() {
            return Ok(Vec::new());
        }
        let cannot_read = || format!("cannot read {}", folder.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).with_context(cannot_read)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn load_task(&self, name: &str) -> Result<Lesson> {
        let folder = self.folder.join("tasks").join(name);
        let file = folder.join("task.toml");
        let text = fs::read_to_string(self.root.join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        let about: About = toml::from_str(&text)
            .with_context(|| format!("{} does not say what it should", file.display()))?;
        let mut task = self.clone();
        task.folder = folder;
        task.about.title.clone_from(&about.title);
        task.about.idea.clone_from(&about.idea);
        task.about.holes.clone_from(&about.holes);
        task.about.starter = None;
        if let Some(variants) = &about.variants {
            task.about.variants.clone_from(variants);
        }
        task.task = Some(Task {
            name: name.to_owned(),
            about,
        });
        task.check_not_held()?;
        Ok(task)
    }

    /// That the scripts which are said not to hold are there.
    fn check_not_held(&self) -> Result<()> {
        let of_lesson = self.package_folder().join("scripts");
        let Some(Task { about, .. }) = &self.task else {
            return Ok(());
        };
        let NotHeld::Some(scripts) = &about.not_held else {
            return Ok(());
        };
        for name in scripts.keys() {
            let file = of_lesson.join(format!("{name}.script"));
            if !self.root.join(&file).is_file() {
                let toml = self.folder.join("task.toml");
                bail!("{}: there is no {}", toml.display(), file.display());
            }
        }
        Ok(())
    }

    /// The folder of the package, relative to the root: that of the lesson, also for a task.
    pub fn package_folder(&self) -> &Path {
        let mut above = self.folder.ancestors();
        let folder = match self.task {
            Some(_) => above.nth(2), // tasks/NAME
            None => above.next(),
        };
        folder.unwrap_or(&self.folder)
    }

    /// The folders that its scripts are in, relative to the root: of a task its own, if it has some, then the lesson's.
    pub(crate) fn script_folders(&self) -> Vec<PathBuf> {
        let of_lesson = self.package_folder().join("scripts");
        let own = self.script_folder();
        match self.task.is_some() && self.root.join(&own).is_dir() {
            true => vec![own, of_lesson],
            false => vec![of_lesson],
        }
    }

    /// Whether the script in the file `path` is to be played: all of its own are.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let name = path.file_stem().and_then(|name| name.to_str());
        let not_held = |task: &Task| match &task.about.not_held {
            NotHeld::Some(scripts) => name.is_some_and(|it| scripts.contains_key(it)),
            NotHeld::All(_) => true,
        };
        self.is_own(path) || !self.task.as_ref().is_some_and(not_held)
    }

    /// Whether the script in the file `path` is its own, and not one of the lesson that a task begins with.
    pub fn is_own(&self, path: &Path) -> bool {
        path.starts_with(self.script_folder())
    }

    /// The reference solution of a task; `None` of a lesson, whose program is its own.
    ///
    /// # Errors
    /// There is none, or its header is not written right.
    pub fn reference(&self) -> Result<Option<Right>> {
        if self.task.is_none() {
            return Ok(None);
        }
        let path = self.folder.join("reference.patch");
        let source = fs::read_to_string(self.root.join(&path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        let reference = Right::parse(&path, &source, &[]);
        let wrong = |error| anyhow!("{}", script_error::plain(&error));
        reference.map(Some).map_err(wrong)
    }

    /// The sources that `patch` is a change of: those of the right program, or for the reference solution itself those that
    /// a task begins with.
    ///
    /// # Errors
    /// As those of [`Lesson::right_sources`].
    pub fn base_of(&self, patch: &PatchFile) -> Result<Sources> {
        match self.reference_under(patch) {
            Some(_) => self.right_sources(),
            None => apply::sources(self),
        }
    }

    /// The reference solution that `patch` is a change of, relative to the package; `None` if it is a change of what the
    /// lesson has.
    pub(crate) fn reference_under(&self, patch: &PatchFile) -> Option<PathBuf> {
        let below = self.folder.strip_prefix(self.package_folder()).ok()?;
        let is_reference = patch.path.parent() == Some(&self.folder);
        (self.task.is_some() && !is_reference).then(|| below.join("reference.patch"))
    }

    /// The sources of the program that keeps the contract: the lesson's, of a task with its reference solution.
    ///
    /// # Errors
    /// They cannot be read, or the reference solution does not fit them.
    pub fn right_sources(&self) -> Result<Sources> {
        let sources = apply::sources(self)?;
        let Some(reference) = self.reference()? else {
            return Ok(sources);
        };
        let patch = reference.patch().context("a reference is a patch")?;
        apply::apply(patch, &sources).map_err(|error| anyhow!("{}", script_error::plain(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    /// A lesson with a task, in a folder of its own.
    fn lesson(task_toml: &str) -> (tempfile::TempDir, Lesson) {
        let root = tempfile::tempdir().unwrap();
        let mut lesson = samples::lesson(5, "echo");
        lesson.root = root.path().to_owned();
        let folder = root.path().join(&lesson.folder);
        let task = folder.join("tasks/quiet");
        for folder in [&folder.join("scripts"), &task.join("scripts")] {
            fs::create_dir_all(folder).unwrap();
        }
        let script = "# Title\nada connects\n";
        for name in ["scripts/hello", "scripts/loud", "tasks/quiet/scripts/quiet"] {
            fs::write(folder.join(format!("{name}.script")), script).unwrap();
        }
        fs::write(task.join("task.toml"), task_toml).unwrap();
        (root, lesson)
    }

    const TOML: &str = "title = \"Quiet\"\nidea = \"Say less.\"\nnot_held.loud = \"it is quiet\"\n";

    #[test]
    fn a_task_is_a_lesson_in_a_folder_of_its_own() {
        let (_root, lesson) = lesson(TOML);
        let task = lesson.find_task("quiet").unwrap();
        assert_eq!(task.folder, Path::new("lessons/05-echo/tasks/quiet"));
        assert_eq!(task.package_folder(), lesson.folder);
        assert_eq!(task.full_name(), "05-echo--quiet");
        assert_eq!(task.words(), "05 --task quiet");
        assert_eq!(task.about.title, "Quiet");
        assert_eq!(lesson.tasks().unwrap().len(), 1);
    }

    #[test]
    fn its_own_scripts_come_first_and_those_of_the_lesson_follow_that_still_hold() {
        let (_root, lesson) = lesson(TOML);
        let task = lesson.find_task("quiet").unwrap();
        let scripts = task.scripts().unwrap();
        let names = scripts.into_iter().map(|script| script.unwrap().name);
        assert_eq!(names.collect::<Vec<_>>(), ["quiet", "hello"]);
    }

    #[test]
    fn it_may_be_that_none_of_the_scripts_of_its_lesson_holds() {
        let (_root, lesson) = lesson(&TOML.replace("not_held.loud", "not_held"));
        let task = lesson.find_task("quiet").unwrap();
        assert_eq!(task.scripts().unwrap().len(), 1);
    }

    #[test]
    fn no_two_scripts_of_a_task_have_the_same_name() {
        let (_root, lesson) = lesson(TOML);
        let task = lesson.find_task("quiet").unwrap();
        let folder = task.root.join(task.script_folder());
        fs::rename(folder.join("quiet.script"), folder.join("hello.script")).unwrap();
        let error = task.scripts().unwrap_err().to_string();
        assert!(
            error.contains("scripts/hello.script has the name"),
            "{error}"
        );
    }

    #[test]
    fn a_task_that_is_not_there_is_told_with_those_that_are() {
        let (_root, lesson) = lesson(TOML);
        let error = lesson.find_task("loud").unwrap_err().to_string();
        assert_eq!(error, "lesson 05 has no task loud; it has quiet");
    }

    #[test]
    fn a_script_that_does_not_hold_must_be_there() {
        let (_root, lesson) = lesson(&TOML.replace("loud", "louder"));
        let error = lesson.tasks().unwrap_err().to_string();
        assert!(error.contains("there is no lessons/05-echo/scripts/louder.script"));
    }
}
