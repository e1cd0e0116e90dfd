//! An echo server that is told once.
//!
//! What a client sends comes back to it. With EPOLLET, epoll tells of a change (an edge), not of a
//! state (a level): that something has come, not that something is there. So the server remembers
//! what it was told until a call fails with EAGAIN. Nobody gets more than a budget in one turn; whoever
//! is cut short by it goes on in the next one, without being told again.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p epoll-edge-triggered
//! ```
//!
//! and talk to it from two others, of which one asks for much and reads nothing:
//!
//! ```text
//! nc 127.0.0.1 8011
//! nc 127.0.0.1 8011 < /dev/zero | sleep 60
//! ```

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: epoll-edge-triggered [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:8011.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8011";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most events that one epoll_wait brings. Of those who are left out, the next one tells.
const EVENTS: usize = 256;

/// The most that one recv takes. Each time an array of this size is filled with zeros before.
const BUFFER_SIZE: usize = 4 * 1024;

/// How often a client may receive and send in one turn.
const BUDGET: usize = 4;

/// The most that waits to be sent to one client.
const QUEUE_SIZE: usize = 64 * 1024;

/// A connected client. Dropping it closes the connection.
struct Client {
    socket: Socket,
    /// Where it came from; what the output calls it.
    address: SocketAddr,
    /// What it is owed: received and not sent back yet. At most `QUEUE_SIZE` bytes.
    queue: VecDeque<u8>,
    /// Whether it has sent everything. It stays until its queue is empty.
    at_end: bool,
    /// Whether there may be something to receive: from the event until recv says EAGAIN.
    to_read: bool,
    /// Whether there may be room to send: from the event until send says EAGAIN.
    to_write: bool,
}

/// What the numbers of the events mean. A socket is in it under its own number, and is closed when
/// it is removed: so no number in it is anybody else's.
type FdMap = BTreeMap<RawFd, Client>;

/// What becomes of a client after its turn.
enum Next {
    /// It has done all it could. epoll will tell when it can go on.
    Keep,
    /// Its budget is spent, and it could go on. epoll will not tell: it has.
    CutShort,
    Close,
}

fn main() -> ExitCode {
    let Some(address) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match listen(address).and_then(|listener| serve(&listener)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The address to listen on; `None` if the arguments are not what `USAGE` asks for.
fn arguments() -> Option<SocketAddr> {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => DEFAULT_ADDRESS.parse().ok(),
        [address] => address.to_str()?.parse().ok(),
        _ => None,
    }
}

/// Opens a listener and says where it listens.
fn listen(address: SocketAddr) -> io::Result<Socket> {
    let listener =
        open_listener(address).map_err(|error| cannot(format!("listen on {address}"), error))?;
    // With port 0 the kernel has chosen one.
    let address = listener.local_addr()?.as_socket().unwrap_or(address);
    println!("listening on {address}");
    Ok(listener)
}

// ANCHOR: open_listener
/// A socket that is bound to the address and listens.
fn open_listener(address: SocketAddr) -> io::Result<Socket> {
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Without this, a server that is started again has to wait until the last traces of its
    // former connections (TIME_WAIT, a minute) are gone.
    listener.set_reuse_address(true)?;
    listener.bind(&address.into())?;
    listener.listen(BACKLOG)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
// ANCHOR_END: open_listener

// ANCHOR: serve
/// Serves all clients, each when it can be served. Ends only if it cannot go on.
fn serve(listener: &Socket) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)
        .map_err(|errno| cannot("make an epoll", errno.into()))?;
    let mut clients = FdMap::new();
    let mut cut_short: BTreeSet<RawFd> = BTreeSet::new();
    watch(&epoll, listener, EpollFlags::EPOLLIN)?;
    let mut to_accept = false;
    let mut accepting = true;
    loop {
        let ready = wait(&epoll, &cut_short)?;
        let mut turn = mem::take(&mut cut_short);
        for (fd, events) in &ready {
            if let Some(client) = clients.get_mut(fd) {
                note(client, *events);
                turn.insert(*fd);
            }
        }
        for fd in turn {
            match clients.get_mut(&fd).map(goes_on) {
                Some(Next::CutShort) => drop(cut_short.insert(fd)),
                Some(Next::Close) => {
                    // Nobody else has a descriptor of its socket, so it leaves the kernel's list.
                    clients.remove(&fd);
                    accepting = true; // There is a descriptor again.
                }
                Some(Next::Keep) | None => {}
            }
        }
        // The listener comes last: a new client may get the number of one that has just left, and
        // by then no event is left that could be taken for its own.
        to_accept |= ready.iter().any(|(fd, _)| *fd == listener.as_raw_fd());
        if to_accept && accepting {
            accepting = admit(listener, &epoll, &mut clients)?;
            to_accept = !accepting;
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: wait
/// Sleeps until something has changed for the listener or a client, or for several; returns the
/// numbers of these, each with what it is ready for. With somebody cut short it only looks.
fn wait(epoll: &Epoll, cut_short: &BTreeSet<RawFd>) -> io::Result<Vec<(RawFd, EpollFlags)>> {
    let mut events = [EpollEvent::empty(); EVENTS];
    let timeout = if cut_short.is_empty() {
        EpollTimeout::NONE
    } else {
        EpollTimeout::ZERO
    };
    loop {
        match epoll.wait(&mut events, timeout) {
            Ok(count) => {
                let ready = events[..count].iter();
                let ready = ready.map(|event| (event.data() as RawFd, event.events()));
                return Ok(ready.collect());
            }
            // A signal: ask again. Unlike select and poll, epoll_wait is also interrupted
            // when the program is stopped and continued (signal(7)).
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(cannot("wait in epoll_wait", errno.into())),
        }
    }
}
// ANCHOR_END: wait

// ANCHOR: watch
/// Puts a socket on the kernel's list. Its events will bring its number, each once.
fn watch(epoll: &Epoll, socket: &Socket, events: EpollFlags) -> io::Result<()> {
    let event = EpollEvent::new(events | EpollFlags::EPOLLET, socket.as_raw_fd() as u64);
    epoll.add(socket, event)?;
    Ok(())
}
// ANCHOR_END: watch

// ANCHOR: note
/// Remembers what epoll has told of a client. It will not be told again.
fn note(client: &mut Client, events: EpollFlags) {
    // EPOLLERR and EPOLLHUP come unasked: the connection is broken, or gone in both directions.
    // Why, and what came before that, recv and send will say. (EPOLLRDHUP would bring nothing new:
    // where it comes, EPOLLIN does.)
    let broken = events.intersects(EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP);
    client.to_read |= events.contains(EpollFlags::EPOLLIN) || broken;
    client.to_write |= events.contains(EpollFlags::EPOLLOUT) || broken;
}
// ANCHOR_END: note

// ANCHOR: admit
/// Accepts clients until there is none, and adds them to the map. Returns whether another one could
/// be accepted.
fn admit(listener: &Socket, epoll: &Epoll, clients: &mut FdMap) -> io::Result<bool> {
    // One event may stand for many clients.
    loop {
        let (socket, address) = match accept(listener) {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Ok(true),
            // The client stays in the queue of the listener, and epoll has told of it. (Had we no
            // client that can leave, it would be hopeless.)
            Err(error) if is_shortage(&error) && !clients.is_empty() => {
                eprintln!("cannot accept a client until another one has left: {error}");
                return Ok(false);
            }
            Err(error) => return Err(cannot("accept a client", error)),
        };
        // That the listener does not block says nothing about the sockets it hands out.
        let events = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT;
        match socket
            .set_nonblocking(true)
            .and_then(|()| watch(epoll, &socket, events))
        {
            Ok(()) => {
                println!("accepted {address}");
                let client = Client {
                    socket,
                    address,
                    queue: VecDeque::new(),
                    at_end: false,
                    // What it is ready for already, epoll tells at once, as if it had just come.
                    to_read: false,
                    to_write: false,
                };
                clients.insert(client.socket.as_raw_fd(), client);
            }
            Err(reason) => println!("turned away {address}: {reason}"),
        }
    }
}
// ANCHOR_END: admit

/// Whether the process, or the system, has no descriptor or no memory left for one more client.
fn is_shortage(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(
        errno,
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)
    )
}

/// Accepts a client; `None` if there is none left.
fn accept(listener: &Socket) -> io::Result<Option<(Socket, SocketAddr)>> {
    loop {
        match listener.accept() {
            // The address that accept brought is good even if the client has reset the connection
            // since; asking the socket for it would then fail.
            Ok((socket, address)) => {
                return Ok(address.as_socket().map(|address| (socket, address)));
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => return Ok(None),
                // A signal came, or the connection broke while it waited for us: nobody else's
                // loss. There may be others behind it.
                ErrorKind::Interrupted
                | ErrorKind::ConnectionAborted
                | ErrorKind::NetworkDown
                | ErrorKind::NetworkUnreachable
                | ErrorKind::HostUnreachable => {}
                _ => return Err(error),
            },
        }
    }
}

/// Gives a client its turn. Returns whether it stays, and whether it could go on.
fn goes_on(client: &mut Client) -> Next {
    let address = client.address;
    match answer(client) {
        Ok(Next::Close) => println!("closed {address}"),
        Ok(next) => return next,
        // One client's error ends that client. The others have nothing to do with it.
        Err(error) => println!("closed {address}: {error}"),
    }
    Next::Close
}

// ANCHOR: answer
/// Does for a client what can be done, but no more than its budget allows: whoever sends fast enough
/// would never come to EAGAIN, and the others would never have their turn.
fn answer(client: &mut Client) -> io::Result<Next> {
    for _ in 0..BUDGET {
        if can_receive(client) {
            receive(client)?;
        }
        if can_send(client) {
            send(client)?;
        }
        // The end of what it sends is not the end of what it is owed.
        if client.at_end && client.queue.is_empty() {
            return Ok(Next::Close);
        }
        if !can_receive(client) && !can_send(client) {
            return Ok(Next::Keep);
        }
    }
    Ok(Next::CutShort)
}

/// Whether recv may bring something, and there is a place for it.
fn can_receive(client: &Client) -> bool {
    // Backpressure: whoever does not take what it is owed is not asked for more. Its bytes wait in
    // the kernel, and when that is full, with the client.
    client.to_read && !client.at_end && client.queue.len() < QUEUE_SIZE
}

/// Whether there is something to send, and send may take it.
fn can_send(client: &Client) -> bool {
    client.to_write && !client.queue.is_empty()
}
// ANCHOR_END: answer

// ANCHOR: receive
/// Queues what one recv brings, as far as there is room.
fn receive(client: &mut Client) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    let room = BUFFER_SIZE.min(QUEUE_SIZE - client.queue.len());
    match client.socket.read(&mut buffer[..room]) {
        Ok(0) => client.at_end = true, // End of stream: the client will send nothing more.
        Ok(count) => client.queue.extend(&buffer[..count]),
        Err(error) if error.kind() == ErrorKind::WouldBlock => client.to_read = false,
        Err(error) if error.kind() == ErrorKind::Interrupted => {} // A signal: ask again.
        Err(error) => return Err(error),
    }
    Ok(())
}
// ANCHOR_END: receive

// ANCHOR: send
/// Sends from the queue what the kernel takes. The rest waits.
fn send(client: &mut Client) -> io::Result<()> {
    // The queue is a ring: what wraps around comes with the next send.
    let (first, _) = client.queue.as_slices();
    match client.socket.write(first) {
        Ok(count) => drop(client.queue.drain(..count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => client.to_write = false,
        Err(error) if error.kind() == ErrorKind::Interrupted => {} // A signal: ask again.
        Err(error) => return Err(error),
    }
    Ok(())
}
// ANCHOR_END: send

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
