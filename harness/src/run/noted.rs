//! Writes down what happens, for a trace; and sees to it that one thing happens after the other.

use super::client::Client;
use super::stage::Stage;
use super::world::World;
use crate::trace::{Entry, Left, Trace, Tracer};
use std::io;

/// What a traced run writes down, and who follows the program.
pub(super) struct Noted {
    trace: Trace,
    tracer: Tracer,
}

impl Noted {
    /// Begins to follow a program that was started for it.
    ///
    /// # Errors
    /// It may not be traced.
    pub(super) fn begin(trace: &Trace, world: &World) -> io::Result<Noted> {
        let pid = world.program.pid().as_raw_nonzero().get();
        let noted = Noted {
            tracer: trace.attach(pid).map_err(|err| {
                io::Error::other(format!("the program cannot be traced (ptrace(2)): {err}"))
            })?,
            trace: trace.clone(),
        };
        for peer in &world.peers {
            noted.name(peer.address.port(), &peer.name);
        }
        Ok(noted)
    }

    /// A client has connected, or is about to.
    pub(super) fn client(&self, client: &Client) {
        self.name(client.own.port(), &client.name);
    }

    fn name(&self, port: u16, name: &str) {
        let name = name.to_owned();
        self.trace.write(Entry::Named { port, name });
    }

    /// Whether the program is stopped by SIGSTOP, and not only for a moment by who follows it.
    pub(super) fn is_frozen(&self) -> bool {
        self.tracer.is_frozen()
    }

    /// The program was sent SIGCONT.
    pub(super) fn thaw(&self) {
        self.tracer.thaw();
    }
}

impl Stage<'_> {
    /// Takes note of a step that begins; `before`: it was done before the program was started.
    pub(super) fn note_step(&self, step: usize, before: bool) {
        self.note(Entry::Begins { step, before });
    }

    /// Takes note, if anybody wants to know.
    pub(super) fn note(&self, entry: Entry) {
        if let Some(noted) = &self.world.noted {
            noted.trace.write(entry);
        }
    }

    /// Takes note of the verdict: what comes after it is the harness's own doing.
    pub(super) fn note_the_end(&self) {
        let (threads, processes) = self.judge.most;
        self.note(Entry::Over);
        self.note(Entry::Beside { processes, threads });
    }

    /// Of a run that is traced, waits until all that a step has set off is over: what follows belongs to the next one.
    pub(super) fn let_it_rest(&mut self) {
        if self.world.noted.is_none() || self.world.frozen {
            return;
        }
        // If it never comes to rest, the step that suffers from it says so.
        let _ = self.settle("the program does not come to rest");
        let left = self.left();
        self.note(Entry::Rests(left));
    }

    fn left(&self) -> Vec<Left> {
        let connections = self.world.connections().unwrap_or_default();
        let clients = self.world.clients().zip(connections);
        let left = clients.map(|(client, connection)| Left {
            name: client.name.clone(),
            for_program: connection.theirs.map_or(0, |end| end.unread.into()),
            for_client: client.unread(),
            unsent: match client.has_sent_all() {
                true => 0,
                false => client.sent.asked - client.sent.bytes,
            },
            waits: connection.waits_to_be_accepted(),
        });
        left.collect()
    }
}
