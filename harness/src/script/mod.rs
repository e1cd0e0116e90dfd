//! Scripts: what clients do with a server, and what they must see. One file is one situation.
//!
//! This module is the model; [`parse`](parse::parse) makes it from a file's text.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

mod cast;
mod check;
mod client;
mod client_lesson;
mod clients;
mod data;
mod fault;
mod lex;
mod literal;
mod names;
pub mod parse;
mod places;
mod server;
mod step;
mod text;

pub use client_lesson::{PeerVerb, ProgramVerb, StandardInput, UserVerb};
pub use text::{LATER, Part, Text, escaped};

/// One script: a situation, told in steps.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file's name without `.script`: how the script is called everywhere. Of a lesson with variants
    /// `hello (poll)`.
    pub name: String,
    /// The file it was read from, as given; for reports.
    pub path: PathBuf,
    /// The file's whole text; reports quote the line that failed from it.
    pub source: String,
    /// The first comment line.
    pub title: String,
    /// The comment paragraphs after the title, each joined to one line, separated by a line feed.
    pub why: String,
    /// The `hint:` lines, from a nudge to the answer.
    pub hints: Vec<String>,
    /// The `guards:` line: why no known-bad server fails this script.
    pub guards: Option<String>,
    /// The `only:` line: the variants of the program that this script is for; none if it is for all.
    pub only: Vec<Only>,
    /// The variant of the program that it is played with; `None` where the lesson has none.
    pub variant: Option<String>,
    /// What it is called in a test program, if it is one of the [tests of a library](crate::library_tests); then it has no steps.
    pub test: Option<String>,
    /// What happens, in order; of a test, nothing.
    pub steps: Vec<Step>,
}

/// A variant of the program that a script is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    /// Its name in `lesson.toml`.
    pub variant: String,
    /// Bytes of [`Script::source`] that the name is written in.
    pub span: Range<usize>,
}

/// One line of a script.
#[derive(Debug, Clone)]
pub struct Step {
    /// Bytes of [`Script::source`] that the step is written in, without the white space around it.
    pub span: Range<usize>,
    /// Who does or expects what.
    pub action: Action,
    /// `within 3 s`: the step may take, and is given, that long.
    pub within: Option<Duration>,
    /// `not before 1 s`: what the step expects must not come sooner after the beginning of the step before, which sets it off.
    pub not_before: Option<Duration>,
}

/// Who does or expects what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A client, or each member of a group of clients.
    Client {
        /// The name in the script.
        who: String,
        /// What it does or expects.
        verb: ClientVerb,
    },
    /// The program: what any program does, whether the script calls it `server` or `client`.
    Server(ServerVerb),
    /// The program of a client lesson: what only it does.
    Program(ProgramVerb),
    /// The other side of a program that is a client, or that is one too, as a proxy is. Once it has accepted, its steps are those of
    /// a client.
    Peer {
        /// The name in the script.
        who: String,
        /// What it does.
        verb: PeerVerb,
    },
    /// The user in front of a program that is a client.
    User(UserVerb),
}

/// What a client does or expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientVerb {
    /// `connects [to port 2] [with small buffers]`; `of 500` makes it a group.
    Connects {
        /// Which listener, counted from 1 in the order of the program's `listening on` lines.
        port: usize,
        /// The size of the group; `None` for a single client.
        members: Option<u32>,
        /// Whether the kernel is to keep little for it, some 25 KiB instead of megabytes: so it is soon seen who does not read.
        small_buffers: bool,
    },
    /// `is refused [by port 2]`: tries to connect and must be turned down by the kernel (ECONNREFUSED).
    IsRefused {
        /// Which listener, counted from 1.
        port: usize,
    },
    /// `sends …`
    Sends {
        /// What.
        data: Data,
        /// How it is cut and marked.
        manner: Manner,
    },
    /// `receives …`: exactly these bytes next.
    Receives(Data),
    /// `receives "a\n" 2 times and "b\n" in any order`: exactly these lines next, each as often as it says.
    ReceivesInAnyOrder(Vec<(Text, u32)>),
    /// `receives nothing`
    ReceivesNothing,
    /// `sees end of stream`
    SeesEnd,
    /// `sees a reset`
    SeesReset,
    /// `shuts down writing`: half-close, after the last byte that is still to be sent.
    ShutsDownWriting,
    /// `closes`
    Closes,
    /// `resets`: closes with RST, dropping what is left.
    Resets,
}

/// How bytes are handed to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As much as the kernel takes at once.
    Plain,
    /// The last byte as urgent data (send(2), MSG_OOB).
    Urgently,
    /// Each byte in a segment of its own.
    ByteByByte,
}

/// Bytes that are sent or expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// `"text"` or `hex 00 ff`.
    Text(Text),
    /// `"text" 100 times`
    Repeated(Text, u32),
    /// `16 MiB of counters`: this many bytes of the client's own counter stream, going on where the last such
    /// step of the same client and direction ended.
    Counters(u64),
}

/// What the program does or is made to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerVerb {
    /// `started with "--to" "{backend}"`: more arguments, before the addresses; `{backend}` is that peer's address. The first step,
    /// but for those that say which peers there are.
    StartedWith(Vec<Text>),
    /// `prints "closed {ada}"`
    Prints(Text),
    /// `prints "closed {bob}" before "closed {ada}"`: as [`ServerVerb::Prints`], and the other line not sooner.
    PrintsBefore(Text, Text),
    /// `prints nothing more`
    PrintsNothingMore,
    /// `waits`: in the call that `lesson.toml` says.
    Waits,
    /// `waits in select`; the call by its man page name.
    WaitsIn(String),
    /// `freezes`: SIGSTOP.
    Freezes,
    /// `thaws`: SIGCONT.
    Thaws,
    /// `may open N more files`; `None` for `any number of`.
    MayOpen(Option<u32>),
    /// `holds N connections`
    Holds(usize),
    /// `owes ada at most 64 KiB`: for servers that send back what they receive.
    Owes {
        /// The client's name in the script.
        who: String,
        /// Bytes of it that may have been read by the program and not been sent back.
        at_most: u64,
    },
    /// `is interrupted`: SIGINT.
    IsInterrupted,
    /// `exits with 0`
    ExitsWith(i32),
    /// `dies of SIGINT`
    DiesOf(String),
}

/// A script that cannot be played: where, what is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The file, as given.
    pub path: PathBuf,
    /// The file's whole text.
    pub source: String,
    /// The bytes of `source` that are wrong; may be empty at the end of a line where something is missing.
    pub span: Range<usize>,
    /// What is wrong, in a few words, as rustc would say it: no capital, no full stop.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Action {
    /// Whether this is a question about a program at rest, and changes nothing.
    pub(crate) fn only_asks(&self) -> bool {
        matches!(
            self,
            Action::Client {
                verb: ClientVerb::ReceivesNothing,
                ..
            } | Action::Server(
                ServerVerb::Waits
                    | ServerVerb::WaitsIn(_)
                    | ServerVerb::Holds(_)
                    | ServerVerb::Owes { .. }
                    | ServerVerb::PrintsNothingMore
            )
        )
    }
}

/// Bytes that fill the buffers of a connection, which takes a fraction of a second.
const MUCH: u64 = 1 << 20;
/// Clients that take as long to connect.
const CROWD: u32 = 100;

impl Script {
    /// Whether the script itself says how the program ends; then nobody asks afterwards whether it is alive.
    pub fn tells_the_end(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(
                step.action,
                Action::Server(ServerVerb::ExitsWith(_) | ServerVerb::DiesOf(_))
            )
        })
    }

    /// Whether it takes longer than most to play: it fills buffers, has a crowd, or is about time.
    pub fn takes_long(&self) -> bool {
        self.steps.iter().any(|step| {
            let is_much = match &step.action {
                Action::Client { verb, .. } => match verb {
                    ClientVerb::Sends { data, .. } => matches!(data, Data::Counters(MUCH..)),
                    ClientVerb::Connects {
                        members,
                        small_buffers,
                        ..
                    } => *small_buffers || matches!(members, Some(CROWD..)),
                    _ => false,
                },
                _ => false,
            };
            is_much || step.within.is_some() || step.not_before.is_some()
        })
    }

    /// This script as it is played with that variant of the program.
    pub fn in_variant(&self, variant: &str) -> Script {
        Script {
            name: format!("{} ({variant})", self.name),
            variant: Some(variant.to_owned()),
            ..self.clone()
        }
    }

    /// Whether its program is a client: then the script itself tells how it is started.
    pub fn is_for_a_client(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.action, Action::Program(ProgramVerb::Started { .. })))
    }

    /// The step's own words.
    pub fn words(&self, step: &Step) -> &str {
        &self.source[step.span.clone()]
    }

    /// The line of a byte of [`Script::source`], counted from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.source[..offset].matches('\n').count() + 1
    }
}
