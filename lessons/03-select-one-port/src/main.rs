//! A server for many clients at once, on one port and in one thread.
//!
//! What a client sends comes back with `Roger that.` after it. select watches the listener and
//! every client, so whoever sends something is answered, and whoever is silent keeps nobody
//! waiting.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p select-one-port
//! ```
//!
//! and talk to it from two others, in turn, at the same time:
//!
//! ```text
//! nc 127.0.0.1 8002
//! ```
//!
//! Answers are written at once, by a blocking send. A client that asks for much and does not read
//! it can still hold everybody; lesson 05 is about that.

use nix::errno::Errno;
use nix::sys::select::{FD_SETSIZE, FdSet, select};
use socket2::{Domain, Socket, Type};
use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: select-one-port [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:8002.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8002";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most that one recv takes.
const BUFFER_SIZE: usize = 1024;

/// A connected client. Dropping it closes the connection.
struct Client {
    socket: Socket,
    /// Where it came from; what the output calls it.
    address: SocketAddr,
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
/// Serves all clients, each when it has something to say. Ends only if it cannot go on.
fn serve(listener: &Socket) -> io::Result<()> {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let ready = wait(listener, &clients)?;
        // A client that is not retained is dropped, and with it leaves the next turn's set.
        clients.retain_mut(|client| !ready.contains(&client.socket.as_raw_fd()) || goes_on(client));
        // The listener comes last: a new client may get the number of one that has just left,
        // and would be taken for ready.
        if ready.contains(&listener.as_raw_fd()) {
            admit(listener, &mut clients)?;
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: wait
/// Sleeps until the listener or a client is ready, or several are; returns the numbers of these.
fn wait(listener: &Socket, clients: &[Client]) -> io::Result<BTreeSet<RawFd>> {
    loop {
        // select leaves in the set only what is ready, so each turn needs a new one.
        let mut ready = FdSet::new();
        ready.insert(listener.as_fd());
        for client in clients {
            ready.insert(client.socket.as_fd());
        }
        match select(None, &mut ready, None, None, None) {
            // The set borrows the sockets: while we held it, no client could leave. So we take
            // the numbers out.
            Ok(_) => return Ok(ready.fds(None).map(|fd| fd.as_raw_fd()).collect()),
            Err(Errno::EINTR) => {} // A signal: ask again.
            Err(errno) => return Err(cannot("wait in select", errno.into())),
        }
    }
}
// ANCHOR_END: wait

// ANCHOR: admit
/// Accepts a client and adds it to those that are watched.
fn admit(listener: &Socket, clients: &mut Vec<Client>) -> io::Result<()> {
    let Some((socket, address)) = accept(listener)? else {
        return Ok(());
    };
    match check_fits_in_set(&socket) {
        Ok(()) => {
            println!("accepted {address}");
            clients.push(Client { socket, address });
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

/// Gives a client that is ready its turn. Returns whether it stays.
fn goes_on(client: &mut Client) -> bool {
    let address = client.address;
    match answer(&mut client.socket) {
        Ok(Next::Keep) => return true,
        Ok(Next::Close) => println!("closed {address}"),
        // One client's error ends that client. The others have nothing to do with it.
        Err(error) => println!("closed {address}: {error}"),
    }
    false
}

// ANCHOR: answer
/// Sends back what one recv brings, with `Roger that.` after it.
fn answer(socket: &mut Socket) -> io::Result<Next> {
    let mut buffer = [0; BUFFER_SIZE];
    // `read` is socket2's recv into memory that has a value already. It does not block: select
    // has said that something is there.
    match socket.read(&mut buffer) {
        Ok(0) => Ok(Next::Close), // End of stream: the client will send nothing more.
        Ok(count) => {
            // One send for both. The kernel might hold a second small one back until the client
            // has acknowledged the first.
            let reply = [&buffer[..count], b"Roger that."].concat();
            socket.write_all(&reply)?;
            Ok(Next::Keep)
        }
        // A signal, or nothing there after all: select will tell when there is.
        Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {
            Ok(Next::Keep)
        }
        Err(error) => Err(error),
    }
}
// ANCHOR_END: answer

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
