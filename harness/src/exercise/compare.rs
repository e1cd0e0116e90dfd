//! The learner's program beside the lesson's.

use super::{Exercise, hollow};
use crate::prove::apply::Sources;
use crate::words::wrapped;
use anyhow::{Result, bail};
use diffy::DiffOptions;
use std::path::Path;

/// Where prose is broken.
const WIDTH: usize = 100;

impl Exercise<'_> {
    /// What would make the right program of the learner's, as a unified diff; empty if they are the same.
    ///
    /// # Errors
    /// Files cannot be read.
    pub fn diff(&self) -> Result<String> {
        Ok(self.compared(&self.sources()?, &self.solution()?))
    }

    /// What leads from `mine` to `lessons`.
    fn compared(&self, mine: &Sources, lessons: &Sources) -> String {
        unified((&self.folder(), mine), (&self.lesson.folder, lessons))
    }

    /// What the lesson has in each of the holes, or in the one called `only`: the whole functions, as they stand there; all
    /// of it, if the exercise is begun from next to nothing; of a task, what it changes, and why.
    ///
    /// # Errors
    /// Files cannot be read, or there is no such hole.
    pub fn filling(&self, only: Option<&str>) -> Result<String> {
        let solution = self.solution()?;
        if let Some(reference) = self.lesson.reference()?.filter(|_| self.is_whole()) {
            let changes = self.compared(&self.hollow()?, &solution);
            return Ok(format!(
                "{}\n\n{changes}",
                wrapped(&reference.differs, WIDTH)
            ));
        }
        if self.lesson.about.starter.is_some() {
            return Ok(solution.into_values().collect());
        }
        let mut text = String::new();
        for (index, hole) in self.holes().iter().enumerate() {
            if only.is_some_and(|only| only != hole.function) {
                continue;
            }
            let file = self.lesson.folder.join(&hole.file);
            let function = hollow::function(&solution, hole)?;
            let of = self.holes().len();
            text += &format!(
                "// hole {} of {of}, {}\n{function}\n\n",
                index + 1,
                file.display()
            );
        }
        if text.is_empty() {
            let names: Vec<&str> = self.holes().iter().map(|it| it.function.as_str()).collect();
            bail!("there is no such hole; the holes are {}", names.join(", "));
        }
        Ok(text)
    }
}

/// What makes the sources `to` of those `from`, as a unified diff; each is named with the folder that it is in.
pub(super) fn unified(from: (&Path, &Sources), to: (&Path, &Sources)) -> String {
    let mut files: Vec<_> = from.1.keys().chain(to.1.keys()).collect();
    files.sort();
    files.dedup();
    let mut text = String::new();
    for file in files {
        let of = |sources: &Sources| sources.get(file).cloned().unwrap_or_default();
        let (old, new) = (of(from.1), of(to.1));
        if old == new {
            continue;
        }
        let mut options = DiffOptions::new();
        options.set_original_filename(from.0.join(file).display().to_string());
        options.set_modified_filename(to.0.join(file).display().to_string());
        text += &options.create_patch(&old, &new).to_string();
    }
    text
}
