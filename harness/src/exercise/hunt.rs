//! Bug hunts: a lesson's program with one of its known bugs in it, for the learner to find and to mend.
//!
//! Which bug it is stands in a file that is not looked at by chance, `exercises/.hunt/05-select-read-write`, and so does
//! what the scripts said when the hunt began. Some bugs make a script fail now and then. So each script has been played
//! several times: of one that failed each time, a pass is a change, of one that passed each time, a failure is. Of
//! the others nothing is known, and nothing is said.

use super::{Editor, Exercise, compare, hollow, package, scan};
use crate::lesson::Lesson;
use crate::prove::apply::{self, Sources};
use crate::prove::bug::Bug;
use crate::report::script_error;
use anyhow::{Context, Result, anyhow, bail};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// The folder of what is known of hunts, below that of the exercises.
const FOLDER: &str = ".hunt";

/// Cheats: another design rather than a slip of this one.
const CHEATING: u32 = 11;

/// The hunt of a lesson, whether it has begun or not.
#[derive(Debug, Clone)]
pub struct Hunt<'l> {
    /// Where the program is that the bug is in: `exercises/05-select-read-write--hunt`.
    pub exercise: Exercise<'l>,
}

/// What is known of a hunt that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The bug's name.
    pub bug: String,
    /// Whether the learner knows it, found or told.
    pub is_over: bool,
    /// The scripts that failed each time when it began.
    pub failing: Vec<String>,
    /// The scripts that failed at times when it began.
    pub varying: Vec<String>,
}

impl State {
    /// What is known of each script, when these are the ones that failed, each so often, of so many `runs`.
    pub fn note(&mut self, failures: &BTreeMap<String, u32>, runs: u32) {
        let names = |always: bool| {
            let named = failures.iter();
            let named = named.filter(move |(_, times)| (**times == runs) == always);
            named.map(|(name, _)| name.clone()).collect()
        };
        (self.failing, self.varying) = (names(true), names(false));
    }
}

/// What was made for the learner.
#[derive(Debug)]
pub struct Begun {
    /// Where the last hunt's program is now, relative to the workspace's root.
    pub backup: Option<PathBuf>,
    /// Whether the editor knows where to look.
    pub editor: Editor,
}

impl<'l> Hunt<'l> {
    /// The hunt of `lesson`.
    pub fn of(lesson: &'l Lesson) -> Hunt<'l> {
        Hunt {
            exercise: Exercise {
                name: format!("{}--hunt", lesson.full_name()),
                package: format!("hunt-{}", lesson.name),
                is_hunt: true,
                ..Exercise::of(lesson)
            },
        }
    }

    /// The bugs that can be hunted, by name.
    ///
    /// # Errors
    /// A file cannot be read, or is not written right.
    pub fn bugs(&self) -> Result<Vec<Bug>> {
        let lesson = self.exercise.lesson;
        let scripts: Vec<_> = lesson.scripts()?.into_iter().flatten().collect();
        let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        let bugs = Bug::all(lesson, &names)?.into_iter();
        let bugs = bugs.map(|bug| bug.map_err(|error| anyhow!(script_error::plain(&error))));
        bugs.filter(|bug| {
            bug.as_ref()
                .map_or(true, |bug| bug.pitfall != Some(CHEATING))
        })
        .collect()
    }

    /// The bug called `name`.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn bug(&self, name: &str) -> Result<Bug> {
        let found = self.bugs()?.into_iter().find(|bug| bug.name() == name);
        found.with_context(|| format!("{} has no bug {name} to hunt", self.exercise.lesson.name))
    }

    /// Puts the lesson's program with `bug` in it where the learner finds it. What there was becomes a backup.
    ///
    /// # Errors
    /// The bug does not fit the lesson's source, or files cannot be moved or written.
    pub fn begin(&self, bug: &Bug) -> Result<Begun> {
        let exercise = &self.exercise;
        let sources = self.with(bug)?;
        let backup = exercise
            .exists()
            .then(|| exercise.move_away())
            .transpose()?;
        package::write(exercise, &sources)?;
        exercise.write_workspace()?;
        Ok(Begun {
            backup,
            editor: package::tell_editor(&exercise.lesson.root)?,
        })
    }

    /// What would make the lesson's program of the one with `bug`, as a unified diff.
    ///
    /// # Errors
    /// The bug does not fit the lesson's source, or it cannot be read.
    pub fn answer(&self, bug: &Bug) -> Result<String> {
        let right = self.readable(&apply::sources(self.exercise.lesson)?);
        Ok(compare::unified(
            (&self.exercise.folder(), &self.with(bug)?),
            (&self.exercise.lesson.folder, &right),
        ))
    }

    fn with(&self, bug: &Bug) -> Result<Sources> {
        let sources = apply::sources(self.exercise.lesson)?;
        let bad = apply::apply(&bug.patch, &sources);
        let bad = bad.map_err(|error| anyhow!(script_error::plain(&error)))?;
        Ok(self.readable(&bad))
    }

    /// Sources as a hunter sees them. The remarks between the lines are about how it is done right: what contradicts
    /// one of them would be found by reading, without understanding.
    fn readable(&self, sources: &Sources) -> Sources {
        let lesson = self.exercise.lesson;
        let run = format!("cargo xtask run {:02}", lesson.number);
        let own = |text: &String| text.replace(&format!("{run} --mine"), &format!("{run} --hunt"));
        let complete = hollow::complete(lesson, sources).into_iter();
        complete
            .map(|(path, text)| (path, scan::without_remarks(&own(&text))))
            .collect()
    }

    fn file(&self) -> PathBuf {
        let exercise = &self.exercise;
        let name = exercise.lesson.full_name();
        exercise.workspace.join(FOLDER).join(name)
    }

    /// What is known of it; nothing, if it has not begun or that was deleted.
    pub fn state(&self) -> Option<State> {
        State::read(&fs::read_to_string(self.file()).ok()?)
    }

    /// Remembers it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, state: &State) -> Result<()> {
        let file = self.file();
        let folder = file.parent().unwrap_or(&file);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, state.text()))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// # Errors
    /// The last one has begun and is not over; what to do.
    pub fn must_be_over(&self) -> Result<()> {
        let is_over = self.state().is_some_and(|state| state.is_over);
        if is_over || !self.exercise.exists() {
            return Ok(());
        }
        let (folder, number) = (self.exercise.folder(), self.exercise.lesson.number);
        bail!(
            "the bug in {} is not found yet; `cargo xtask hunt {number:02} --give-up` shows it, `--again` keeps the \
             program as a backup and begins another hunt",
            folder.display()
        )
    }
}

impl State {
    fn text(&self) -> String {
        let mut text = format!("bug: {}\n", self.bug);
        if self.is_over {
            text += "over\n";
        }
        for script in &self.failing {
            let _ = writeln!(text, "fails: {script}"); // A String takes everything.
        }
        for script in &self.varying {
            let _ = writeln!(text, "fails at times: {script}");
        }
        text
    }

    fn read(text: &str) -> Option<State> {
        let of = |key: &str| {
            let key = format!("{key}: ");
            let lines = text.lines();
            lines.filter_map(move |line| Some(line.strip_prefix(&*key)?.to_owned()))
        };
        Some(State {
            bug: of("bug").next()?,
            is_over: text.lines().any(|line| line == "over"),
            failing: of("fails").collect(),
            varying: of("fails at times").collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use std::path::Path;

    const MAIN: &str =
        "//! cargo run -p select\n\n/// Answers.\nfn answer() {\n    // At once.\n    send();\n}\n";
    const PATCH: &str = "why: Forgotten.\npitfall: PITFALL\ncaught by: hello: never\n\n--- a/src/main.rs\n+++ b/src/main.rs\n@@ -5,3 +5,3 @@\n     // At once.\n-    send();\n+    queue();\n }\n";

    /// A lesson with a bug of each of these names and pitfalls.
    fn lesson(bugs: &[(&str, &str)]) -> (tempfile::TempDir, Lesson) {
        let root = tempfile::tempdir().unwrap();
        let mut lesson = samples::lesson(5, "select");
        lesson.root = root.path().to_owned();
        let folder = root.path().join(&lesson.folder);
        for below in ["src", "scripts", "bugs"] {
            fs::create_dir_all(folder.join(below)).unwrap();
        }
        fs::write(root.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        fs::write(root.path().join("Cargo.lock"), "version = 4\n").unwrap();
        fs::write(
            folder.join("Cargo.toml"),
            "[package]\nname = \"select\"\n\n[dependencies]\nnix = \"0\"\n",
        )
        .unwrap();
        fs::write(folder.join("src/main.rs"), MAIN).unwrap();
        fs::write(
            folder.join("scripts/hello.script"),
            "# Hello\n\nada connects\n",
        )
        .unwrap();
        for (name, pitfall) in bugs {
            let file = folder.join("bugs").join(format!("{name}.patch"));
            fs::write(file, PATCH.replace("PITFALL", pitfall)).unwrap();
        }
        (root, lesson)
    }

    #[test]
    fn a_hunted_program_has_the_bug_and_no_remarks_that_betray_it() {
        let (root, lesson) = lesson(&[("forgets", "2")]);
        let hunt = Hunt::of(&lesson);
        let begun = hunt.begin(&hunt.bug("forgets").unwrap()).unwrap();
        assert_eq!(begun.backup, None);
        let folder = root.path().join("exercises/05-select--hunt");
        assert_eq!(
            fs::read_to_string(folder.join("src/main.rs")).unwrap(),
            "//! cargo xtask run 05 --hunt\n\n/// Answers.\nfn answer() {\n    queue();\n}\n"
        );
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"hunt-select\""), "{manifest}");
        assert!(!manifest.contains("forgets"), "{manifest}");
    }

    #[test]
    fn the_answer_is_what_the_bug_has_changed() {
        let (_root, lesson) = lesson(&[("forgets", "2")]);
        let hunt = Hunt::of(&lesson);
        let answer = hunt.answer(&hunt.bug("forgets").unwrap()).unwrap();
        assert!(
            answer.contains("\n-    queue();\n+    send();\n"),
            "{answer}"
        );
        assert!(!answer.contains("At once"), "{answer}");
    }

    #[test]
    fn another_hunt_keeps_the_last_ones_program() {
        let (root, lesson) = lesson(&[("forgets", "2")]);
        let hunt = Hunt::of(&lesson);
        let bug = hunt.bug("forgets").unwrap();
        hunt.begin(&bug).unwrap();
        let main = root.path().join("exercises/05-select--hunt/src/main.rs");
        fs::write(&main, "mine\n").unwrap();
        let backup = hunt.begin(&bug).unwrap().backup.unwrap();
        assert_eq!(backup, Path::new("exercises/backup/05-select--hunt-1"));
        let kept = root.path().join(backup).join("src/main.rs");
        assert_eq!(fs::read_to_string(kept).unwrap(), "mine\n");
        assert_ne!(fs::read_to_string(main).unwrap(), "mine\n");
    }

    #[test]
    fn cheats_are_not_hunted() {
        let (_root, lesson) = lesson(&[("forgets", "none"), ("threads", "11")]);
        let hunt = Hunt::of(&lesson);
        let names: Vec<String> = hunt
            .bugs()
            .unwrap()
            .iter()
            .map(|bug| bug.name().to_owned())
            .collect();
        assert_eq!(names, ["forgets"]);
        assert!(hunt.bug("threads").is_err());
    }

    #[test]
    fn a_script_that_fails_at_times_is_neither_right_nor_wrong() {
        let failures = [("hello", 3), ("half-close", 1)];
        let failures = failures.map(|(name, times)| (name.to_owned(), times));
        let mut state = State {
            bug: "forgets".into(),
            is_over: false,
            failing: Vec::new(),
            varying: Vec::new(),
        };
        state.note(&failures.into(), 3);
        assert_eq!(
            (state.failing, state.varying),
            (vec!["hello".into()], vec!["half-close".into()])
        );
    }

    #[test]
    fn what_is_known_of_a_hunt_is_read_again() {
        let (_root, lesson) = lesson(&[]);
        let hunt = Hunt::of(&lesson);
        assert_eq!(hunt.state(), None);
        for is_over in [false, true] {
            let state = State {
                bug: "forgets".into(),
                is_over,
                failing: vec!["hello (poll)".into(), "slow-reader".into()],
                varying: vec!["half-close (poll)".into()],
            };
            hunt.save(&state).unwrap();
            assert_eq!(hunt.state(), Some(state));
        }
    }
}
