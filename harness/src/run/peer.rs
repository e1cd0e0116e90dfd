//! The scripted other side of a program that is a client, or that has clients and is one, as a proxy is.
//!
//! A peer has its address from before the program starts until the script ends. What it accepts becomes a [`Client`] of the
//! peer's name, so that everything a client can do and see, a peer can. The harness itself takes each connection as soon as it is
//! there, to see what moves in it; the program cannot tell that from a connection that waits in the accept queue.

use super::client::Client;
use super::sockets;
use super::stage::{Expectation, Progress, Stage, Unmet};
use super::stop::{Red, Stop};
use super::world::World;
use crate::look::Net;
use crate::script::{Action, PeerVerb, Script, Text};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::thread;

/// How many connections the kernel keeps for a peer that has not accepted them yet.
const BACKLOG: i32 = 128;

/// The peers that `script` begins with.
///
/// # Errors
/// The system has no more sockets or ports.
pub(super) fn all(script: &Script, net: Option<&Net>) -> io::Result<Vec<Peer>> {
    let named = script.steps.iter().filter_map(|step| match &step.action {
        Action::Peer { who, verb } if verb.is_before_the_program() => Some((who, verb)),
        _ => None,
    });
    named.map(|(who, verb)| Peer::new(who, verb, net)).collect()
}

/// An argument of the program, in which `{peer}` is the address of that one of `peers`.
pub(super) fn argument(text: &Text, peers: &[Peer]) -> OsString {
    let named = |name: &str| peers.iter().find(|peer| peer.name == name);
    OsString::from_vec(text.render(None, |name| Some(named(name)?.address.to_string())))
}

/// All counters of a client's script are of one stream: what goes in on one side must come out on the other. A program that has
/// clients and peers has a stream for each client, which goes on in the connection that it makes for it.
pub(super) const COUNTERS: u32 = 0;

/// A peer, and its address.
#[derive(Debug)]
pub(super) struct Peer {
    /// As the script calls it.
    pub(super) name: String,
    /// Where it is to be found.
    pub(super) address: SocketAddrV4,
    /// `None` once the script has ended.
    socket: Option<Socket>,
    /// Whether it takes connections.
    listens: bool,
    /// The connection that fills its accept queue, if it keeps everybody waiting.
    filling: Option<Socket>,
    /// Connections that no step has accepted so far.
    waiting: VecDeque<Client>,
}

impl Peer {
    /// A peer at a free port.
    ///
    /// # Errors
    /// The system has no more sockets or ports.
    fn new(name: &str, verb: &PeerVerb, net: Option<&Net>) -> io::Result<Peer> {
        let socket = sockets::open()?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket_ipv4();
        let address = address.ok_or(ErrorKind::AddrNotAvailable)?;
        let filling = match verb {
            PeerVerb::Refuses => None,
            PeerVerb::Listens | PeerVerb::Accepts(_) => {
                socket.listen(BACKLOG)?;
                None
            }
            PeerVerb::KeepsEverybodyWaiting => {
                socket.listen(0)?;
                Some(fill_accept_queue(address, net)?)
            }
        };
        Ok(Peer {
            name: name.to_owned(),
            address,
            socket: Some(socket),
            listens: *verb == PeerVerb::Listens,
            filling,
            waiting: VecDeque::new(),
        })
    }

    /// What to wait on for a connection, if it takes any.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        let socket = self.socket.as_ref().filter(|_| self.listens);
        socket.map(AsFd::as_fd)
    }

    /// Connections that no step has accepted so far.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Client> {
        self.waiting.iter()
    }

    /// Gives up its address; who waits there to be accepted is reset.
    pub(super) fn leave(&mut self) {
        (self.socket, self.filling) = (None, None);
        self.waiting.iter_mut().for_each(Client::reset);
    }

    /// Takes what is in the kernel's accept queue; returns whether anything was.
    ///
    /// # Errors
    /// accept(2).
    pub(super) fn take_connections(&mut self) -> io::Result<bool> {
        let mut any = false;
        while let Some(socket) = self.socket.as_ref().filter(|_| self.listens) {
            match socket.accept() {
                Ok((socket, from)) => {
                    let from = from.as_socket_ipv4().ok_or(ErrorKind::InvalidData)?;
                    let name = self.name.clone();
                    let client = Client::accepted(name, COUNTERS, socket, self.address, from)?;
                    self.waiting.push_back(client);
                    any = true;
                }
                Err(err) if err.kind() == ErrorKind::WouldBlock => break,
                Err(err) if is_about_one_connection(&err) => {}
                Err(err) => return Err(err),
            }
        }
        Ok(any)
    }
}

/// The program has reset it before it was taken (accept(2)).
fn is_about_one_connection(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::Interrupted
    )
}

/// A backlog of 0 has room for one connection (listen(2)); the next SYN is dropped, and so is each of its repetitions.
fn fill_accept_queue(address: SocketAddrV4, net: Option<&Net>) -> io::Result<Socket> {
    let filling = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    filling.connect(&SocketAddr::V4(address).into())?;
    // It is in the queue when the last segment of the handshake has arrived: at once, unless the machine is busy.
    while let Some(net) = net
        && net.listener(address)?.is_some_and(|end| end.unread == 0)
    {
        thread::yield_now();
    }
    Ok(filling)
}

/// `peer accepts`
///
/// # Errors
/// The program never connects.
pub(super) fn play(stage: &mut Stage<'_>, who: &str, verb: &PeerVerb) -> Result<(), Stop> {
    match verb {
        PeerVerb::Accepts(called) => stage.expect(&mut Accepting {
            who,
            called: called.as_deref().unwrap_or(who),
        }),
        // They have, before the program was started.
        PeerVerb::Listens | PeerVerb::Refuses | PeerVerb::KeepsEverybodyWaiting => Ok(()),
    }
}

/// A peer waits for the program to connect.
struct Accepting<'a> {
    who: &'a str,
    /// What the connection is called from then on.
    called: &'a str,
}

impl Expectation for Accepting<'_> {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let peer = world.peers.iter_mut().find(|peer| peer.name == self.who);
        let Some(peer) = peer else {
            return Err(Stop::Red(Red::new(format!("{} is no peer", self.who))));
        };
        peer.take_connections()?;
        let Some(mut client) = peer.waiting.pop_front() else {
            return Ok(Progress::Waiting);
        };
        self.called.clone_into(&mut client.name);
        if world.has_clients() {
            client.carry_counters_of(world.next_accepted());
        }
        world.begin_group(self.called);
        world.add_to_newest_group(client);
        Ok(Progress::Done)
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        Unmet {
            what: format!("{} could not accept", self.who),
            never: format!("the {} will never connect to it", world.role()),
        }
    }
}
