//! What a learner has reached: a text file, by exercise and script, which may be deleted at any time.

use super::FOLDER;
use crate::habit::Habit;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const FILE: &str = "progress.txt";
const HEAD: &str = "\
# What `cargo xtask` remembers of your exercises: which scripts passed last, which hints you have seen, which bugs
# you have found. It may be deleted: then `verify --mine` finds out again, hints begin with the first, no bug is found.
";

/// All that is remembered.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Progress {
    exercises: BTreeMap<String, OfExercise>,
}

/// What is remembered of one exercise.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct OfExercise {
    /// Whether each script passed when it was played last.
    pub scripts: BTreeMap<String, bool>,
    /// What stopped the last check first.
    pub stopped_at: Option<Stop>,
    /// How many hints have been seen.
    pub hints: BTreeMap<Stop, usize>,
    /// The bugs that have been found in hunts of this name.
    pub found: BTreeSet<String>,
}

/// What a learner may need a hint for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// A hole: the name of its function.
    Hole(String),
    /// A script that fails: its name.
    Script(String),
    /// What is wrong whatever a script asks.
    Habit(Habit),
}

impl Stop {
    fn words(&self) -> (&'static str, &str) {
        match self {
            Stop::Hole(name) => ("hole", name),
            Stop::Script(name) => ("script", name),
            Stop::Habit(habit) => ("habit", habit.name()),
        }
    }

    fn read(kind: &str, name: &str) -> Option<Stop> {
        match kind {
            "hole" => Some(Stop::Hole(name.to_owned())),
            "script" => Some(Stop::Script(name.to_owned())),
            "habit" => Habit::of_name(name).map(Stop::Habit),
            _ => None,
        }
    }
}

impl OfExercise {
    /// How many scripts passed when they were played last.
    pub fn passed(&self) -> usize {
        self.scripts.values().filter(|passed| **passed).count()
    }
}

impl Progress {
    /// What is remembered in the workspace at `root`. Nothing, where there is nothing, or nothing that can be read.
    pub fn load(root: &Path) -> Progress {
        let text = fs::read_to_string(root.join(FOLDER).join(FILE)).unwrap_or_default();
        Progress::read(&text)
    }

    /// Remembers it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, root: &Path) -> Result<()> {
        let file = root.join(FOLDER).join(FILE);
        fs::write(&file, self.text()).with_context(|| format!("cannot write {}", file.display()))
    }

    /// What is remembered of the exercise called `name`, if anything.
    pub fn of(&self, name: &str) -> Option<&OfExercise> {
        self.exercises.get(name)
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, name: &str) -> &mut OfExercise {
        self.exercises.entry(name.to_owned()).or_default()
    }

    /// Forgets the exercise called `name`.
    pub fn forget(&mut self, name: &str) {
        self.exercises.remove(name);
    }

    /// Reads lines as [`Progress::text`] writes them. What is none of them was not written by this, and is left out.
    fn read(text: &str) -> Progress {
        let mut progress = Progress::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split(": ").collect();
            match words[..] {
                [name, "script", script, outcome @ ("passed" | "failed")] => {
                    let scripts = &mut progress.of_mut(name).scripts;
                    scripts.insert(script.to_owned(), outcome == "passed");
                }
                [name, "found", bug] => {
                    progress.of_mut(name).found.insert(bug.to_owned());
                }
                [name, "stopped at", kind, what] => {
                    progress.of_mut(name).stopped_at = Stop::read(kind, what);
                }
                [name, "hints seen", kind, what, count] => {
                    if let (Some(stop), Ok(count)) = (Stop::read(kind, what), count.parse()) {
                        progress.of_mut(name).hints.insert(stop, count);
                    }
                }
                _ => {}
            }
        }
        progress
    }

    fn text(&self) -> String {
        let mut text = String::from(HEAD);
        for (name, exercise) in &self.exercises {
            text.push('\n');
            for (script, passed) in &exercise.scripts {
                let outcome = if *passed { "passed" } else { "failed" };
                let _ = writeln!(text, "{name}: script: {script}: {outcome}"); // A String takes everything.
            }
            if let Some(stop) = &exercise.stopped_at {
                let (kind, what) = stop.words();
                let _ = writeln!(text, "{name}: stopped at: {kind}: {what}");
            }
            for bug in &exercise.found {
                let _ = writeln!(text, "{name}: found: {bug}");
            }
            for (stop, count) in &exercise.hints {
                let (kind, what) = stop.words();
                let _ = writeln!(text, "{name}: hints seen: {kind}: {what}: {count}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        let mut progress = Progress::default();
        let exercise = progress.of_mut("08-selectors");
        exercise.scripts.insert("hello (poll)".into(), true);
        exercise.scripts.insert("hello (select)".into(), false);
        exercise.stopped_at = Some(Stop::Script("hello (select)".into()));
        exercise.hints.insert(Stop::Hole("wait".into()), 2);
        exercise.hints.insert(Stop::Habit(Habit::Spins), 1);
        exercise.found.insert("inline-write".into());
        progress
    }

    #[test]
    fn what_is_written_is_read_again() {
        let progress = progress();
        assert_eq!(Progress::read(&progress.text()), progress);
        assert!(
            progress
                .text()
                .contains("\n08-selectors: script: hello (poll): passed\n")
        );
        assert_eq!(progress.of("08-selectors").unwrap().passed(), 1);
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let text = progress().text()
            + "nonsense\n08-selectors: hints seen: hole: wait: many\na: b: c\n: : :\n";
        assert_eq!(Progress::read(&text), progress());
    }

    #[test]
    fn a_file_that_is_not_there_is_no_progress() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Progress::load(root.path()), Progress::default());
    }
}
