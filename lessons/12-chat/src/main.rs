//! A chat server: what one client says, all the others hear.
//!
//! A line that a client sends goes to everybody else, with the sender's address in front of it. That
//! somebody has joined or left is told to everybody else, too. So what the kernel tells of one client
//! concerns all the others, and any of these may fail meanwhile. Whoever does not read, and has
//! 64 KiB waiting for it, is dropped. `lessons/12-chat/brief.md` says it all exactly.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p chat
//! ```
//!
//! and talk from two others, or from as many as you like:
//!
//! ```text
//! nc 127.0.0.1 8012
//! nc 127.0.0.1 8012
//! ```

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: chat [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:8012.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8012";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most events that one epoll_wait brings. Of those who are left out, the next one tells.
const EVENTS: usize = 256;

/// The most that one recv takes. Lines get longer on their way, by the sender's address: from a KiB of
/// empty lines up to 61 KiB become. That still fits into a queue that is empty.
const BUFFER_SIZE: usize = 1024;

/// The longest line, with its line feed.
const LINE_SIZE: usize = 1024;

/// The most that waits to be sent to one client.
const QUEUE_SIZE: usize = 64 * 1024;

/// A connected client. Dropping it closes the connection.
struct Client {
    socket: Socket,
    /// Where it came from; what the output and the others call it.
    address: SocketAddr,
    /// What others have said and it was not sent yet. At most `QUEUE_SIZE` bytes after its turn.
    queue: VecDeque<u8>,
    /// The beginning of a line that it has not finished. At most `LINE_SIZE` bytes.
    line: Vec<u8>,
    /// Set when it is to leave. Until the end of the turn it stays in the map, and is told nothing.
    leaving: Option<Leaving>,
    /// What the kernel watches it for.
    watched_for: EpollFlags,
}

/// What the numbers of the events mean. A socket is in it under its own number, and is closed when
/// it is removed: so no number in it is anybody else's.
type FdMap = BTreeMap<RawFd, Client>;

/// Why a client leaves.
enum Leaving {
    /// It has said everything.
    AtEnd,
    /// Its connection is broken, or we end it.
    Because(io::Error),
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
    watch(&epoll, listener, EpollFlags::EPOLLIN)?;
    let mut accepting = true;
    loop {
        let ready = wait(&epoll)?;
        for (fd, events) in &ready {
            if let Some(client) = clients.get_mut(fd) {
                let said = hear(client, &epoll, *events);
                tell_others(&mut clients, &epoll, *fd, &said);
            }
        }
        if ready.contains_key(&listener.as_raw_fd()) {
            accepting = admit(listener, &epoll, &mut clients)?;
            if !accepting {
                epoll.delete(listener)?;
            }
        }
        // Whoever leaves goes now and not sooner: one client's event may end another one, for which this
        // turn has an event, too, and whose number the next client may get.
        if let_go(&mut clients, &epoll) && !accepting {
            watch(&epoll, listener, EpollFlags::EPOLLIN)?;
            accepting = true; // There is a descriptor again.
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: wait
/// Sleeps until the listener or a client is ready, or several are; returns the numbers of these,
/// each with what it is ready for.
fn wait(epoll: &Epoll) -> io::Result<BTreeMap<RawFd, EpollFlags>> {
    let mut events = [EpollEvent::empty(); EVENTS];
    loop {
        match epoll.wait(&mut events, EpollTimeout::NONE) {
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

// ANCHOR: interest
/// What a client is to be watched for.
fn interest(client: &Client) -> EpollFlags {
    // No backpressure here: to make the sender wait for the slowest of the others would be to let one
    // of them silence everybody.
    let mut events = EpollFlags::EPOLLIN;
    // A socket can nearly always be written to. A server that asks when there is nothing
    // to send never sleeps.
    if !client.queue.is_empty() {
        events |= EpollFlags::EPOLLOUT;
    }
    events
}
// ANCHOR_END: interest

// ANCHOR: watch
/// Puts a socket on the kernel's list. Its events will bring its number.
fn watch(epoll: &Epoll, socket: &Socket, events: EpollFlags) -> io::Result<()> {
    let event = EpollEvent::new(events, socket.as_raw_fd() as u64);
    epoll.add(socket, event)?;
    Ok(())
}

/// Has a client watched for what it needs now, if that is something else than before.
fn watch_for_need(client: &mut Client, epoll: &Epoll) -> io::Result<()> {
    let events = interest(client);
    if events != client.watched_for {
        let mut event = EpollEvent::new(events, client.socket.as_raw_fd() as u64);
        epoll.modify(&client.socket, &mut event)?;
        client.watched_for = events;
    }
    Ok(())
}
// ANCHOR_END: watch

// ANCHOR: admit
/// Accepts a client, adds it to the map and tells the others. Returns whether another one could be
/// accepted.
fn admit(listener: &Socket, epoll: &Epoll, clients: &mut FdMap) -> io::Result<bool> {
    let (socket, address) = match accept(listener) {
        Ok(Some(accepted)) => accepted,
        Ok(None) => return Ok(true),
        // The client stays in the queue of the listener, which therefore stays ready: if we went on
        // watching it, we would never sleep. (With no client to leave, it would be hopeless.)
        Err(error) if is_shortage(&error) && !clients.is_empty() => {
            eprintln!("cannot accept a client until another one has left: {error}");
            return Ok(false);
        }
        Err(error) => return Err(cannot("accept a client", error)),
    };
    // That the listener does not block says nothing about the sockets it hands out.
    let watched_for = EpollFlags::EPOLLIN;
    match socket
        .set_nonblocking(true)
        .and_then(|()| watch(epoll, &socket, watched_for))
    {
        Ok(()) => {
            println!("accepted {address}");
            let client = Client {
                socket,
                address,
                queue: VecDeque::new(),
                line: Vec::new(),
                leaving: None,
                watched_for,
            };
            let fd = client.socket.as_raw_fd();
            clients.insert(fd, client);
            tell_others(clients, epoll, fd, format!("{address} joined\n").as_bytes());
        }
        Err(reason) => println!("turned away {address}: {reason}"),
    }
    Ok(true)
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

/// Accepts a client; `None` if there is none to accept after all.
fn accept(listener: &Socket) -> io::Result<Option<(Socket, SocketAddr)>> {
    match listener.accept() {
        // The address that accept brought is good even if the client has reset the connection
        // since; asking the socket for it would then fail.
        Ok((socket, address)) => Ok(address.as_socket().map(|address| (socket, address))),
        Err(error) => match error.kind() {
            // A signal came, or the connection broke while it waited for us: nobody else's loss.
            ErrorKind::Interrupted
            | ErrorKind::WouldBlock
            | ErrorKind::ConnectionAborted
            | ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable => Ok(None),
            _ => Err(error),
        },
    }
}

// ANCHOR: hear
/// Gives a client its turn. Returns what it has said, as the others are to read it.
fn hear(client: &mut Client, epoll: &Epoll, events: EpollFlags) -> Vec<u8> {
    let mut said = Vec::new();
    // Somebody else's event may have ended it, earlier in this turn.
    if client.leaving.is_none()
        && let Err(error) = answer(client, epoll, events, &mut said)
    {
        // One client's error ends that client. The others are only told.
        client.leaving = Some(Leaving::Because(error));
    }
    said
}
// ANCHOR_END: hear

// ANCHOR: answer
/// Does for a client what epoll says of it. Adds what it has said.
fn answer(
    client: &mut Client,
    epoll: &Epoll,
    events: EpollFlags,
    said: &mut Vec<u8>,
) -> io::Result<()> {
    // These two come unasked: the connection is broken, or gone in both directions. Why, and what
    // came before that, recv will say.
    let broken = events.intersects(EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP);
    if events.contains(EpollFlags::EPOLLIN) || broken {
        receive(client, said)?;
    }
    if events.contains(EpollFlags::EPOLLOUT) {
        send(client)?;
    }
    watch_for_need(client, epoll)
}
// ANCHOR_END: answer

// ANCHOR: receive
/// Takes what one recv brings. Whoever has said everything leaves.
fn receive(client: &mut Client, said: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    match client.socket.read(&mut buffer) {
        Ok(0) => {
            // The end of what it says ends its last line, too.
            if !client.line.is_empty() {
                end_line(client, said);
            }
            client.leaving = Some(Leaving::AtEnd);
        }
        Ok(count) => take_lines(client, &buffer[..count], said)?,
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Adds the lines that these bytes end, and keeps the beginning of the next one. One recv may bring
/// several lines, or a piece of one (TCP is a stream of bytes).
fn take_lines(client: &mut Client, bytes: &[u8], said: &mut Vec<u8>) -> io::Result<()> {
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        client.line.extend_from_slice(piece);
        if client.line.len() > LINE_SIZE {
            return Err(io::Error::other("its line is too long"));
        }
        if piece.ends_with(b"\n") {
            end_line(client, said);
        }
    }
    Ok(())
}

/// Adds a client's line, as the others are to read it. It need not be text, and telnet ends it with
/// CR LF.
fn end_line(client: &mut Client, said: &mut Vec<u8>) {
    let line = client.line.strip_suffix(b"\n").unwrap_or(&client.line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    said.extend_from_slice(format!("{}: ", client.address).as_bytes());
    said.extend_from_slice(line);
    said.push(b'\n');
    client.line.clear();
}
// ANCHOR_END: receive

// ANCHOR: tell
/// Tells everybody but the one whom it is about.
fn tell_others(clients: &mut FdMap, epoll: &Epoll, about: RawFd, words: &[u8]) {
    if words.is_empty() {
        return;
    }
    for (fd, client) in clients {
        if *fd != about
            && client.leaving.is_none()
            && let Err(error) = tell(client, epoll, words)
        {
            // To remove it here would be to change the map in the middle of going through it.
            client.leaving = Some(Leaving::Because(error));
        }
    }
}

/// Tells one client. There is nearly always room: try at once, and queue what the kernel does not
/// take.
fn tell(client: &mut Client, epoll: &Epoll, words: &[u8]) -> io::Result<()> {
    client.queue.extend(words);
    send(client)?;
    if client.queue.len() > QUEUE_SIZE {
        return Err(io::Error::other("it does not read"));
    }
    watch_for_need(client, epoll)
}
// ANCHOR_END: tell

// ANCHOR: send
/// Sends from the queue what the kernel takes. The rest waits for the next time.
fn send(client: &mut Client) -> io::Result<()> {
    // The queue is a ring. In one piece, so that what is left is what the kernel has no room for.
    match client.socket.write(client.queue.make_contiguous()) {
        Ok(count) => drop(client.queue.drain(..count)),
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
// ANCHOR_END: send

// ANCHOR: let_go
/// Removes those who leave and tells the others. Returns whether there was one.
fn let_go(clients: &mut FdMap, epoll: &Epoll) -> bool {
    let before = clients.len();
    // To be told of it may be the last straw for another one: until nobody is leaving.
    while let Some((fd, client)) = take_leaving(clients) {
        // Nobody else has a descriptor of its socket, so it leaves the kernel's list.
        let address = client.address;
        match client.leaving {
            Some(Leaving::Because(reason)) => println!("closed {address}: {reason}"),
            _ => println!("closed {address}"),
        }
        tell_others(clients, epoll, fd, format!("{address} left\n").as_bytes());
    }
    clients.len() < before
}

/// Takes one client that leaves out of the map.
fn take_leaving(clients: &mut FdMap) -> Option<(RawFd, Client)> {
    let (fd, _) = clients.iter().find(|(_, it)| it.leaving.is_some())?;
    let fd = *fd;
    Some((fd, clients.remove(&fd)?))
}
// ANCHOR_END: let_go

/// A signal came, or there was nothing to take, or no room, after all: epoll will tell when.
fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
