//! An echo server that pays for who is ready, not for who is there.
//!
//! What a client sends comes back to it. The kernel keeps the list of those who are watched, and
//! epoll_wait brings only those who are ready, however many are silent. An answer is sent at once;
//! what the kernel does not take waits in a queue, and only while something waits there does the
//! server ask to be told when that client can take more.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p epoll
//! ```
//!
//! and talk to it from two others, of which one asks for much and reads nothing:
//!
//! ```text
//! nc 127.0.0.1 8010
//! nc 127.0.0.1 8010 < /dev/zero | sleep 60
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

const USAGE: &str = "usage: epoll [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:8010.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8010";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most events that one epoll_wait brings. Of those who are left out, the next one tells.
const EVENTS: usize = 256;

/// The most that one recv takes. Each time an array of this size is filled with zeros before.
const BUFFER_SIZE: usize = 4 * 1024;

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
    /// What the kernel watches it for.
    watched_for: EpollFlags,
}

/// What the numbers of the events mean. A socket is in it under its own number, and is closed when
/// it is removed: so no number in it is anybody else's.
type FdMap = BTreeMap<RawFd, Client>;

/// What becomes of a client after its turn.
enum Next {
    Keep,
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
    watch(&epoll, listener, EpollFlags::EPOLLIN)?;
    let mut accepting = true;
    loop {
        let ready = wait(&epoll)?;
        for (fd, events) in &ready {
            if let Some(client) = clients.get_mut(fd)
                && !goes_on(client, &epoll, *events)
            {
                // Nobody else has a descriptor of its socket, so it leaves the kernel's list.
                clients.remove(fd);
                if !accepting {
                    watch(&epoll, listener, EpollFlags::EPOLLIN)?;
                    accepting = true; // There is a descriptor again.
                }
            }
        }
        // The listener comes last: a new client may get the number of one that has just left, and
        // by then no event is left that could be taken for its own.
        if ready.iter().any(|(fd, _)| *fd == listener.as_raw_fd()) {
            accepting = admit(listener, &epoll, &mut clients)?;
            if !accepting {
                epoll.delete(listener)?;
            }
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: wait
/// Sleeps until the listener or a client is ready, or several are; returns the numbers of these,
/// each with what it is ready for.
fn wait(epoll: &Epoll) -> io::Result<Vec<(RawFd, EpollFlags)>> {
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
    let mut events = EpollFlags::empty();
    // EPOLLRDHUP would come as long as the client is at its end, also while it is still owed
    // something. The end of the stream is not missed without it: recv brings it.
    if can_receive(client) {
        events |= EpollFlags::EPOLLIN;
    }
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
/// Accepts a client and adds it to the map. Returns whether another one could be accepted.
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
                at_end: false,
                watched_for,
            };
            clients.insert(client.socket.as_raw_fd(), client);
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

/// Gives a client its turn. Returns whether it stays.
fn goes_on(client: &mut Client, epoll: &Epoll, events: EpollFlags) -> bool {
    let address = client.address;
    match answer(client, epoll, events) {
        Ok(Next::Keep) => return true,
        Ok(Next::Close) => println!("closed {address}"),
        // One client's error ends that client. The others have nothing to do with it.
        Err(error) => println!("closed {address}: {error}"),
    }
    false
}

// ANCHOR: answer
/// Does for a client what epoll says of it.
fn answer(client: &mut Client, epoll: &Epoll, events: EpollFlags) -> io::Result<Next> {
    // These two come unasked: the connection is broken, or gone in both directions. Why, and what
    // came before that, recv and send will say: one of them is always called.
    let broken = events.intersects(EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP);
    if (events.contains(EpollFlags::EPOLLIN) || broken) && can_receive(client) {
        receive(client)?;
    }
    // There is nearly always room: try at once. Only if there is none, ask to be told.
    if !client.queue.is_empty() {
        send(client)?;
    }
    // The end of what it sends is not the end of what it is owed.
    if client.at_end && client.queue.is_empty() {
        return Ok(Next::Close);
    }
    watch_for_need(client, epoll)?;
    Ok(Next::Keep)
}

/// Whether recv may bring something, and there is a place for it.
fn can_receive(client: &Client) -> bool {
    // Backpressure: whoever does not take what it is owed is not asked for more. Its bytes wait in
    // the kernel, and when that is full, with the client.
    !client.at_end && client.queue.len() < QUEUE_SIZE
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
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
// ANCHOR_END: receive

// ANCHOR: send
/// Sends from the queue what the kernel takes. The rest waits for the next time.
fn send(client: &mut Client) -> io::Result<()> {
    // The queue is a ring: what wraps around comes with the next send.
    let (first, _) = client.queue.as_slices();
    match client.socket.write(first) {
        Ok(count) => drop(client.queue.drain(..count)),
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
// ANCHOR_END: send

/// A signal came, or there was nothing to take, or no room, after all: epoll will tell when.
fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
