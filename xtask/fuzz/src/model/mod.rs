//! A model of a server that keeps its contract: it turns operations into the steps of a script, expectations among them.
//!
//! It expects only what the contract guarantees. Where a right server may do this or that, nothing is asked.

use crate::contract::{Contract, SURELY_SENT, SURELY_SENT_TO_SMALL};
use crate::operation::{CLIENTS, Operation};
use crate::owed::Owed;

mod clients;
mod server;
#[cfg(test)]
mod tests;

const NAMES: [&str; CLIENTS] = ["ada", "bob", "cyd", "dan", "eve", "fay"];

/// The server and its clients after the steps so far.
pub(crate) struct Model<'c> {
    contract: &'c Contract,
    clients: [Client; CLIENTS],
    /// Those who are served or wait for it, in the order in which they came. Who shut down writing stays until it is certain
    /// that the server has sent all.
    line: Vec<usize>,
    /// How many of them are served; `None` for all.
    places: Option<usize>,
    frozen: bool,
    /// How many have gone whom the server may not have let go yet.
    lingering: usize,
    /// The most connections that the server may have had at once, and so the most numbers of descriptors that it has used.
    most_at_once: usize,
    /// Whether somebody has left of whom the server may have said something or not.
    may_have_said_more: bool,
    steps: Vec<String>,
    operations: u32,
}

/// What is known of a client.
#[derive(Debug, Clone, Default)]
struct Client {
    stage: Stage,
    /// Whether it has small buffers.
    is_small: bool,
    /// What it is to receive.
    owed: Owed,
    /// What it has sent while the server was frozen, where it matters how much a recv brings.
    batch: Owed,
    /// Whether the server may not have received yet what it sent last, where that matters.
    in_flight: bool,
    /// Whether it has sent urgent data.
    was_urgent: bool,
    /// Whether the line `accepted` was taken.
    was_accepted: bool,
    /// The line `closed`.
    closed: Closed,
    /// How often it has said something: what it says differs each time.
    said: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Away,
    Open,
    /// It has shut down writing.
    HalfClosed,
    /// It has seen the end of the stream.
    Ended,
}

/// What the server has to say of a client's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Closed {
    #[default]
    NotYet,
    /// It must be said.
    Due,
    /// A step has taken the line; or it need not be said.
    Told,
}

/// The steps of a script.
pub(crate) struct Steps {
    /// One line each.
    pub(crate) lines: Vec<String>,
    /// How many operations they came from.
    pub(crate) operations: u32,
}

/// The steps that `operations` are, with an end in which all that is owed is received.
pub(crate) fn steps(contract: &Contract, operations: &[Operation]) -> Steps {
    let mut model = Model::new(contract);
    for operation in operations {
        model.play(*operation);
    }
    model.finish();
    Steps {
        lines: model.steps,
        operations: model.operations,
    }
}

impl<'c> Model<'c> {
    fn new(contract: &'c Contract) -> Model<'c> {
        Model {
            contract,
            clients: Default::default(),
            line: Vec::new(),
            places: contract.at_a_time,
            frozen: false,
            lingering: 0,
            most_at_once: 0,
            may_have_said_more: false,
            steps: Vec::new(),
            operations: 0,
        }
    }

    /// Adds the steps of an operation, or none if it makes no sense now.
    fn play(&mut self, operation: Operation) {
        let before = self.steps.len();
        match operation {
            Operation::Connect(who, port) => self.connect(who, port, false),
            Operation::ConnectSmall(who) => self.connect(who, 0, true),
            Operation::Say(who, words) => self.say(who, words),
            Operation::Pour(who, bytes) => self.pour(who, bytes),
            Operation::Ask(who, words) => self.ask(who, words),
            Operation::Urge(who, alone) => self.urge(who, alone),
            Operation::Read(who, bytes) => self.read(who, bytes),
            Operation::ReadAll(who) => self.read(who, u64::MAX),
            Operation::HasNothing(who) => self.has_nothing(who),
            Operation::HalfClose(who) => self.half_close(who),
            Operation::SeeEnd(who) => self.see_end(who),
            Operation::Leave(who) => self.leave(who),
            Operation::Reset(who) => self.reset(who),
            Operation::IsAccepted(who) => self.is_accepted(who),
            Operation::IsClosed(who) => self.is_closed(who),
            Operation::IsOwed(who) => self.is_owed(who),
            Operation::Freeze if !self.frozen => {
                self.frozen = true;
                self.step("server freezes");
            }
            Operation::Thaw => self.thaw(),
            Operation::Waits => self.waits(),
            Operation::Holds => self.holds(),
            Operation::Shortage(more) => self.shortage(more),
            Operation::Plenty => self.plenty(),
            Operation::Freeze => {}
        }
        self.operations += u32::from(self.steps.len() > before);
        self.let_go();
    }

    fn step(&mut self, step: impl Into<String>) {
        self.steps.push(step.into());
    }

    fn by(&mut self, who: usize, does: &str) {
        self.step(format!("{} {does}", NAMES[who]));
    }

    fn is(&self, who: usize, stage: Stage) -> bool {
        self.clients[who].stage == stage
    }

    /// Whether the server must serve this client now.
    fn is_served(&self, who: usize) -> bool {
        let places = self.places.unwrap_or(usize::MAX);
        let place = self.line.iter().position(|it| *it == who);
        !self.frozen && place.is_some_and(|place| place < places)
    }

    /// Whether the server cannot serve this client: all places are taken by those who came before.
    fn must_wait(&self, who: usize) -> bool {
        let before = self.line.iter().take_while(|it| **it != who);
        let staying = before.filter(|it| self.is(**it, Stage::Open)).count();
        self.places.is_some_and(|places| staying >= places)
    }

    /// Takes out of the line those whom the server has certainly let go: they shut down writing, and the kernel has taken all.
    fn let_go(&mut self) {
        if self.frozen {
            return;
        }
        let places = self.places.unwrap_or(usize::MAX);
        let next_gone = |model: &Model| {
            let mut served = model.line.iter().take(places);
            served
                .find(|who| model.clients[**who].is_surely_let_go())
                .copied()
        };
        while let Some(who) = next_gone(self) {
            self.gone(who);
        }
    }

    /// All are served, and get what they are owed.
    fn finish(&mut self) {
        self.thaw();
        self.let_go();
        while self.places.is_some_and(|places| self.line.len() > places) {
            self.leave(self.line[0]);
            self.let_go();
        }
        for who in 0..CLIENTS {
            self.read(who, u64::MAX);
            self.see_end(who);
            self.is_accepted(who);
            self.is_closed(who);
        }
        if !self.contract.prints_received && !self.may_have_said_more {
            self.step("server prints nothing more");
        }
    }

    /// The server is to notice that a client has gone.
    fn gone(&mut self, who: usize) {
        let before = self.line.len();
        self.line.retain(|it| *it != who);
        self.lingering += before - self.line.len();
        if self.clients[who].closed == Closed::NotYet {
            self.clients[who].closed = Closed::Due;
        }
    }
}

impl Client {
    /// Whether the server, if it serves this client, has sent all and seen the end.
    fn is_surely_let_go(&self) -> bool {
        let surely_sent = if self.is_small {
            SURELY_SENT_TO_SMALL
        } else {
            SURELY_SENT
        };
        self.stage == Stage::HalfClosed && self.owed.bytes() <= surely_sent
    }
}
