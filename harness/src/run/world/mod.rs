//! What a script is played in: the program, its clients, and all that passes between them.
//!
//! One thread does it all: it pumps what clients still have to send, drains what the program prints, and notices when the
//! program ends. [`World::turn`] is one round of it. What the kernel knows is asked in [`kernel`].

mod kernel;
mod turn;

use crate::look::Net;
use crate::program::{Exit, Program};
use crate::run::client::Client;
use crate::run::ledger::Ledger;
use crate::run::noted::Noted;
use crate::run::peer::Peer;
use crate::run::printed::{mentions, replaced};
use crate::run::user::User;
use std::collections::HashMap;
use std::net::SocketAddrV4;
use std::time::Instant;

/// The program, its clients, and what passed between them so far.
pub(super) struct World {
    /// What is written down of it, if anything is. It lets go of the program first, so that a frozen one can end.
    pub(super) noted: Option<Noted>,
    /// The program.
    pub(super) program: Program,
    /// How it ended, once it has.
    pub(super) exit: Option<Exit>,
    /// The addresses that it said it listens on, in its order.
    pub(super) listeners: Vec<SocketAddrV4>,
    /// Clients by name, in the order of their first connect; a group has several members.
    pub(super) groups: Vec<Group>,
    /// The other side of a program that is a client, or that is one, too.
    pub(super) peers: Vec<Peer>,
    /// The user in front of a program that is a client.
    pub(super) user: Option<User>,
    /// What a program that is a client has printed, and no step has taken.
    pub(super) printed_bytes: Vec<u8>,
    /// How far the counters go that steps have taken of that.
    pub(super) counters_printed: u64,
    /// Lines that it printed to stdout.
    pub(super) lines: Vec<Line>,
    /// What these say of those who come and go.
    pub(super) ledger: Ledger,
    /// The way to the kernel's tables; `None` where there is none.
    net: Option<Net>,
    /// When a byte last moved, in any direction.
    pub(super) moved_at: Instant,
    /// When something last moved that is not the program's own output, or its end.
    pub(super) caused_at: Instant,
    /// Bytes that it printed, on stdout and stderr.
    pub(super) printed: u64,
    /// Whether it is stopped by SIGSTOP.
    pub(super) frozen: bool,
    clients_so_far: u32,
    /// Connections of the program that peers have accepted.
    accepted_so_far: u32,
    /// Bytes that were sent on connections which others of the same name have followed.
    sent_before: u64,
}

/// A client of the script, or a group of them.
pub(super) struct Group {
    /// As the script calls it.
    pub(super) name: String,
    /// Its members; one for a client that is no group.
    pub(super) members: Vec<Client>,
}

/// A line that the program printed.
pub(super) struct Line {
    /// Without the line feed.
    pub(super) text: String,
    /// Whether a step has taken it.
    pub(super) taken: bool,
}

impl World {
    /// A world with nobody in it but the program.
    pub(super) fn new(program: Program, net: Option<Net>) -> World {
        World {
            noted: None,
            program,
            exit: None,
            listeners: Vec::new(),
            groups: Vec::new(),
            peers: Vec::new(),
            user: None,
            printed_bytes: Vec::new(),
            counters_printed: 0,
            lines: Vec::new(),
            ledger: Ledger::default(),
            net,
            moved_at: Instant::now(),
            caused_at: Instant::now(),
            printed: 0,
            frozen: false,
            clients_so_far: 0,
            accepted_so_far: 0,
            sent_before: 0,
        }
    }

    /// All clients.
    pub(super) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.groups.iter().flat_map(|group| &group.members)
    }

    /// All clients, to change them.
    pub(super) fn clients_mut(&mut self) -> impl Iterator<Item = &mut Client> {
        self.groups.iter_mut().flat_map(|group| &mut group.members)
    }

    /// Every client's address and name.
    pub(super) fn names_by_address(&self) -> Vec<(String, String)> {
        self.clients()
            .map(|client| (client.own.to_string(), client.name.clone()))
            .collect()
    }

    /// The members of the group with this name; none before it connected.
    pub(super) fn members(&mut self, name: &str) -> &mut [Client] {
        match self.groups.iter_mut().find(|group| group.name == name) {
            Some(group) => &mut group.members,
            None => &mut [],
        }
    }

    /// Whether any client so far has closed or reset, or has made room for one of its name.
    pub(super) fn somebody_has_left(&self) -> bool {
        let is_here = |client: &&Client| !client.accepted && !client.has_left();
        let still_here = self.clients().filter(is_here);
        still_here.count() < self.clients_so_far as usize
    }

    /// Whether the program is a server: it has listeners.
    pub(super) fn has_clients(&self) -> bool {
        !self.listeners.is_empty()
    }

    /// What reports call the program.
    pub(super) fn role(&self) -> &'static str {
        match self.has_clients() {
            true => "server",
            false => "client",
        }
    }

    /// The number of the client for whom a server has made the next connection that a peer accepts: it makes one for each, in the
    /// order in which they came.
    pub(super) fn next_accepted(&mut self) -> u32 {
        self.accepted_so_far += 1;
        self.accepted_so_far
    }

    /// A number for a new client, different from all before.
    pub(super) fn next_id(&mut self) -> u32 {
        self.clients_so_far += 1;
        self.clients_so_far
    }

    /// What happens from now on is news for the program.
    pub(super) fn begin_at(&mut self, now: Instant) {
        (self.moved_at, self.caused_at) = (now, now);
    }

    /// Bytes that the clients, those who are gone among them, and the user have got into the kernel so far.
    pub(super) fn handed_over(&self) -> u64 {
        let sent: u64 = self.clients().map(|client| client.sent.bytes).sum();
        self.sent_before + sent + self.user.as_ref().map_or(0, |user| user.typed)
    }

    /// Begins a client or a group, in the place of one that had this name.
    pub(super) fn begin_group(&mut self, name: &str) {
        self.sent_before += self
            .members(name)
            .iter()
            .map(|it| it.sent.bytes)
            .sum::<u64>();
        self.groups.retain(|group| group.name != name);
        self.groups.push(Group {
            name: name.to_owned(),
            members: Vec::new(),
        });
    }

    /// Adds a client to the group that connected last.
    pub(super) fn add_to_newest_group(&mut self, client: Client) {
        if let Some(noted) = &self.noted {
            noted.client(&client);
        }
        if let Some(group) = self.groups.last_mut() {
            group.members.push(client);
        }
    }

    /// The address of each client that is no group, and of each peer, by name, as the program sees it.
    pub(super) fn addresses(&self) -> HashMap<String, String> {
        let single = self
            .groups
            .iter()
            .filter_map(|group| match &group.members[..] {
                [client] => Some((group.name.clone(), client.own.to_string())),
                _ => None,
            });
        let peers = self.peers.iter();
        let peers = peers.map(|peer| (peer.name.clone(), peer.address.to_string()));
        single.chain(peers).collect()
    }

    /// A line with the names of those whose addresses it tells: `accepted 127.0.0.1:50112 (bob)`.
    pub(super) fn with_names(&self, line: &str) -> String {
        let about = self
            .clients()
            .find(|client| mentions(line, &client.own.to_string()));
        about.map_or_else(
            || line.to_owned(),
            |client| format!("{line} ({})", client.name),
        )
    }

    /// A message with the addresses of clients as the script writes them, `{bob} joined`: whose they are, nobody knows by heart.
    /// Where the name is told, the address stays.
    pub(super) fn as_scripts_write(&self, message: &str) -> String {
        let mut message = message.to_owned();
        for (address, name) in self.names_by_address() {
            if mentions(&message, &address) && !message.contains(&format!(" ({name})")) {
                message = replaced(&message, &address, &format!("{{{name}}}"));
            }
        }
        message
    }
}
