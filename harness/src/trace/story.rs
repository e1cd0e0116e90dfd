//! The story of a run: step by step what the clients did, and what the program did about it.

use super::call::Call;
use serde::{Deserialize, Serialize};

/// What happened while a script was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// In their order.
    pub scenes: Vec<Scene>,
    /// What is not shown: other threads and processes of the program's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub beside: Option<String>,
}

/// A step of the script, and what the program did until it came to rest again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// Who acts: a client's name, `server`, `client`, `user`; nobody at the program's start.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<String>,
    /// The step's words; where the script has none, in plain English what happens.
    pub text: String,
    /// The step's line in its script, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<usize>,
    /// When it began, in microseconds after the program was started.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_us: Option<u64>,
    /// What the program did.
    pub events: Vec<Event>,
    /// What is on its way between the program and its clients, and does not get on.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub left: Vec<Waiting>,
}

/// Something that the program did, or that was done to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every event is a call")]
pub enum Event {
    /// A system call.
    Call(Call),
    /// Many of them, which are not told of one by one.
    Many(Vec<Repeated>),
    /// A signal reaches it: `SIGINT`.
    Signal(String),
    /// It ends: `exits with 0`, `dies of SIGINT`.
    Ends(String),
}

/// Calls that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// The call's name.
    pub name: String,
    /// The descriptor that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on: Option<String>,
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub times: Option<u64>,
    /// Bytes that were moved, in all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
}

/// What is left between the program and a client when all has come to rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The client.
    pub who: String,
    /// What is left; in bytes, where they are counted.
    #[serde(flatten)]
    pub what: What,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bytes: Option<u64>,
}

/// What may be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// The client waits to be accepted.
    Connection,
    /// What it has sent has arrived, and the program has not read it.
    UnreadByProgram,
    /// What the program has sent has arrived, and the client has not read it.
    UnreadByClient,
    /// What it still has to send, and the kernel does not take.
    Unsent,
}
