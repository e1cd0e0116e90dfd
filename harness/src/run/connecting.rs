//! Clients connect.

use super::client::Client;
use super::connection::Connection;
use super::ended::ended;
use super::stage::{Expectation, Progress, Stage, Unmet};
use super::stop::{Red, Stop};
use super::world::World;
use crate::words::count;
use rustix::process::{Resource, getrlimit};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

/// Files that the harness has open beside its clients, for one script.
const OTHER_FILES: u64 = 12;

/// `ada connects`, `crowd of 500 connects`: one after another.
///
/// # Errors
/// They are refused, or the accept queue is full and stays so.
pub(super) fn connect(
    stage: &mut Stage<'_>,
    who: &str,
    port: usize,
    members: Option<u32>,
    small_buffers: bool,
) -> Result<(), Stop> {
    let address = listener(stage, port)?;
    stage.world.begin_group(who);
    needs_descriptors(members.unwrap_or(1))?;
    let same_port_may_come = same_port_may_come(&stage.world, address)?;
    let mut room = 0;
    for number in 1..=members.unwrap_or(1) {
        let name = members.map_or_else(|| who.to_owned(), |_| format!("{who} {number}"));
        if room == 0 {
            stage.expect(&mut RoomInQueue {
                name: &name,
                address,
                room: &mut room,
            })?;
        }
        room -= 1;
        let id = stage.world.next_id();
        let from = match same_port_may_come {
            true => own_address(id),
            false => Ipv4Addr::LOCALHOST,
        };
        let ends = (from, address);
        let client = Client::connect(name, members.map(|_| number), id, ends, small_buffers)?;
        stage.world.add_to_newest_group(client);
        stage.expect(&mut Handshake {
            who,
            member: number as usize - 1,
            address,
        })?;
    }
    Ok(())
}

/// Whether the kernel may give a new client of this listener a port that another client of the script has or had: that of one whose
/// connection is over, or of one who is connected to another listener, for a port is taken only together with the address of the
/// other end. What the program prints about the two could then not be told apart.
fn same_port_may_come(world: &World, listener: SocketAddrV4) -> io::Result<bool> {
    let is_elsewhere = |client: &Client| !client.accepted && client.server != listener;
    if world.somebody_has_left() || world.clients().any(is_elsewhere) {
        return Ok(true);
    }
    Ok(world.connections()?.iter().any(Connection::is_over))
}

/// Where a client connects from that could get the port of another one: an address that nobody else in the script has.
fn own_address(id: u32) -> Ipv4Addr {
    // Elsewhere loopback is 127.0.0.1 and nothing more.
    if !cfg!(target_os = "linux") {
        return Ipv4Addr::LOCALHOST;
    }
    let [.., high, low] = id.to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// `ada is refused`
///
/// # Errors
/// Somebody took the connection.
pub(super) fn be_refused(stage: &mut Stage<'_>, who: &str, port: usize) -> Result<(), Stop> {
    let address = listener(stage, port)?;
    let mut client = Client::connect(
        who.to_owned(),
        None,
        0,
        (Ipv4Addr::LOCALHOST, address),
        false,
    )?;
    loop {
        match client.try_connected() {
            Err(err) if err.kind() == ErrorKind::ConnectionRefused => return Ok(()),
            Err(err) => return Err(Stop::Trouble(err)),
            Ok(true) => {
                client.reset();
                return Err(Stop::Red(Red::new(format!(
                    "{who} was not refused: somebody listens on {address}"
                ))));
            }
            Ok(false) => stage.world.turn(Duration::ZERO)?,
        };
    }
}

fn listener(stage: &Stage<'_>, port: usize) -> Result<SocketAddrV4, Stop> {
    let known = &stage.world.listeners;
    let address = port
        .checked_sub(1)
        .and_then(|index| known.get(index))
        .copied();
    address.ok_or_else(|| {
        if let Some(exit) = stage.world.exit {
            let ended = ended(exit);
            let message =
                format!("there is nobody to connect to: the server {ended} before it listened");
            return Stop::Red(Red::new(message));
        }
        let message = format!(
            "the script connects to port {port}, but the program has {} listeners",
            known.len()
        );
        Stop::Undecided(message)
    })
}

/// That the harness may open so many files at all. To find out by trying would take those that other scripts need meanwhile.
fn needs_descriptors(clients: u32) -> Result<(), Stop> {
    let limit = getrlimit(Resource::Nofile).current;
    match limit.filter(|limit| u64::from(clients) + OTHER_FILES > *limit) {
        Some(limit) => Err(Stop::Skip(format!(
            "{clients} clients are more than this shell allows: {limit} open files (see `ulimit -n`)"
        ))),
        None => Ok(()),
    }
}

/// The accept queue has room. What comes when it is full is ignored, and tried again after a second (listen(2)).
struct RoomInQueue<'a> {
    name: &'a str,
    address: SocketAddrV4,
    /// For how many it has room at least, whatever the program does.
    room: &'a mut u32,
}

impl RoomInQueue<'_> {
    /// How many connections wait to be accepted, and the backlog, beyond which one more has room.
    fn queue(&self, world: &World) -> io::Result<(u32, u32)> {
        let listener = world.listener(self.address)?;
        Ok(listener.map_or((0, 0), |end| (end.unread, end.unacknowledged)))
    }
}

impl Expectation for RoomInQueue<'_> {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let (waiting, backlog) = self.queue(world)?;
        if waiting <= backlog {
            *self.room = backlog - waiting + 1;
            return Ok(Progress::Done);
        }
        if world.frozen {
            let Unmet { what, never } = self.unmet(world);
            return Err(Stop::Red(Red::new(format!("{what}: {never}"))));
        }
        Ok(Progress::Waiting)
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        let (waiting, backlog) = self.queue(world).unwrap_or_default();
        let waiting = count(waiting as usize, "connection waits", "connections wait");
        Unmet {
            what: format!("{} could not connect", self.name),
            never: format!("{waiting} to be accepted, and the backlog is {backlog} (listen(2))"),
        }
    }
}

/// One client's handshake, which the kernel does alone.
struct Handshake<'a> {
    who: &'a str,
    member: usize,
    address: SocketAddrV4,
}

impl Expectation for Handshake<'_> {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let client = &mut world.members(self.who)[self.member];
        match client.try_connected() {
            Ok(true) => Ok(Progress::Done),
            Ok(false) => Ok(Progress::Waiting),
            Err(err) if err.kind() == ErrorKind::ConnectionRefused => {
                let message = format!(
                    "{} was refused: nobody listens on {}",
                    client.name, self.address
                );
                Err(Stop::Red(Red::new(message)))
            }
            Err(err) => {
                let message = format!(
                    "{} could not connect to {}: {err}",
                    client.name, self.address
                );
                Err(Stop::Red(Red::new(message)))
            }
        }
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        Unmet {
            what: format!(
                "{} could not connect",
                world.members(self.who)[self.member].name
            ),
            never: "nobody answers".into(),
        }
    }
}
