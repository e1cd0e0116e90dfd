//! Lessons: what `lesson.toml` says, and where things are.

use crate::library_tests;
use crate::script::{Only, Script, ScriptError, parse::parse};
use crate::task::Task;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One lesson: one crate, one program, one new idea.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Its place in the ladder; 3 for `lessons/03-select-one-port`, and 0 of an assignment, which has none.
    pub number: u32,
    /// The package and the program: `select-one-port`.
    pub name: String,
    /// Its folder, below the workspace's root: `lessons/03-select-one-port`, with the scripts and bugs.
    pub folder: PathBuf,
    /// The workspace's root, absolute.
    pub root: PathBuf,
    /// What `lesson.toml` says.
    pub about: About,
    /// The task that this is, if it is none of the ladder.
    pub task: Option<Task>,
}

/// The contents of a `lesson.toml`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The chapter's title.
    pub title: String,
    /// The one new idea, in a sentence.
    pub idea: String,
    /// Concepts that this lesson introduces.
    pub introduces: Vec<String>,
    /// Concepts that it takes for granted.
    pub assumes: Vec<String>,
    /// On which side of a connection the program is; a server where nothing is said.
    #[serde(default)]
    pub role: Role,
    /// The addresses that the program listens on when it is given none. The harness gives a server as many, with port 0; how a
    /// client is started, each script says.
    pub default_addresses: Vec<String>,
    /// The call in which the program waits when it has nothing to do, by its man page name.
    pub waits_in: String,
    /// The calls in which it may be found asleep on a socket, `waits_in` among them.
    pub may_sleep_in: Vec<String>,
    /// What the exercise begins with in place of the lesson's `src/main.rs`, relative to the lesson's folder: for a program that
    /// the learner writes from the specification.
    pub starter: Option<PathBuf>,
    /// Ways to start the program, if there are several: each script is then played in each.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// Why a [pitfall](crate::pitfalls) cannot be fallen into here, by its number.
    #[serde(default)]
    pub not_applicable: BTreeMap<String, String>,
    /// The functions whose bodies are left out of the exercise, in the order in which its program comes to them.
    #[serde(default)]
    pub holes: Vec<Hole>,
}

/// A function that is left to the learner.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// Its name, `receive`; there is only one of that name in its file.
    pub function: String,
    /// The file, relative to the lesson's folder.
    #[serde(default = "main_file")]
    pub file: PathBuf,
    /// What is to be done, in a few words: what `todo!` says.
    pub todo: String,
    /// The same in one to three sentences: the comment in the exercise.
    pub task: String,
    /// From a nudge to what all but is the answer.
    pub hints: Vec<String>,
}

fn main_file() -> PathBuf {
    PathBuf::from("src/main.rs")
}

/// A way to start a lesson's program.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What it is called: scripts are reported as `hello (poll)`, and can say that they are for it `only: poll`.
    pub name: String,
    /// What the program is started with.
    pub arguments: Vec<String>,
    /// The call in which it then waits, if it is not the lesson's.
    pub waits_in: Option<String>,
    /// Of a task: the lesson's variant that it is like. Scripts that are only for that one are for this one, too.
    pub like: Option<String>,
}

/// On which side of a connection a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It listens, and its scripts have clients.
    #[default]
    Server,
    /// It connects, and its scripts have peers.
    Client,
}

impl Lesson {
    /// The lessons below `root/lessons`, in their order.
    ///
    /// # Errors
    /// A folder that is no lesson: what is wrong with its name or its `lesson.toml`.
    pub fn all(root: &Path) -> Result<Vec<Lesson>> {
        let folder = root.join("lessons");
        let mut lessons = Vec::new();
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                lessons.push(Lesson::load(
                    root,
                    &Path::new("lessons").join(entry.file_name()),
                )?);
            }
        }
        lessons.sort_by_key(|lesson| lesson.number);
        Ok(lessons)
    }

    /// Reads the lesson in `folder`, which is relative to `root`.
    ///
    /// # Errors
    /// What is wrong with the folder's name or its `lesson.toml`.
    pub fn load(root: &Path, folder: &Path) -> Result<Lesson> {
        let full_name = folder
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let Some((number, name)) = full_name
            .split_once('-')
            .and_then(|(number, name)| Some((number.parse().ok()?, name)))
        else {
            bail!("{} is not named like a lesson, NN-name", folder.display());
        };
        let file = folder.join("lesson.toml");
        let text = fs::read_to_string(root.join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        let about = toml::from_str(&text)
            .with_context(|| format!("{} does not say what it should", file.display()))?;
        Ok(Lesson {
            number,
            name: name.to_owned(),
            folder: folder.to_owned(),
            root: root.to_owned(),
            about,
            task: None,
        })
    }

    /// The name that the chapter has, of a task that of its lesson: `03-select-one-port`.
    pub fn chapter_name(&self) -> String {
        self.numbered(&self.name)
    }

    /// The name that folders have: `03-select-one-port`, of a task `03-select-one-port--logger`.
    pub fn full_name(&self) -> String {
        self.numbered(&self.unique_name())
    }

    fn numbered(&self, name: &str) -> String {
        match self.number {
            0 => name.to_owned(),
            number => format!("{number:02}-{name}"),
        }
    }

    /// What it is, as a sentence begins with it: `Lesson`, or `Assignment`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.number {
            0 => "Assignment",
            _ => "Lesson",
        }
    }

    /// What tells it from all others: `select-one-port`, of a task `select-one-port--logger`.
    pub fn unique_name(&self) -> String {
        match &self.task {
            Some(task) => format!("{}--{}", self.name, task.name),
            None => self.name.clone(),
        }
    }

    /// What a user writes after a command to mean it: `03`, of a task `03 --task logger`; nothing for an assignment, which is
    /// alone in its workspace.
    pub fn words(&self) -> String {
        match &self.task {
            None if self.number == 0 => String::new(),
            Some(task) => format!("{:02} --task {}", self.number, task.name),
            None => format!("{:02}", self.number),
        }
    }

    /// Whether a user who writes `word` means this lesson: `3`, `03`, `select-one-port` or `03-select-one-port`.
    pub fn is_called(&self, word: &str) -> bool {
        word.parse() == Ok(self.number) || word == self.name || word == self.chapter_name()
    }

    /// Where its scripts are, relative to the root.
    pub fn script_folder(&self) -> PathBuf {
        self.folder.join("scripts")
    }

    /// Its scripts, by name; if it has variants, each once for each that it is for. Before them the tests that judge its library,
    /// if there are any.
    ///
    /// # Errors
    /// The outer error: the folder cannot be read. The inner ones: scripts that do not parse.
    pub fn scripts(&self) -> Result<Vec<Result<Script, ScriptError>>> {
        let tests = library_tests::all(self)?;
        let mut scripts: Vec<_> = tests.into_iter().map(Ok).collect();
        for path in self.script_files()? {
            let source = fs::read_to_string(self.root.join(&path))
                .with_context(|| format!("cannot read {}", path.display()))?;
            match self.read(&path, &source) {
                Ok(played) => scripts.extend(played.into_iter().map(Ok)),
                Err(error) => scripts.push(Err(error)),
            }
        }
        Ok(scripts)
    }

    /// The files of its scripts, by name; of a task its own before the lesson's.
    fn script_files(&self) -> Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = Vec::new();
        for folder in self.script_folders() {
            let full = self.root.join(&folder);
            let cannot_read = || format!("cannot read {}", full.display());
            let mut paths = Vec::new();
            for entry in fs::read_dir(&full).with_context(cannot_read)? {
                let path = folder.join(entry?.file_name());
                let is_script = path.extension().is_some_and(|ending| ending == "script");
                if is_script && self.holds(&path) {
                    paths.push(path);
                }
            }
            paths.sort();
            let name = |path: &PathBuf| path.file_name().map(ToOwned::to_owned);
            let twice = |path: &&PathBuf| files.iter().any(|it| name(it) == name(path));
            if let Some(path) = paths.iter().find(twice) {
                bail!("{} has the name of a script of the task", path.display());
            }
            files.extend(paths);
        }
        Ok(files)
    }

    /// A script of this lesson as it is played: once, or once for each variant that it is for.
    ///
    /// # Errors
    /// It is for a variant that the lesson does not have.
    fn in_variants(&self, script: Script) -> Result<Vec<Script>, ScriptError> {
        let variants = || self.about.variants.iter().map(|variant| &variant.name);
        // What a task has instead, the scripts of its lesson do not know.
        let is_lessons = self.task.is_some() && !self.is_own(&script.path);
        let is_known = |only: &&Only| is_lessons || variants().any(|name| *name == only.variant);
        if let Some(only) = script.only.iter().find(|only| !is_known(only)) {
            let known: Vec<&str> = variants().map(String::as_str).collect();
            return Err(ScriptError {
                path: script.path.clone(),
                source: script.source.clone(),
                span: only.span.clone(),
                message: format!("unknown variant \"{}\"", only.variant),
                help: match known.is_empty() {
                    true => "this lesson has no variants: remove the line".into(),
                    false => format!("the variants in lesson.toml: {}", known.join(", ")),
                },
            });
        }
        if self.about.variants.is_empty() {
            return Ok(vec![script]);
        }
        let is_for = |variant: &&Variant| {
            let is_it = |only: &Only| {
                only.variant == variant.name || Some(&only.variant) == variant.like.as_ref()
            };
            script.only.is_empty() || script.only.iter().any(is_it)
        };
        let variants = self.about.variants.iter().filter(is_for);
        Ok(variants
            .map(|variant| script.in_variant(&variant.name))
            .collect())
    }

    /// Reads a script for this lesson, as it is played: once, or once for each variant that it is for.
    ///
    /// # Errors
    /// It is no script, or its program is on the other side of the connection, or it is for a variant that there is not.
    pub fn read(&self, path: &Path, source: &str) -> Result<Vec<Script>, ScriptError> {
        let script = parse(path, source)?;
        let (is, other, begins) = match self.about.role {
            Role::Server => ("server", "client", "ada connects"),
            Role::Client => ("client", "server", "peer listens"),
        };
        match script.steps.first() {
            Some(first) if script.is_for_a_client() != (self.about.role == Role::Client) => {
                Err(ScriptError {
                    path: path.to_owned(),
                    source: source.to_owned(),
                    span: first.span.clone(),
                    message: format!("this is for a {other}, and {} is a {is}", self.name),
                    help: format!("a script for a {is} begins with: {begins}"),
                })
            }
            _ => self.in_variants(script),
        }
    }
}

#[cfg(test)]
#[path = "lesson_tests.rs"]
mod tests;
