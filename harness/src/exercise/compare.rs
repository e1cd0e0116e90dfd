//! The learner's program beside the lesson's.

use super::{Exercise, hollow};
use crate::prove::apply::Sources;
use anyhow::{Result, bail};
use diffy::DiffOptions;

impl Exercise<'_> {
    /// What would make the lesson's program of the learner's, as a unified diff; empty if they are the same.
    ///
    /// # Errors
    /// Files cannot be read.
    pub fn diff(&self) -> Result<String> {
        let (mine, lessons) = (self.sources()?, self.solution()?);
        let mut text = String::new();
        let mut files: Vec<_> = mine.keys().chain(lessons.keys()).collect();
        files.sort();
        files.dedup();
        for file in files {
            let of = |sources: &Sources| sources.get(file).cloned().unwrap_or_default();
            let (mine, theirs) = (of(&mine), of(&lessons));
            if mine == theirs {
                continue;
            }
            let mut options = DiffOptions::new();
            options.set_original_filename(self.folder().join(file).display().to_string());
            options.set_modified_filename(self.lesson.folder.join(file).display().to_string());
            let patch = options.create_patch(&mine, &theirs);
            text += &patch.to_string();
        }
        Ok(text)
    }

    /// What the lesson has in each of the holes, or in the one called `only`: the whole functions, as they stand there; all
    /// of it, if the exercise is begun from next to nothing.
    ///
    /// # Errors
    /// Files cannot be read, or there is no such hole.
    pub fn filling(&self, only: Option<&str>) -> Result<String> {
        let solution = self.solution()?;
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
