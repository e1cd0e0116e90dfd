//! An echo server that a slow reader cannot hold.
//!
//! What a client sends comes back to it. But the server never writes when it is told to read: what
//! it owes a client waits in a queue, and select tells when that client can take some of it. A
//! client whose queue is full is not read from until there is room again.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p select-read-write
//! ```
//!
//! and talk to it from two others, of which one asks for much and reads nothing:
//!
//! ```text
//! nc 127.0.0.1 10000
//! nc 127.0.0.1 10000 < /dev/zero | sleep 60
//! ```

use nix::errno::Errno;
use nix::sys::select::{FD_SETSIZE, FdSet, select};
use nix::sys::socket::{MsgFlags, recv};
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeSet, VecDeque};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: select-read-write [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:10000.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:10000";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most that one recv takes.
const BUFFER_SIZE: usize = 16 * 1024;

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
}

/// The numbers of the descriptors that are ready, by what they are ready for.
struct Ready {
    to_read: BTreeSet<RawFd>,
    to_write: BTreeSet<RawFd>,
    /// Urgent data has come.
    exceptional: BTreeSet<RawFd>,
}

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
    check_fits_in_set(&listener)?;
    // Without this, a server that is started again has to wait until the last traces of its
    // former connections (TIME_WAIT, a minute) are gone.
    listener.set_reuse_address(true)?;
    listener.bind(&address.into())?;
    listener.listen(BACKLOG)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
// ANCHOR_END: open_listener

/// A set has room for the descriptors 0 to 1023. Inserting a higher one would be a panic.
fn check_fits_in_set(socket: &Socket) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    if fd < FD_SETSIZE as RawFd {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "select watches only descriptors below {FD_SETSIZE}, this one is {fd}"
    )))
}

// ANCHOR: serve
/// Serves all clients, each when it can be served. Ends only if it cannot go on.
fn serve(listener: &Socket) -> io::Result<()> {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let ready = wait(listener, &clients)?;
        // A client that is not retained is dropped, and with it leaves the next turn's set.
        clients.retain_mut(|client| goes_on(client, &ready));
        // The listener comes last: a new client may get the number of one that has just left,
        // and would be taken for ready.
        if ready.to_read.contains(&listener.as_raw_fd()) {
            admit(listener, &mut clients)?;
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: wait
/// Sleeps until the listener or a client is ready, or several are; returns the numbers of these.
fn wait(listener: &Socket, clients: &[Client]) -> io::Result<Ready> {
    loop {
        // select leaves in the sets only what is ready, so each turn needs new ones.
        let mut to_read = FdSet::new();
        let mut to_write = FdSet::new();
        let mut exceptional = FdSet::new();
        to_read.insert(listener.as_fd());
        for client in clients {
            // Backpressure: whoever does not take what it is owed is not asked for more. Its bytes
            // then wait in the kernel, and when that is full, with the client.
            if !client.at_end && client.queue.len() < QUEUE_SIZE {
                to_read.insert(client.socket.as_fd());
            }
            // A socket can nearly always be written to. A server that asks when there is nothing
            // to send never sleeps.
            if !client.queue.is_empty() {
                to_write.insert(client.socket.as_fd());
            }
            exceptional.insert(client.socket.as_fd());
        }
        match select(None, &mut to_read, &mut to_write, &mut exceptional, None) {
            // The sets borrow the sockets: while we held them, no client could leave. So we take
            // the numbers out.
            Ok(_) => {
                return Ok(Ready {
                    to_read: numbers(&to_read),
                    to_write: numbers(&to_write),
                    exceptional: numbers(&exceptional),
                });
            }
            Err(Errno::EINTR) => {} // A signal: ask again.
            Err(errno) => return Err(cannot("wait in select", errno.into())),
        }
    }
}
// ANCHOR_END: wait

/// The numbers of the descriptors in a set.
fn numbers(set: &FdSet<'_>) -> BTreeSet<RawFd> {
    set.fds(None).map(|fd| fd.as_raw_fd()).collect()
}

// ANCHOR: admit
/// Accepts a client and adds it to those that are watched.
fn admit(listener: &Socket, clients: &mut Vec<Client>) -> io::Result<()> {
    let Some((socket, address)) = accept(listener)? else {
        return Ok(());
    };
    // That the listener does not block says nothing about the sockets it hands out.
    match check_fits_in_set(&socket).and_then(|()| socket.set_nonblocking(true)) {
        Ok(()) => {
            println!("accepted {address}");
            clients.push(Client {
                socket,
                address,
                queue: VecDeque::new(),
                at_end: false,
            });
        }
        Err(reason) => println!("turned away {address}: {reason}"),
    }
    Ok(())
}
// ANCHOR_END: admit

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
            _ => Err(cannot("accept a client", error)),
        },
    }
}

/// Gives a client its turn. Returns whether it stays.
fn goes_on(client: &mut Client, ready: &Ready) -> bool {
    let address = client.address;
    match answer(client, ready) {
        Ok(Next::Keep) => return true,
        Ok(Next::Close) => println!("closed {address}"),
        // One client's error ends that client. The others have nothing to do with it.
        Err(error) => println!("closed {address}: {error}"),
    }
    false
}

// ANCHOR: answer
/// Does for a client what it is ready for.
fn answer(client: &mut Client, ready: &Ready) -> io::Result<Next> {
    let fd = client.socket.as_raw_fd();
    // Before the ordinary bytes: to read past the place where the urgent byte was is to lose it.
    if ready.exceptional.contains(&fd) {
        receive_urgent(client)?;
    }
    if ready.to_read.contains(&fd) {
        receive(client)?;
    }
    if ready.to_write.contains(&fd) {
        send(client)?;
    }
    // The end of what it sends is not the end of what it is owed.
    if client.at_end && client.queue.is_empty() {
        return Ok(Next::Close);
    }
    Ok(Next::Keep)
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

// ANCHOR: receive_urgent
/// Prints the urgent byte. The kernel keeps one at a time, apart from the others.
fn receive_urgent(client: &Client) -> io::Result<()> {
    let mut byte = [0];
    // socket2 knows MSG_OOB too, but only for memory without a value, which needs unsafe code.
    match recv(client.socket.as_raw_fd(), &mut byte, MsgFlags::MSG_OOB) {
        Ok(0) | Err(Errno::EINVAL) => {} // There is none after all.
        Ok(_) => println!("urgent {}: {}", client.address, byte.escape_ascii()),
        Err(errno) if is_no_failure(&errno.into()) => {} // Announced, and still on its way.
        Err(errno) => return Err(errno.into()),
    }
    Ok(())
}
// ANCHOR_END: receive_urgent

/// A signal came, or there was nothing to take, or no room, after all: select will tell when.
fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
