//! An assignment as one student has it.

use super::ScriptFile;
use super::fill::fill;
use anyhow::{Result, anyhow};
use harness::lesson::Lesson;
use harness::report::script_error;
use harness::script::{Script, ScriptError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An assignment as one student has it.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Whose it is.
    pub student: String,
    /// What is put into the texts, by name.
    pub values: BTreeMap<String, String>,
    /// What is to be written: `brief.md` with the values.
    pub brief: String,
    /// The scripts, public and hidden, in the order of `assignment.toml`.
    pub scripts: Vec<Played>,
}

/// A script as it is played against one student's program.
#[derive(Debug, Clone)]
pub struct Played {
    /// What it is called in results: its file's name without `.script`.
    pub name: String,
    /// What students are told of it.
    pub title: String,
    /// Its text, with the values.
    pub text: String,
    /// The file that reports name: `scripts/NAME.script`, as it is in what is handed out.
    pub path: PathBuf,
    /// The points that it gives.
    pub weight: u32,
    /// Whether students get to see no more of it than its title.
    pub hidden: bool,
}

impl Instance {
    /// The scripts that students get to see.
    pub fn public(&self) -> impl Iterator<Item = &Played> {
        self.scripts.iter().filter(|script| !script.hidden)
    }

    /// The scripts that they do not.
    pub fn hidden(&self) -> impl Iterator<Item = &Played> {
        self.scripts.iter().filter(|script| script.hidden)
    }
}

impl Played {
    /// `script` with `values`.
    pub(super) fn of(
        script: &ScriptFile,
        values: &BTreeMap<String, String>,
        base: &Lesson,
    ) -> Result<Played> {
        let text = match script.is_own {
            true => fill(&script.text, values)
                .map_err(|wrong| anyhow!("{}", wrong.within(&script.path)))?,
            false => script.text.clone(),
        };
        let mut played = Played {
            name: script.name.clone(),
            title: String::new(),
            text,
            path: Path::new("scripts").join(format!("{}.script", script.name)),
            weight: script.weight,
            hidden: script.hidden,
        };
        let parsed = base.read(&script.path, &played.text);
        let parsed = parsed.map_err(|error| anyhow!("{}", script_error::plain(&error)))?;
        let own = parsed.first().map(|script| script.title.clone());
        played.title = script.title.clone().or(own).unwrap_or_default();
        Ok(played)
    }

    /// The script, ready to be played against a program that keeps the rules of `base`; several where the lesson has variants.
    ///
    /// # Errors
    /// It is no script for such a program. What [`Assignment::for_student`](super::Assignment::for_student) returned has been
    /// parsed already.
    pub fn parse(&self, base: &Lesson) -> Result<Vec<Script>, ScriptError> {
        base.read(&self.path, &self.text)
    }
}
