//! Whether a script makes sense as a whole: each step after the ones before it.

use super::cast::{Cast, Side, check_side};
use super::clients::Clients;
use super::fault::{Fault, Parsed};
use super::literal::Place;
use super::places::Speaker;
use super::{Action, ClientVerb, ProgramVerb, ServerVerb, Step};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many connections the kernel keeps for a listener before the program accepts them: the least backlog that
/// a lesson's program asks for (listen(2)). One more, and a handshake is answered only seconds later.
const ACCEPT_QUEUE: u32 = 128;

/// What is known after the steps so far.
pub(super) struct Checker<'a> {
    source: &'a str,
    /// On which side the program is, as the first step has told.
    side: Option<Side>,
    clients: Clients<'a>,
    cast: Cast<'a>,
    /// The step that froze the program and was not undone.
    frozen: Option<Frozen>,
    /// The step after which the program is gone.
    ended: Option<Range<usize>>,
    /// Whether this is the first step, but for those that say which peers there are.
    first: bool,
    /// The first peer's name, of a server that has peers.
    peer: Option<String>,
}

struct Frozen {
    step: Range<usize>,
    /// Connections made since, for each listener; nobody accepts them.
    waiting: BTreeMap<usize, u32>,
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(source: &str, offset: usize) -> usize {
    source[..offset].matches('\n').count() + 1
}

impl<'a> Checker<'a> {
    pub(super) fn new(source: &'a str) -> Checker<'a> {
        Checker {
            source,
            side: None,
            clients: Clients::new(source),
            cast: Cast::new(source),
            frozen: None,
            ended: None,
            first: true,
            peer: None,
        }
    }

    /// That `step` can be played after the steps before it.
    pub(super) fn step(&mut self, step: &Step, places: &[Place]) -> Parsed<()> {
        let first = Side::of_first(self.source, step);
        let side = *self.side.get_or_insert(first);
        check_side(self.source, step, side)?;
        if side == Side::Client {
            self.clients.are_peers();
            self.cast.step(step)?;
        } else {
            self.check_peers(step, places)?;
        }
        self.check_frozen(step)?;
        self.check_ended(step)?;
        match &step.action {
            Action::Server(verb) => {
                self.server(step, verb)?;
                self.clients.check_places(places, &Speaker::Program)?;
            }
            Action::Program(_) | Action::User(_) => {
                self.clients.check_places(places, &Speaker::Program)?;
            }
            Action::Peer { who, verb } => self.clients.peer(step, who, verb)?,
            Action::Client { who, verb } => {
                self.clients.step(step, who, verb)?;
                let speaker = match verb {
                    ClientVerb::Receives(_) | ClientVerb::ReceivesInAnyOrder(_) => {
                        Speaker::Receiver(who)
                    }
                    _ => Speaker::Sender(who),
                };
                self.clients.check_places(places, &speaker)?;
                if let ClientVerb::Connects { port, members, .. } = verb {
                    self.count_waiting(step, *port, members.unwrap_or(1))?;
                }
            }
        }
        self.first &= is_before_the_program(step);
        Ok(())
    }

    /// That the peers of a server are there before it is, and that it is told of them.
    fn check_peers(&mut self, step: &Step, places: &[Place]) -> Parsed<()> {
        let fault = |message: &str, help: &str| Err(Fault::new(step.span.clone(), message, help));
        let starts = matches!(&step.action, Action::Server(ServerVerb::StartedWith(_)));
        let is_known = |place: &&Place| match &place.client {
            Some(name) => self.clients.was_connected(name).is_some(),
            None => false,
        };
        if starts && let Some(place) = places.iter().find(|it| !is_known(it)) {
            let message = "there is nobody yet whom this could mean";
            let help = "a brace itself is written {{ or }}";
            return Err(Fault::new(place.span.clone(), message, help));
        }
        match (&step.action, is_before_the_program(step), &self.peer) {
            (_, true, _) if !self.first => fault(
                "the server is already running",
                "peers are there before the program: put this step above \"server started with\"",
            ),
            (Action::Peer { who, .. }, true, _) => {
                self.peer.get_or_insert_with(|| who.clone());
                Ok(())
            }
            (_, _, Some(peer)) if self.first && (!starts || places.is_empty()) => {
                let help = format!("add below the peers: server started with \"{{{peer}}}\"");
                fault("the server does not know of its peers", &help)
            }
            _ => Ok(()),
        }
    }

    /// That the script may end here.
    pub(super) fn end(self) -> Parsed<()> {
        if self.side == Some(Side::Client) {
            self.cast.end()?;
        }
        let program = self.program();
        match self.frozen {
            None => Ok(()),
            Some(frozen) => Err(Fault::new(
                frozen.step,
                format!("the {program} is never thawed"),
                format!("add below what is done in the meantime: {program} thaws"),
            )),
        }
    }

    /// What the script calls the program.
    fn program(&self) -> &'static str {
        self.side.unwrap_or(Side::Server).name()
    }

    fn line(&self, step: &Range<usize>) -> usize {
        line_of(self.source, step.start)
    }

    /// That only clients act while the program is stopped: it could fulfil no expectation.
    fn check_frozen(&self, step: &Step) -> Parsed<()> {
        let Some(frozen) = &self.frozen else {
            return Ok(());
        };
        let line = self.line(&frozen.step);
        let program = self.program();
        let others = match self.side {
            Some(Side::Client) => {
                "a peer can: sends, shuts down writing, closes, resets; and the user: types, ends the input"
            }
            _ => "a client can: connects, sends, shuts down writing, closes, resets",
        };
        let help = format!("put it below \"{program} thaws\"; until then {others}");
        let message = match &step.action {
            Action::Server(ServerVerb::Thaws) | Action::User(_) => return Ok(()),
            Action::Server(ServerVerb::Freezes) => {
                let message = format!("the {program} is already frozen, since line {line}");
                let help = format!("remove this step, or put \"{program} thaws\" before it");
                return Err(Fault::new(step.span.clone(), message, help));
            }
            Action::Server(
                ServerVerb::StartedWith(_) | ServerVerb::MayOpen(_) | ServerVerb::IsInterrupted,
            ) => {
                format!("the {program} has been frozen since line {line}: only others act")
            }
            Action::Client { verb, .. } if acts(verb) => return Ok(()),
            _ => format!(
                "the {program} has been frozen since line {line}: nothing can be expected of it"
            ),
        };
        Err(Fault::new(step.span.clone(), message, help))
    }

    /// That nothing is asked of a program that is gone.
    fn check_ended(&self, step: &Step) -> Parsed<()> {
        let Some(ended) = &self.ended else {
            return Ok(());
        };
        let late = match &step.action {
            Action::Server(_) | Action::User(_) | Action::Peer { .. } => true,
            Action::Program(verb) => matches!(verb, ProgramVerb::Started { .. }),
            Action::Client { verb, .. } => matches!(
                verb,
                ClientVerb::Connects { .. }
                    | ClientVerb::Sends { .. }
                    | ClientVerb::ShutsDownWriting
            ),
        };
        if !late {
            return Ok(());
        }
        let message = format!("the program has ended on line {}", self.line(ended));
        let help = match self.side {
            Some(Side::Client) => {
                "after its end a peer can: receives, sees end of stream, sees a reset, closes, resets"
            }
            _ => {
                "after its end a client can: receives, sees end of stream, sees a reset, \
                 is refused, closes, resets"
            }
        };
        Err(Fault::new(step.span.clone(), message, help))
    }

    fn server(&mut self, step: &Step, verb: &ServerVerb) -> Parsed<()> {
        match verb {
            ServerVerb::StartedWith(_) if !self.first => {
                return Err(Fault::new(
                    step.span.clone(),
                    "the server is already running",
                    "\"server started with\" is the first step",
                ));
            }
            ServerVerb::Thaws if self.frozen.take().is_none() => {
                return Err(Fault::new(
                    step.span.clone(),
                    format!("the {} is not frozen", self.program()),
                    format!(
                        "remove this step, or put \"{} freezes\" above what is done in the meantime",
                        self.program()
                    ),
                ));
            }
            ServerVerb::Freezes => {
                self.frozen = Some(Frozen {
                    step: step.span.clone(),
                    waiting: BTreeMap::new(),
                });
            }
            ServerVerb::Owes { who, .. } => self.clients.check_has_connection(step, who)?,
            ServerVerb::ExitsWith(_) | ServerVerb::DiesOf(_) => {
                self.ended = Some(step.span.clone());
            }
            _ => {}
        }
        Ok(())
    }

    /// That no more clients connect to a frozen program than the kernel lets in.
    fn count_waiting(&mut self, step: &Step, port: usize, members: u32) -> Parsed<()> {
        let Some(frozen) = &mut self.frozen else {
            return Ok(());
        };
        let waiting = frozen.waiting.entry(port).or_default();
        *waiting = waiting.saturating_add(members);
        if *waiting <= ACCEPT_QUEUE {
            return Ok(());
        }
        let message = format!("{waiting} clients connect while the server is frozen");
        let help = format!(
            "the kernel lets in {ACCEPT_QUEUE} before they are accepted: connect fewer, or put \
             this step above \"server freezes\""
        );
        Err(Fault::new(step.span.clone(), message, help))
    }
}

/// Whether a step says of a peer what it is before the program starts.
fn is_before_the_program(step: &Step) -> bool {
    matches!(&step.action, Action::Peer { verb, .. } if verb.is_before_the_program())
}

/// Whether a client does something, and waits for nothing that the program does.
fn acts(verb: &ClientVerb) -> bool {
    matches!(
        verb,
        ClientVerb::Connects { .. }
            | ClientVerb::Sends { .. }
            | ClientVerb::ShutsDownWriting
            | ClientVerb::Closes
            | ClientVerb::Resets
    )
}
