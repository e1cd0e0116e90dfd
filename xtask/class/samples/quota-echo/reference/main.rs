//! An echo server with a quota: each client has so many lines answered, and no more.
//!
//! The reference solution. It is kept with the assignment, which students never see.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: quota-echo [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:1234.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:1234";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most that one recv takes.
const BUFFER_SIZE: usize = 16 * 1024;

/// The longest line, its line feed included.
const LINE_SIZE: usize = 1024;

/// How many lines of a client are answered.
const QUOTA: usize = <<limit>>;

/// The last word to a client whose quota is used up.
const FAREWELL: &str = "<<farewell>>";

/// A connected client. Dropping it closes the connection.
struct Client {
    socket: Socket,
    /// Where it came from; what the output calls it.
    address: SocketAddr,
    /// What has come of a line that is not whole yet.
    line: Vec<u8>,
    /// How many of its lines have been answered.
    answered: usize,
    /// What it is owed. Its quota is the limit: `QUOTA` lines and the farewell.
    queue: VecDeque<u8>,
    /// Whether it has sent everything. It stays until its queue is empty.
    at_end: bool,
    /// Whether this side of the connection is shut down: it has been sent all that it will ever get.
    told: bool,
}

/// What poll's numbers mean. A socket is in it under its own number, and is closed when it is
/// removed: so no number in it is anybody else's.
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

/// Serves all clients, each when it can be served. Ends only if it cannot go on.
fn serve(listener: &Socket) -> io::Result<()> {
    let mut clients = FdMap::new();
    let mut accepting = true;
    loop {
        let ready = wait(accepting.then_some(listener), &clients)?;
        for (fd, events) in &ready {
            if let Some(client) = clients.get_mut(fd)
                && !goes_on(client, *events)
            {
                clients.remove(fd);
                accepting = true; // There is a descriptor again.
            }
        }
        // The listener comes last: a new client may get the number of one that has just left,
        // and would be taken for ready.
        if ready.contains_key(&listener.as_raw_fd()) {
            accepting = admit(listener, &mut clients)?;
        }
    }
}

/// Sleeps until the listener or a client is ready, or several are; returns the numbers of these,
/// and what poll says of each. `None` for the listener leaves it out.
fn wait(listener: Option<&Socket>, clients: &FdMap) -> io::Result<BTreeMap<RawFd, PollFlags>> {
    let listener = listener.map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN));
    let clients = clients
        .values()
        .map(|client| PollFd::new(client.socket.as_fd(), interest(client)));
    let mut watched: Vec<PollFd> = listener.into_iter().chain(clients).collect();
    // poll leaves the questions as they are and writes its answers beside them.
    while let Err(errno) = poll(&mut watched, PollTimeout::NONE) {
        if errno != Errno::EINTR {
            return Err(cannot("wait in poll", errno.into()));
        } // A signal: ask again.
    }
    // The questions borrow the sockets: while we held them, no client could leave. So we take
    // the numbers out.
    let answers = watched.iter().map(|watched| {
        // A bit that nix does not know was not asked for: something is wrong with the socket.
        let events = watched.revents().unwrap_or(PollFlags::POLLERR);
        (watched.as_fd().as_raw_fd(), events)
    });
    Ok(answers.filter(|(_, events)| !events.is_empty()).collect())
}

/// What poll is asked about a client.
fn interest(client: &Client) -> PollFlags {
    let mut events = PollFlags::empty();
    // Also when its quota is used up: who closes with bytes unread resets the connection, and what
    // is still on its way to the client may be lost.
    if !client.at_end {
        events |= PollFlags::POLLIN;
    }
    // A socket can nearly always be written to. A server that asks when there is nothing
    // to send never sleeps.
    if !client.queue.is_empty() {
        events |= PollFlags::POLLOUT;
    }
    events
}

/// Accepts a client and adds it to the map. Returns whether another one could be accepted.
fn admit(listener: &Socket, clients: &mut FdMap) -> io::Result<bool> {
    let (socket, address) = match accept(listener) {
        Ok(Some(accepted)) => accepted,
        Ok(None) => return Ok(true),
        // The client stays in the queue of the listener, which therefore stays ready: if we went on
        // asking about it, we would never sleep. (With no client to leave, it would be hopeless.)
        Err(error) if is_shortage(&error) && !clients.is_empty() => {
            eprintln!("cannot accept a client until another one has left: {error}");
            return Ok(false);
        }
        Err(error) => return Err(cannot("accept a client", error)),
    };
    // That the listener does not block says nothing about the sockets it hands out.
    match socket.set_nonblocking(true) {
        Ok(()) => {
            println!("accepted {address}");
            let client = Client {
                socket,
                address,
                line: Vec::new(),
                answered: 0,
                queue: VecDeque::new(),
                at_end: false,
                told: false,
            };
            clients.insert(client.socket.as_raw_fd(), client);
        }
        Err(reason) => println!("turned away {address}: {reason}"),
    }
    Ok(true)
}

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
fn goes_on(client: &mut Client, events: PollFlags) -> bool {
    let address = client.address;
    match answer(client, events) {
        Ok(Next::Keep) => return true,
        Ok(Next::Close) if is_used_up(client) => println!("closed {address}: {FAREWELL}"),
        Ok(Next::Close) => println!("closed {address}"),
        // One client's error ends that client. The others have nothing to do with it.
        Err(error) => println!("closed {address}: {error}"),
    }
    false
}

/// Does for a client what poll says of it.
fn answer(client: &mut Client, events: PollFlags) -> io::Result<Next> {
    // No open descriptor has this number. The map owns its sockets, so that cannot be; if it were,
    // poll would say so at every turn.
    if events.contains(PollFlags::POLLNVAL) {
        return Err(Errno::EBADF.into());
    }
    if events.contains(PollFlags::POLLIN) {
        receive(client)?;
    }
    if events.contains(PollFlags::POLLOUT) {
        send(client)?;
    }
    // These two come unasked: the connection is broken, or gone in both directions. What came
    // before that can still be read, so recv goes first, for as long as it brings anything.
    if events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP)
        && !events.contains(PollFlags::POLLIN)
    {
        let reason = client.socket.take_error()?;
        return Err(reason.unwrap_or(Errno::ECONNRESET.into()));
    }
    if is_used_up(client) && client.queue.is_empty() && !client.told {
        client.socket.shutdown(Shutdown::Write)?;
        client.told = true;
    }
    // The end of what it sends is not the end of what it is owed.
    if client.at_end && client.queue.is_empty() {
        return Ok(Next::Close);
    }
    Ok(Next::Keep)
}

/// Whether it has had all the answers that it gets.
fn is_used_up(client: &Client) -> bool {
    client.answered == QUOTA
}

/// Takes what one recv brings.
fn receive(client: &mut Client) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    match client.socket.read(&mut buffer) {
        Ok(0) => client.at_end = true, // End of stream: the client will send nothing more.
        Ok(count) => return take(client, &buffer[..count]),
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Answers the lines that these bytes make whole, as far as the quota goes.
fn take(client: &mut Client, bytes: &[u8]) -> io::Result<()> {
    for &byte in bytes {
        if is_used_up(client) {
            return Ok(());
        }
        client.line.push(byte);
        if client.line.len() > LINE_SIZE {
            return Err(io::Error::other("the line is too long"));
        }
        if byte == b'\n' {
            client.queue.extend(client.line.drain(..));
            client.answered += 1;
            if is_used_up(client) {
                client.queue.extend(format!("{FAREWELL}\n").bytes());
            }
        }
    }
    Ok(())
}

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

/// A signal came, or there was nothing to take, or no room, after all: poll will tell when.
fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
