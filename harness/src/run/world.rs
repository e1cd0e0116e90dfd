//! What a script is played in: the program, its clients, and all that passes between them.
//!
//! One thread does it all: it pumps what clients still have to send, drains what the program prints, and notices when the
//! program ends. [`World::turn`] is one round of it.

use super::client::Client;
use super::connection::Connection;
use super::noted::Noted;
use super::peer::Peer;
use super::printed::mentions;
use super::user::User;
use crate::look::{End, Held, Look, Net, children_faults, descriptors};
use crate::program::{Exit, Program};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};

/// How many of the program's lines are kept.
const KEPT_LINES: usize = 10_000;

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
    /// The other side of a program that is a client.
    pub(super) peers: Vec<Peer>,
    /// The user in front of a program that is a client.
    pub(super) user: Option<User>,
    /// What a program that is a client has printed, and no step has taken.
    pub(super) printed_bytes: Vec<u8>,
    /// How far the counters go that steps have taken of that.
    pub(super) counters_printed: u64,
    /// Lines that it printed to stdout.
    pub(super) lines: Vec<Line>,
    /// The way to the kernel's tables; `None` where there is none.
    net: Option<Net>,
    /// When a byte last moved, in any direction.
    pub(super) moved_at: Instant,
    /// Bytes that it printed, on stdout and stderr.
    pub(super) printed: u64,
    /// Whether it is stopped by SIGSTOP.
    pub(super) frozen: bool,
    clients_so_far: u32,
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
            net,
            moved_at: Instant::now(),
            printed: 0,
            frozen: false,
            clients_so_far: 0,
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

    /// A number for a new client, different from all before.
    pub(super) fn next_id(&mut self) -> u32 {
        self.clients_so_far += 1;
        self.clients_so_far
    }

    /// Waits until something happens, at most for `patience`, and takes note of it: sends what can be sent, drains what was
    /// printed. Returns whether anything happened, input for a client that waits for some included.
    ///
    /// # Errors
    /// The harness itself has trouble with its descriptors.
    pub(super) fn turn(&mut self, patience: Duration) -> io::Result<bool> {
        let ready = self.wait(patience)?;
        let mut moved = ready.input || ready.handshake;
        if ready.program {
            moved |= self.hear_program()?;
        }
        if ready.others {
            moved = true;
            self.user.as_mut().map(User::pump);
            for peer in &mut self.peers {
                peer.take_connections()?;
            }
        }
        if ready.output {
            for client in self.clients_mut() {
                moved |= client.connected && client.wants_output() && client.pump();
            }
        }
        if moved {
            self.moved_at = Instant::now();
        }
        Ok(moved)
    }

    fn wait(&self, patience: Duration) -> io::Result<Ready> {
        let mut watched: Vec<PollFd<'_>> = Vec::new();
        for descriptor in self.program.watched() {
            watched.push(PollFd::from_borrowed_fd(descriptor, PollFlags::IN));
        }
        let of_program = watched.len();
        for listener in self.peers.iter().filter_map(Peer::descriptor) {
            watched.push(PollFd::from_borrowed_fd(listener, PollFlags::IN));
        }
        if let Some(desk) = self.user.as_ref().and_then(User::descriptor) {
            watched.push(PollFd::from_borrowed_fd(desk, PollFlags::OUT));
        }
        let of_others = watched.len();
        let mut interests = Vec::new();
        for client in self.clients() {
            let Some(descriptor) = client.descriptor() else {
                continue;
            };
            let mut interest = PollFlags::empty();
            interest.set(PollFlags::IN, client.wants_input);
            interest.set(PollFlags::OUT, client.wants_output());
            // One that no step asks about is left out: poll would report its end again and again.
            if !interest.is_empty() {
                watched.push(PollFd::from_borrowed_fd(descriptor, interest));
                interests.push((interest, client.connected));
            }
        }
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        match poll(&mut watched, Some(&patience)) {
            Err(rustix::io::Errno::INTR) => return Ok(Ready::default()),
            other => other?,
        };
        let mut ready = Ready {
            program: watched[..of_program].iter().any(is_ready),
            others: watched[of_program..of_others].iter().any(is_ready),
            ..Ready::default()
        };
        for (polled, (interest, connected)) in watched[of_others..].iter().zip(interests) {
            if is_ready(polled) {
                // An error or a hang-up is reported as both: whoever waits will find it out.
                ready.handshake |= !connected;
                ready.output |= connected && interest.contains(PollFlags::OUT);
                ready.input |=
                    connected && interest.contains(PollFlags::IN) && !is_only_writable(polled);
            }
        }
        Ok(ready)
    }

    fn hear_program(&mut self) -> io::Result<bool> {
        let count = self.program.output().drain()?;
        self.printed += count as u64;
        let mut moved = count > 0;
        let fresh = self.program.output().take_bytes();
        self.printed_bytes.extend(fresh);
        while let Some(text) = self.program.output().take_line(0) {
            self.lines.push(Line { text, taken: false });
        }
        if self.lines.len() > 2 * KEPT_LINES {
            self.lines.drain(..KEPT_LINES);
        }
        if self.exit.is_none() {
            self.exit = self.program.exit();
            moved |= self.exit.is_some();
        }
        Ok(moved)
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

    /// The program's process, and those of its descendants.
    pub(super) fn processes(&mut self) -> Vec<i32> {
        let own = self.program.pid();
        let all = std::iter::once(own).chain(self.program.descendants());
        all.map(|pid| pid.as_raw_nonzero().get()).collect()
    }

    /// Whether the program has ended, and it only has not been reported yet, with how.
    pub(super) fn is_ending(&self, look: &Look) -> bool {
        let own = self.program.pid().as_raw_nonzero().get();
        self.exit.is_none() && look.threads.iter().all(|thread| thread.pid != own)
    }

    /// The sockets that the program holds, and its other descriptors.
    pub(super) fn held(&mut self) -> (usize, usize) {
        let all: Vec<Held> = self.processes().into_iter().flat_map(descriptors).collect();
        let sockets = all.iter().filter(|held| held.socket.is_some()).count();
        (sockets, all.len() - sockets)
    }

    /// Page faults of children that the program has waited for: more than before means that there were some.
    pub(super) fn children_faults(&self) -> u64 {
        children_faults(self.program.pid().as_raw_nonzero().get())
    }

    /// Whether the kernel can be asked about connections.
    pub(super) fn sees_connections(&self) -> bool {
        self.net.is_some()
    }

    /// The listener at an address; `None` if there is none, or if that cannot be asked.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(super) fn listener(&self, address: SocketAddrV4) -> io::Result<Option<End>> {
        let net = self.net.as_ref();
        Ok(net.map(|net| net.listener(address)).transpose()?.flatten())
    }

    /// Whether anything is under way, in any connection or from the user. What the user has typed is not, after this.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(super) fn is_moving(&self) -> io::Result<bool> {
        Ok(self.unless_moving()?.is_none())
    }

    /// The connection of every client, unless [`World::is_moving`].
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(super) fn unless_moving(&self) -> io::Result<Option<Vec<Connection>>> {
        if let Some(user) = &self.user {
            user.deliver()?;
            if user.is_leaving(self.program.pid().as_raw_nonzero().get()) {
                return Ok(None);
            }
        }
        let connections = self.connections()?;
        let is_moving = connections.iter().any(Connection::is_moving);
        Ok(Some(connections).filter(|_| !is_moving))
    }

    /// The connection of every client, also of those who have closed it; after them, those that no peer has accepted so far.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(super) fn connections(&self) -> io::Result<Vec<Connection>> {
        let waiting = self.peers.iter().flat_map(Peer::waiting);
        self.connections_of(self.clients().chain(waiting).collect())
    }

    /// Whether anything is under way between the program and one client, or any of a group.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(super) fn is_moving_for(&self, name: &str) -> io::Result<bool> {
        let group = self.groups.iter().filter(|group| group.name == name);
        let members = group.flat_map(|group| &group.members).collect();
        Ok(self
            .connections_of(members)?
            .iter()
            .any(Connection::is_moving))
    }

    fn connections_of(&self, clients: Vec<&Client>) -> io::Result<Vec<Connection>> {
        let both = |client: &Client| [(client.own, client.server), (client.server, client.own)];
        let pairs: Vec<_> = clients.iter().copied().flat_map(both).collect();
        let ends = match &self.net {
            Some(net) => net.ends(&pairs)?,
            None => vec![None; pairs.len()],
        };
        let connections = clients
            .into_iter()
            .zip(ends.chunks(2))
            .map(|(client, ends)| Connection {
                open: client.descriptor().is_some(),
                accepted: client.accepted,
                ours: ends[0],
                theirs: ends[1],
            });
        Ok(connections.collect())
    }
}

#[derive(Default)]
struct Ready {
    program: bool,
    others: bool,
    handshake: bool,
    output: bool,
    input: bool,
}

fn is_ready(polled: &PollFd<'_>) -> bool {
    !polled.revents().is_empty()
}

fn is_only_writable(polled: &PollFd<'_>) -> bool {
    polled.revents() == PollFlags::OUT
}
