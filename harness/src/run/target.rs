//! What is checked.

use crate::lesson::Lesson;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is checked: a program, and what is known of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The program and its fixed arguments; the addresses come after them.
    pub command: Vec<OsString>,
    /// The folder that it is run in.
    pub directory: PathBuf,
    /// How many addresses it is given, each `127.0.0.1:0`.
    pub addresses: usize,
    /// The call in which it waits when it has nothing to do; `None` for any.
    pub waits_in: Option<String>,
    /// The calls in which it may be found asleep on a socket; not asked where `waits_in` is `None`.
    pub may_sleep_in: Vec<String>,
}

impl Target {
    /// `command` as the program of `lesson`, to be run in `directory`.
    pub fn of_lesson(lesson: &Lesson, command: Vec<OsString>, directory: PathBuf) -> Target {
        Target {
            command,
            directory,
            addresses: lesson.about.default_addresses.len(),
            waits_in: Some(lesson.about.waits_in.clone()),
            may_sleep_in: lesson.about.may_sleep_in.clone(),
        }
    }
}
