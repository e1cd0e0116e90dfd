//! Who is there in a script for a program that is a client, and what each can still do.

use super::check::line_of;
use super::client_lesson::{ProgramVerb, StandardInput, UserVerb};
use super::fault::{Fault, Parsed};
use super::{Action, ClientVerb, Step};

/// Which side of a connection a script's program is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
}

impl Side {
    /// What the script calls the program.
    pub(super) fn name(self) -> &'static str {
        match self {
            Side::Server => "server",
            Side::Client => "client",
        }
    }

    /// The side of a script that begins with this step.
    pub(super) fn of_first(source: &str, step: &Step) -> Side {
        match step.action {
            // A program that has peers may have clients as well.
            Action::Peer { .. } if starts_a_server(source) => Side::Server,
            Action::Peer { .. } | Action::User(_) | Action::Program(_) => Side::Client,
            Action::Server(_) if calls_it(source, step, Side::Client) => Side::Client,
            Action::Server(_) | Action::Client { .. } => Side::Server,
        }
    }
}

/// Whether a step says how a server is started.
fn starts_a_server(source: &str) -> bool {
    let words = |line: &str| line.split_whitespace().take(2).eq(["server", "started"]);
    source.lines().any(words)
}

/// Whether this step calls the program so.
fn calls_it(source: &str, step: &Step, side: Side) -> bool {
    source[step.span.clone()].split_whitespace().next() == Some(side.name())
}

/// That a step belongs into a script for this side.
pub(super) fn check_side(source: &str, step: &Step, side: Side) -> Parsed<()> {
    let fault = |message: &str, help: &str| Err(Fault::new(step.span.clone(), message, help));
    match (&step.action, side) {
        (Action::Server(_), side) if !calls_it(source, step, side) => match side {
            Side::Client => fault(
                "the program of this script is a client",
                "call it so: client waits in select",
            ),
            Side::Server => fault(
                "the program of this script is a server",
                "call it so: server waits in select; a script for a client begins with: peer listens",
            ),
        },
        (Action::User(_) | Action::Program(_), Side::Server) => fault(
            "this belongs into a script for a client, and this one is for a server",
            "a script for a client begins with: peer listens, and then: client started with \"{peer}\"",
        ),
        (
            Action::Client {
                verb: ClientVerb::Connects { .. } | ClientVerb::IsRefused { .. },
                ..
            },
            Side::Client,
        ) => fault(
            "the program of this script is a client: it is the one who connects",
            "write: peer listens above \"client started\", and peer accepts below it",
        ),
        _ => Ok(()),
    }
}

/// What is known of the program and its user after the steps so far.
pub(super) struct Cast<'a> {
    source: &'a str,
    /// What the program reads, once it is started.
    input: Option<StandardInput>,
    /// The line on which the input ended.
    input_ended: Option<usize>,
}

impl<'a> Cast<'a> {
    pub(super) fn new(source: &'a str) -> Cast<'a> {
        Cast {
            source,
            input: None,
            input_ended: None,
        }
    }

    /// That the script may end here.
    pub(super) fn end(&self) -> Parsed<()> {
        if self.input.is_some() {
            return Ok(());
        }
        let end = self.source.trim_end().len();
        Err(Fault::new(
            end..end,
            "the client is never started",
            "add below the peers: client started with \"{peer}\"",
        ))
    }

    /// That peers come before the program, and everything else after it.
    pub(super) fn step(&mut self, step: &Step) -> Parsed<()> {
        let fault = |message: &str, help: &str| Err(Fault::new(step.span.clone(), message, help));
        let is_before = matches!(
            step.action,
            Action::Peer {
                ref verb, ..
            } if verb.is_before_the_program()
        );
        let starts = matches!(step.action, Action::Program(ProgramVerb::Started { .. }));
        match (&self.input, is_before || starts) {
            (Some(_), true) if starts => fault(
                "the client is already running",
                "a script starts one program",
            ),
            (Some(_), true) => fault(
                "the client is already running",
                "peers are there before the program: put this step above \"client started\"",
            ),
            (None, false) => fault(
                "the client has not been started",
                "add a line above: client started with \"{peer}\"",
            ),
            _ => self.note(step),
        }
    }

    fn note(&mut self, step: &Step) -> Parsed<()> {
        match &step.action {
            Action::Program(ProgramVerb::Started { input, .. }) => self.input = Some(input.clone()),
            Action::User(verb) => {
                self.check_user(step, verb)?;
                if !matches!(verb, UserVerb::Types(_)) {
                    self.input_ended = Some(line_of(self.source, step.span.start));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_user(&self, step: &Step, verb: &UserVerb) -> Parsed<()> {
        let fault = |message: String, help: &str| Err(Fault::new(step.span.clone(), message, help));
        let hangs_up = *verb == UserVerb::HangsUp;
        match (&self.input, self.input_ended) {
            (Some(StandardInput::File(_) | StandardInput::Nothing), _) => fault(
                "the client reads no user's input".to_owned(),
                "start it without \"from …\", or on a terminal",
            ),
            (Some(StandardInput::Pipe), _) if hangs_up => fault(
                "only a terminal can hang up".to_owned(),
                "write: client started with \"{peer}\" on a terminal; or: user ends the input",
            ),
            (_, Some(line)) if !hangs_up => fault(
                format!("the user's input has ended on line {line}"),
                "nothing can be typed after it; move this step up",
            ),
            _ => Ok(()),
        }
    }
}
