//! What an `assignment.toml` says.

use anyhow::{Context, Result, anyhow, bail};
use harness::lesson::{Hole, Lesson, Role};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use toml::{Table, Value};

/// The contents of an `assignment.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// What it is called: its package and its program, lower-case words with hyphens between them.
    pub name: String,
    /// What is to be made, in a few words.
    pub title: String,
    /// What students begin with; read as a [`Starter`].
    pub starter: Value,
    /// The lesson whose rules the program is judged by: how many addresses it is given, in which call it waits. That of the
    /// starter, if nothing is said.
    pub judged_as: Option<String>,
    /// The call in which the program waits when it has nothing to do, if it is not the lesson's; `any` leaves it open.
    pub waits_in: Option<String>,
    /// The addresses that the program listens on when it is given none, if they are not the lesson's.
    pub default_addresses: Option<Vec<String>>,
    /// What all choices for students depend on. Keep it, and they stay the same; they are others with another one.
    pub seed: Option<String>,
    /// Numbers and words that are put into the brief and the scripts, by name; read as [`Parameter`](super::Parameter)s.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// The files that are the student's to write, relative to what is handed out: `src/**/*.rs`, where `*` stands for
    /// whatever has no slash, and `**` for any folders.
    #[serde(default = "all_sources")]
    pub may_change: Vec<String>,
    /// What the program may depend on, beside what the starter does, as in the `[dependencies]` of a Cargo.toml. `workspace = true`
    /// is the version that the course has.
    #[serde(default)]
    pub crates: Table,
    /// The scripts that are played against the program.
    pub scripts: Vec<Scripts>,
}

/// One script, or several of a lesson that weigh the same.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    /// A script of the assignment's own, relative to its folder.
    pub file: Option<PathBuf>,
    /// The lesson that the scripts are from.
    pub lesson: Option<String>,
    /// One of the lesson's tasks, if they are from that.
    pub task: Option<String>,
    /// Their names; all that the lesson has, or all that are the task's own, if nothing is said.
    pub names: Option<Vec<String>>,
    /// The points that each of them gives.
    #[serde(default = "one")]
    pub weight: u32,
    /// Whether students get to see no more of it than its title.
    #[serde(default)]
    pub hidden: bool,
    /// What students are told of it, if it is not the script's own title.
    pub title: Option<String>,
}

/// What students begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Starter {
    /// `{ lesson = "05" }`: the lesson's program with its holes, or, with `holes = ["wait"]`, with these only. With `holes = []` it
    /// is the finished program.
    Lesson {
        /// The lesson, as a user may call it.
        lesson: String,
        /// The functions that are left to the student; all that the lesson leaves to a learner, if nothing is said.
        holes: Option<Vec<String>>,
    },
    /// `{ lesson = "05", task = "idle-timeout" }`: what the task begins with, which is the lesson's program.
    Task {
        /// The lesson, as a user may call it.
        lesson: String,
        /// The task's name.
        task: String,
    },
    /// `"chat"`: what lesson 12's exercise begins with.
    Chat,
    /// `"empty"`: a main function that has nothing to do yet.
    Empty,
    /// `{ folder = "starter" }`: sources of the assignment's own, relative to its folder. They are those of `src/`.
    Folder(PathBuf),
}

/// The keys of a starter that is a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StarterTable {
    lesson: Option<String>,
    holes: Option<Vec<String>>,
    task: Option<String>,
    folder: Option<PathBuf>,
}

/// What an empty main says when it is run.
pub(super) const TODO: &str = "README.md says what it is to do";
/// The lesson that `"chat"` means.
const CHAT: &str = "12";
const STARTERS: &str = r#"a starter is { lesson = "05" }, { lesson = "05", holes = ["wait"] }, { lesson = "05", task = "idle-timeout" }, { folder = "starter" }, "chat" or "empty""#;

fn all_sources() -> Vec<String> {
    vec!["src/**/*.rs".into()]
}

fn one() -> u32 {
    1
}

impl Starter {
    pub(super) fn read(value: &Value) -> Result<Starter> {
        let table: StarterTable = match value {
            Value::String(word) if word == "chat" => return Ok(Starter::Chat),
            Value::String(word) if word == "empty" => return Ok(Starter::Empty),
            Value::Table(table) => {
                let read = table.clone().try_into();
                read.map_err(|wrong: toml::de::Error| anyhow!("starter: {}", wrong.message()))?
            }
            other => bail!("starter = {other}: {STARTERS}"),
        };
        match (table.lesson, table.holes, table.task, table.folder) {
            (Some(lesson), holes, None, None) => Ok(Starter::Lesson { lesson, holes }),
            (Some(lesson), None, Some(task), None) => Ok(Starter::Task { lesson, task }),
            (None, None, None, Some(folder)) => Ok(Starter::Folder(folder)),
            _ => bail!("starter = {value}: {STARTERS}"),
        }
    }

    /// The lesson that it is from, as a user may call it.
    pub fn lesson(&self) -> Option<&str> {
        match self {
            Starter::Lesson { lesson, .. } | Starter::Task { lesson, .. } => Some(lesson),
            Starter::Chat => Some(CHAT),
            Starter::Empty | Starter::Folder(_) => None,
        }
    }

    /// That there is what it names.
    pub(super) fn check(&self, lessons: &[Lesson], folder: &Path) -> Result<()> {
        if let Starter::Folder(starter) = self {
            let main = folder.join(starter).join("main.rs");
            if !main.is_file() {
                bail!("starter.folder: there is no {}", main.display());
            }
        }
        let Some(word) = self.lesson() else {
            return Ok(());
        };
        let lesson = find(lessons, word).context("starter")?;
        match self {
            Starter::Task { task, .. } => drop(lesson.find_task(task).context("starter.task")?),
            Starter::Lesson {
                holes: Some(holes), ..
            } => {
                let known: Vec<_> = lesson.about.holes.iter().map(|it| &it.function).collect();
                if let Some(hole) = holes.iter().find(|hole| !known.contains(hole)) {
                    bail!(
                        "starter.holes: {hole} is no hole of lesson {word}; its holes are {known:?}"
                    );
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl About {
    /// That names and files are what they can be.
    pub(super) fn check(&self) -> Result<()> {
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_word = |word: &str| !word.is_empty() && word.chars().all(is_letter);
        let begins = self.name.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || !self.name.split('-').all(is_word) {
            bail!(
                "name = \"{}\": it becomes a package, so it is of lower-case words with hyphens between them, such as quota-echo",
                self.name
            );
        }
        if self.scripts.is_empty() {
            bail!("scripts: at least one script says what is right");
        }
        for pattern in &self.may_change {
            let inside = |part: Component| matches!(part, Component::Normal(_));
            if !Path::new(pattern).components().all(inside) || pattern.is_empty() {
                bail!("may_change: {pattern} is not inside of what is handed out; src/**/*.rs is");
            }
        }
        Ok(())
    }

    /// The lesson whose rules count, as an instructor may call it.
    pub(super) fn judging_lesson<'a>(&'a self, starter: &'a Starter) -> Result<&'a str> {
        self.judged_as.as_deref().or(starter.lesson()).context(
            "judged_as: name the lesson whose rules the program is judged by, such as judged_as = \"10\" for one that waits in epoll_wait",
        )
    }

    /// The rules that the program is judged by.
    pub(super) fn base(&self, lessons: &[Lesson], starter: &Starter) -> Result<Lesson> {
        let word = self.judging_lesson(starter)?;
        let mut base = match starter {
            Starter::Task { task, .. } if self.judged_as.is_none() => {
                find(lessons, word)?.find_task(task)?
            }
            _ => find(lessons, word).context("judged_as")?.clone(),
        };
        base.name.clone_from(&self.name);
        base.about.title.clone_from(&self.title);
        base.task = None;
        base.number = 0;
        base.about.starter = None;
        // What is still to be written is told by its hole, whatever the rules are.
        base.about.holes = match (starter.lesson(), starter) {
            (Some(word), _) => starter.opened(lessons, word)?.about.holes,
            (None, Starter::Empty) => vec![all_of_it()],
            (None, _) => Vec::new(),
        };
        if let Some(call) = &self.waits_in {
            let former = std::mem::replace(&mut base.about.waits_in, call.clone());
            base.about.may_sleep_in.retain(|it| *it != former);
            base.about.may_sleep_in.insert(0, call.clone());
        }
        if let Some(addresses) = &self.default_addresses {
            if base.about.role == Role::Client {
                bail!("default_addresses: a client listens nowhere");
            }
            base.about.default_addresses.clone_from(addresses);
        }
        Ok(base)
    }
}

/// What is left to a student who begins with an empty main.
fn all_of_it() -> Hole {
    Hole {
        function: "main".into(),
        file: "src/main.rs".into(),
        todo: TODO.into(),
        task: "Write the program from the beginning: README.md says what it does, and the scripts show it. \
               Begin with the shortest of them."
            .into(),
        hints: Vec::new(),
    }
}

/// The lesson that an instructor calls `word`.
pub(super) fn find<'l>(lessons: &'l [Lesson], word: &str) -> Result<&'l Lesson> {
    let found = lessons.iter().find(|lesson| lesson.is_called(word));
    found.with_context(|| {
        let all: Vec<_> = lessons.iter().map(Lesson::chapter_name).collect();
        format!("there is no lesson {word}; there are {}", all.join(", "))
    })
}
