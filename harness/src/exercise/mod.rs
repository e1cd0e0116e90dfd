//! Exercises: a lesson's program with some of its functions left to the learner.
//!
//! One source serves both. The lesson's own is complete; `lesson.toml` names the functions that are its subject, and
//! an exercise is the same source with [`todo!`] in their place ([`hollow`]). It is a package of its own in the folder
//! `exercises/`, which is a workspace of its own ([`package`]) and not part of the repository. When its program comes
//! to a `todo!`, that is told as the hole that was reached ([`reached`]), not as a crash. What has been passed already
//! is remembered ([`progress`]). A bug [`hunt`] is made in the same way: of the lesson's program with a bug in it.

mod compare;
mod hollow;
pub mod hunt;
mod package;
pub mod progress;
pub mod proof;
mod reached;
mod scan;

use crate::lesson::{Hole, Lesson};
use crate::prove::apply::{self, Sources};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder that all exercises are in, below the workspace's root.
pub const FOLDER: &str = "exercises";

/// Where the exercise of `lesson` is, relative to the workspace's root: `exercises/05-select-read-write`.
pub fn folder(lesson: &Lesson) -> PathBuf {
    Path::new(FOLDER).join(lesson.full_name())
}

/// The functions in Rust source, each with the place of its `fn`.
pub(crate) fn functions_in(source: &str) -> Vec<(usize, String)> {
    let all = scan::functions(source).into_iter();
    all.map(|function| (function.start, function.name))
        .collect()
}

/// An exercise, whether it has been started or not.
#[derive(Debug, Clone)]
pub struct Exercise<'l> {
    /// The lesson that it is begun from.
    pub lesson: &'l Lesson,
    /// Its folder's name: `05-select-read-write`.
    pub name: String,
    /// Its package and its program: `my-select-read-write`.
    pub package: String,
    /// The folder of the workspace that it is in, absolute.
    pub workspace: PathBuf,
    /// Whether it is a program with a bug in it, to be found, and not one with holes.
    pub is_hunt: bool,
}

/// What was made for the learner, and where the holes are.
#[derive(Debug)]
pub struct Started {
    /// For each hole in its order: the file relative to the exercise's folder, the line, the function and what is to be done.
    pub holes: Vec<Place>,
    /// The line that an editor's settings lack, if there are settings and they lack it.
    pub editor: Editor,
}

/// Where a hole is.
#[derive(Debug)]
pub struct Place {
    /// Relative to the exercise's folder.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// What is to be written.
    pub function: String,
    /// In a few words.
    pub todo: String,
}

/// Whether rust-analyzer in VS Code knows of the exercises.
#[derive(Debug, PartialEq, Eq)]
pub enum Editor {
    /// It does.
    Knows,
    /// It does from now on.
    Told,
    /// The user has settings of their own; this should be added to them.
    Lacks(&'static str),
}

impl<'l> Exercise<'l> {
    /// The exercise of `lesson`: its program, with holes.
    pub fn of(lesson: &'l Lesson) -> Exercise<'l> {
        Exercise {
            lesson,
            name: lesson.full_name(),
            package: match &lesson.task {
                Some(task) => format!("my-{}", task.name),
                None => format!("my-{}", lesson.name),
            },
            workspace: lesson.root.join(FOLDER),
            is_hunt: false,
        }
    }

    /// The functions that are left to the learner.
    pub fn holes(&self) -> &'l [Hole] {
        &self.lesson.about.holes
    }

    /// Whether the program is the learner's as a whole, so that nothing but the solution says when it is done.
    pub fn is_whole(&self) -> bool {
        let is_task = self.lesson.task.is_some() && self.holes().is_empty();
        self.lesson.about.starter.is_some() || is_task
    }

    /// Its folder, absolute.
    pub fn path(&self) -> PathBuf {
        self.workspace.join(&self.name)
    }

    /// Its folder, relative to the workspace's root.
    pub fn folder(&self) -> PathBuf {
        let path = self.path();
        path.strip_prefix(&self.lesson.root)
            .unwrap_or(&path)
            .to_owned()
    }

    /// Whether it has been started.
    pub fn exists(&self) -> bool {
        self.path().join("Cargo.toml").is_file()
    }

    /// Makes it. The workspace is made with the first one.
    ///
    /// # Errors
    /// It is there already, the lesson has no holes or names functions that there are not, or files cannot be written.
    pub fn start(&self) -> Result<Started> {
        let folder = self.folder();
        if self.path().exists() {
            bail!(
                "{} is there already; `cargo xtask exercise reset {}` keeps it as a backup and begins anew",
                folder.display(),
                self.lesson.words()
            );
        }
        let hollow = self.hollow()?;
        package::write(self, &hollow)?;
        self.write_workspace()?;
        Ok(Started {
            holes: self.places(&hollow),
            editor: package::tell_editor(&self.lesson.root)?,
        })
    }

    /// Keeps what there is as a backup, and makes it anew. Returns where the backup is, relative to the workspace's
    /// root.
    ///
    /// # Errors
    /// It has not been started, or files cannot be moved or written.
    pub fn reset(&self) -> Result<PathBuf> {
        self.must_exist()?;
        let hollow = self.hollow()?;
        let backup = self.move_away()?;
        package::write(self, &hollow)?;
        Ok(backup)
    }

    /// Makes a backup of what there is. Returns where that is, relative to the workspace's root.
    fn move_away(&self) -> Result<PathBuf> {
        let backups = self.workspace.join("backup");
        let numbered = |number: u32| backups.join(format!("{}-{number}", self.name));
        let backup = (1..).map(numbered).find(|backup| !backup.exists());
        let backup = backup.context("there are too many backups")?;
        fs::create_dir_all(&backups)
            .and_then(|()| fs::rename(self.path(), &backup))
            .with_context(|| format!("cannot move {} away", self.folder().display()))?;
        let relative = backup.strip_prefix(&self.lesson.root).unwrap_or(&backup);
        Ok(relative.to_owned())
    }

    /// Sees to it that cargo can build it: its workspace follows the lessons' versions, and the tests that judge it are theirs.
    ///
    /// # Errors
    /// It has not been started, or files cannot be written.
    pub fn prepare(&self) -> Result<()> {
        self.must_exist()?;
        package::write_tests(self)?;
        self.write_workspace()
    }

    /// What it is to do, if there is a page that says it, relative to the workspace's root.
    pub fn brief(&self) -> Option<PathBuf> {
        let file = self.lesson.folder.join("brief.md");
        self.lesson.root.join(&file).is_file().then_some(file)
    }

    fn write_workspace(&self) -> Result<()> {
        // Exercises are found by their names, so that one that is deleted is not missed.
        let members = vec!["[0-9][0-9]-*".into()];
        package::write_workspace(&self.lesson.root, &self.workspace, members)
    }

    /// # Errors
    /// It has not been started; how it is.
    pub fn must_exist(&self) -> Result<()> {
        if self.exists() {
            return Ok(());
        }
        let command = if self.is_hunt {
            "hunt"
        } else {
            "exercise start"
        };
        bail!(
            "there is no {} yet; `cargo xtask {command} {}` makes it",
            self.folder().display(),
            self.lesson.words()
        )
    }

    /// What the learner has now.
    ///
    /// # Errors
    /// It has not been started, or its files cannot be read.
    pub fn sources(&self) -> Result<Sources> {
        self.must_exist()?;
        apply::sources_in(&self.path())
    }

    /// The right program's sources as the learner would have written them.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn solution(&self) -> Result<Sources> {
        Ok(hollow::complete(self.lesson, &self.lesson.right_sources()?))
    }

    /// What the learner begins with: the lesson's sources with holes, or a program that is all but empty; for a task all
    /// that the lesson has, or its reference solution, if that has holes.
    pub(crate) fn hollow(&self) -> Result<Sources> {
        if self.lesson.task.is_some() && self.holes().is_empty() {
            return self.complete();
        }
        if self.holes().is_empty() {
            bail!("lesson {:02} has no exercise", self.lesson.number);
        }
        if let Some(starter) = &self.lesson.about.starter {
            let file = self.lesson.folder.join(starter);
            let text = fs::read_to_string(self.lesson.root.join(&file))
                .with_context(|| format!("cannot read {}", file.display()))?;
            return Ok(Sources::from([("src/main.rs".into(), text)]));
        }
        hollow::hollow(self.solution()?, self.holes()).with_context(|| {
            let name = match self.lesson.task {
                Some(_) => "task.toml",
                None => "lesson.toml",
            };
            let file = self.lesson.folder.join(name);
            format!("the holes in {} are not right", file.display())
        })
    }

    /// What it begins with that is no exercise: all that the lesson has.
    pub(crate) fn complete(&self) -> Result<Sources> {
        Ok(hollow::complete(self.lesson, &apply::sources(self.lesson)?))
    }

    /// Those of its holes that are still holes, with their places in the learner's sources, in their order.
    ///
    /// # Errors
    /// As those of [`Exercise::sources`].
    pub fn open_holes(&self) -> Result<Vec<Place>> {
        Ok(self.places(&self.sources()?))
    }

    fn places(&self, sources: &Sources) -> Vec<Place> {
        let place = |hole: &Hole| {
            let text = sources.get(&hole.file)?;
            let all = scan::functions(text).into_iter();
            let code = scan::code(text);
            let open = |it: &scan::Function| code[it.body.clone()].contains("todo!");
            let function = all
                .filter(|it| it.name == hole.function)
                .find(|it| open(it))?;
            Some(Place {
                file: hole.file.clone(),
                line: text[..function.start].matches('\n').count() + 1,
                function: hole.function.clone(),
                todo: hole.todo.clone(),
            })
        };
        self.holes().iter().filter_map(place).collect()
    }
}
