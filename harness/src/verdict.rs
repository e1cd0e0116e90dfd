//! What came of playing a script.

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
    /// From the last time that a byte moved, or the program did something, to the verdict; how quick the finding was.
    pub stalled_for: Option<Duration>,
    /// What the program came to that is still to be written. Then nothing else is said of it.
    pub unwritten: Option<Box<Unwritten>>,
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
