//! What came of playing a script.

use crate::habit::Habit;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

/// What came of playing one script once.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// From starting the program to its end.
    pub took: Duration,
}

/// How a script ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Everything that was asked and unasked held.
    Passed,
    /// Something is proven to be wrong.
    Failed(Finding),
    /// It could not be played here; why.
    Skipped(String),
    /// Neither right nor wrong could be proven in time, or the script itself cannot be played.
    Undecided(Finding),
}

/// Something that was found to be wrong.
#[derive(Debug, Clone)]
pub struct Finding {
    /// One sentence, without a full stop: `bob did not receive "hi\n": the server will never send it`.
    pub message: String,
    /// The step (index into `Script::steps`) at which it showed; `None` if it showed after the last one, or before the first.
    pub step: Option<usize>,
    /// Of a test, which has no steps: the bytes of `Script::source` at which it showed.
    pub at: Option<Range<usize>>,
    /// What else is known, in the order in which it is told.
    pub facts: Vec<Fact>,
    /// Where the program was; `None` if it never ran, or could not be looked at.
    pub state: Option<State>,
    /// What is wrong with the program whatever the script asks, if it is that.
    pub habit: Option<Habit>,
    /// From the last time that a byte moved, or the program did something, to the verdict; how quick the finding was.
    pub stalled_for: Option<Duration>,
    /// What the program came to that is still to be written. Then nothing else is said of it.
    pub unwritten: Option<Box<Unwritten>>,
}

/// Where a program was when something was found to be wrong with it: what many findings are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// All its threads slept.
    Asleep {
        /// The call that is told of: `select`; of calls on a socket `accept`, `recv`, `send` or `connect`, whichever relative it is.
        call: String,
        /// Whether the lesson lets it sleep there.
        is_right: bool,
    },
    /// It used the processor, or was about to.
    Running,
    /// It used the processor with nothing to do.
    Spinning,
    /// It woke up again and again with nothing to do.
    Polling,
    /// The script had stopped it.
    Frozen,
    /// It had exited.
    Exited {
        /// With this status.
        status: i32,
    },
    /// A signal had ended it.
    Killed {
        /// Its name: `SIGSEGV`.
        signal: String,
    },
    /// Somebody had killed the process that watches over it.
    Lost,
    /// It had come to something that is still to be written.
    Unwritten,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            State::Asleep { call, .. } => write!(f, "asleep in {call}"),
            State::Running => f.write_str("running"),
            State::Spinning => f.write_str("spinning"),
            State::Polling => f.write_str("polling by the clock"),
            State::Frozen => f.write_str("frozen"),
            State::Exited { status } => write!(f, "exited with {status}"),
            State::Killed { signal } => write!(f, "died of {signal}"),
            State::Lost => f.write_str("lost"),
            State::Unwritten => f.write_str("came to a todo!"),
        }
    }
}

/// A place in the user's program where `todo!` stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// The file, relative to the workspace's root.
    pub path: PathBuf,
    /// Its text.
    pub source: String,
    /// Where in it `todo!` stands.
    pub span: Range<usize>,
    /// The function around it; empty if there is none.
    pub function: String,
    /// Which of the exercise's holes it is, counted from 1, and how many there are; `None` if the user has put it there.
    pub hole: Option<(usize, usize)>,
    /// What is to be done there.
    pub task: Option<String>,
    /// From a nudge to what all but is the answer.
    pub hints: Vec<String>,
}

/// One thing that is known about a failure: `server: asleep in send, writing to ada`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about: `server`, `unread`, `clients`, `server printed`, `stderr`, `expected`, `received` …
    pub label: &'static str,
    /// One or more lines.
    pub text: String,
}
