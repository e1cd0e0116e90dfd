//! Which files a student is handed.

use super::pages;
use crate::assignment::{Assignment, Instance};
use crate::manifests::{self, TOOLS};
use anyhow::{Context, Result};
use harness::handout::{self, RULES};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files by their paths.
pub(super) struct Contents(BTreeMap<PathBuf, Vec<u8>>);

impl Contents {
    /// What `instance` of `assignment` is handed out with.
    pub(super) fn of(assignment: &Assignment, instance: &Instance) -> Result<Contents> {
        let mut contents = Contents(BTreeMap::new());
        for (path, text) in assignment.starting_sources()? {
            contents.add(path, text);
        }
        for script in instance.public() {
            contents.add(&script.path, script.text.clone());
        }
        contents.add(RULES, handout::rules(&assignment.lesson_base().about)?);
        contents.add("Cargo.toml", manifests::of_handout(assignment)?);
        contents.add(".cargo/config.toml", manifests::CONFIG);
        for (path, text) in pages::all(assignment, instance)? {
            contents.add(path, text);
        }
        for (from, to) in TOOLS {
            contents.add_tool(assignment, Path::new(from), Path::new(to))?;
        }
        contents.add_licences(&assignment.course)?;
        Ok(contents)
    }

    fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), text.into());
    }

    /// A package of the course: its manifest without tests, and its sources.
    fn add_tool(&mut self, assignment: &Assignment, from: &Path, to: &Path) -> Result<()> {
        let course = &assignment.course;
        let manifest = manifests::of_tool(&course.join(from), to)?;
        self.add(to.join("Cargo.toml"), manifest);
        self.add_folder(&course.join(from).join("src"), &to.join("src"))
    }

    fn add_folder(&mut self, from: &Path, to: &Path) -> Result<()> {
        let cannot_read = |path: &Path| format!("cannot read {}", path.display());
        for entry in fs::read_dir(from).with_context(|| cannot_read(from))? {
            let entry = entry?;
            let (path, called) = (entry.path(), to.join(entry.file_name()));
            if path.is_dir() {
                self.add_folder(&path, &called)?;
            } else {
                let text = fs::read(&path).with_context(|| cannot_read(&path))?;
                self.add(called, text);
            }
        }
        Ok(())
    }

    /// The licences of what plays the scripts, beside it: what the student writes is under none of them.
    fn add_licences(&mut self, course: &Path) -> Result<()> {
        for entry in fs::read_dir(course).with_context(|| format!("cannot read {course:?}"))? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with("LICENSE") {
                self.add(Path::new("harness").join(&name), fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// The files by their paths.
    #[cfg(test)]
    pub(super) fn files(&self) -> impl Iterator<Item = (&PathBuf, &Vec<u8>)> {
        self.0.iter()
    }

    /// Writes the files to the folder `place`, which is made.
    pub(super) fn write(&self, place: &Path) -> Result<()> {
        for (path, text) in &self.0 {
            let file = place.join(path);
            let folder = file.parent().unwrap_or(place);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&file, text))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }
}
