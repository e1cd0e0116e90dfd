//! Assignments: what an `assignment.toml` says, and what becomes of it for one student.
//!
//! An assignment is a folder that the instructor keeps private:
//!
//! ```text
//! quota-echo/
//!     assignment.toml     what is handed out, how it is judged and weighed: [`About`]
//!     brief.md            what students are to write; becomes the README.md of what they are handed
//!     scripts/*.script    scripts of its own, as in a lesson
//! ```
//!
//! [`Assignment::load`] reads it and holds it to what it says: every script is there and can be played. Whatever depends on a
//! student comes from [`Assignment::for_student`]: texts of its [`parameters`](parameter) are put into the brief and into the
//! scripts of the folder, wherever `<<name>>` stands. Nothing in here writes a file.

mod about;
pub mod fill;
mod instance;
pub(crate) mod package;
pub mod parameter;
mod scripts;

pub use about::{About, Starter};
pub use instance::{Instance, Played};
pub use parameter::Parameter;
pub use scripts::ScriptFile;

use anyhow::{Context, Result, anyhow, bail};
use harness::lesson::Lesson;
use harness::report::script_error;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The file that makes a folder an assignment.
pub const FILE: &str = "assignment.toml";
/// The file that says what is to be written.
pub const BRIEF: &str = "brief.md";
/// The student for whom an assignment is tried out when it is read.
const ANYBODY: &str = "somebody";

/// An assignment: what is handed out, how it is judged and weighed.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The instructor's folder, as it was given.
    pub folder: PathBuf,
    /// The root of the workspace that has the lessons, absolute.
    pub course: PathBuf,
    /// What `assignment.toml` says.
    pub about: About,
    /// What students begin with.
    pub starter: Starter,
    /// Numbers and words that are put into the brief and the scripts, by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// The scripts, in the order of `assignment.toml`, with their texts before anything is put into them.
    pub scripts: Vec<ScriptFile>,
    brief: String,
    base: Lesson,
}

impl Assignment {
    /// Reads the assignment in `folder`. `course` is the root of the workspace with the lessons.
    ///
    /// # Errors
    /// What is wrong with it: the file, the key, and what would be right.
    pub fn load(course: &Path, folder: &Path) -> Result<Assignment> {
        let assignment = Assignment::load_unplayed(course, folder)?;
        assignment.check().with_context(|| wrong(folder))?;
        Ok(assignment)
    }

    /// The same, without looking whether its scripts can be played: for one who is writing them.
    ///
    /// # Errors
    /// What is wrong with `assignment.toml`, or with what it names.
    pub fn load_unplayed(course: &Path, folder: &Path) -> Result<Assignment> {
        let file = folder.join(FILE);
        let text = fs::read_to_string(&file).with_context(|| {
            format!(
                "cannot read {}: an assignment is a folder with this file in it",
                file.display()
            )
        })?;
        Assignment::read(course, folder, &text).with_context(|| wrong(folder))
    }

    fn read(course: &Path, folder: &Path, text: &str) -> Result<Assignment> {
        let about: About = toml::from_str(text)?;
        about.check()?;
        let course = course.canonicalize().context("there is no such course")?;
        let lessons = Lesson::all(&course)?;
        let starter = Starter::read(&about.starter)?;
        starter.check(&lessons, folder)?;
        let base = about.base(&lessons, &starter)?;
        let brief = folder.join(BRIEF);
        Ok(Assignment {
            folder: folder.to_owned(),
            parameters: parameter::read_all(&about)?,
            scripts: scripts::read(
                folder,
                &lessons,
                about.judging_lesson(&starter)?,
                &about.scripts,
            )?,
            brief: fs::read_to_string(&brief)
                .with_context(|| format!("cannot read {}", brief.display()))?,
            course,
            about,
            starter,
            base,
        })
    }

    /// What it is called: its folder, its package and its program.
    pub fn name(&self) -> &str {
        &self.about.name
    }

    /// The rules that its program is judged by: a lesson's, with the title and the name of the assignment, and with what
    /// `assignment.toml` says otherwise. Its `root` is the course, its `folder` that of the lesson; neither is asked by
    /// [`Target::of_lesson`](harness::run::Target::of_lesson) or [`Lesson::read`], which take from it `waits_in`, `may_sleep_in`,
    /// the number of addresses, the variants and whether it is a server or a client.
    pub fn lesson_base(&self) -> &Lesson {
        &self.base
    }

    /// Whether two students may be handed different things.
    pub fn is_personal(&self) -> bool {
        self.parameters.values().any(Parameter::is_chosen)
    }

    /// The sum of the weights of all its scripts; what a submission that passes everything has.
    pub fn points(&self) -> u32 {
        self.scripts.iter().map(|script| script.weight).sum()
    }

    /// The assignment as the student `id` has it. The same `id` always gives the same, with the same `seed`. White space around
    /// `id` does not count; all else does.
    ///
    /// # Errors
    /// The brief or a script has a `<<name>>` that is no parameter, or a script is none with this student's values: file and line.
    pub fn for_student(&self, id: &str) -> Result<Instance> {
        let id = id.trim();
        let values = self.values(id);
        let brief = fill::fill(&self.brief, &values)
            .map_err(|wrong| anyhow!("{}", wrong.within(&self.folder.join(BRIEF))))?;
        let played = |script: &ScriptFile| Played::of(script, &values, &self.base);
        Ok(Instance {
            student: id.to_owned(),
            brief,
            scripts: self.scripts.iter().map(played).collect::<Result<_>>()?,
            values,
        })
    }

    /// What is put into the texts of the student `id`, by name.
    pub fn values(&self, id: &str) -> BTreeMap<String, String> {
        let seed = self.about.seed.as_deref().unwrap_or_default();
        let value = |(name, parameter): (&String, &Parameter)| {
            (name.clone(), parameter.value(name, seed, id.trim()))
        };
        let student = (parameter::STUDENT.to_owned(), id.trim().to_owned());
        self.parameters.iter().map(value).chain([student]).collect()
    }

    /// That it can be played, and that every parameter makes a difference.
    fn check(&self) -> Result<()> {
        let instance = self.for_student(ANYBODY)?;
        self.dependencies()?;
        for script in &instance.scripts {
            script
                .parse(&self.base)
                .map_err(|error| anyhow!("{}", script_error::plain(&error)))?;
        }
        let own = self.scripts.iter().filter(|it| it.is_own);
        let texts: Vec<&str> = own
            .map(|it| it.text.as_str())
            .chain([self.brief.as_str()])
            .collect();
        let is_used = |name: &&String| texts.iter().any(|text| fill::uses(text, name));
        match self.parameters.keys().find(|name| !is_used(name)) {
            Some(name) => bail!(
                "parameters.{name}: <<{name}>> is neither in {BRIEF} nor in a script of the folder; put it there, or leave it out"
            ),
            None => Ok(()),
        }
    }
}

/// What every complaint about an assignment begins with.
fn wrong(folder: &Path) -> String {
    format!(
        "{} does not say what it should",
        folder.join(FILE).display()
    )
}

#[cfg(test)]
mod tests;
