//! A server that greets on several ports at once.
//!
//! Whoever connects to one of its ports is sent `Hello`, and the connection is closed. It cannot
//! sleep in accept: it would have to know at which port the next client will come. It sleeps in
//! select, which waits for all of them and says which are ready.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p select-multi-port
//! ```
//!
//! and connect from another one, to 8002, 8003 and 8004 in any order:
//!
//! ```text
//! nc 127.0.0.1 8003
//! ```

use nix::errno::Errno;
use nix::sys::select::{FD_SETSIZE, FdSet, select};
use socket2::{Domain, Socket, Type};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: select-multi-port [ADDR]...

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:8002, 127.0.0.1:8003 and 127.0.0.1:8004.";

const DEFAULT_ADDRESSES: [&str; 3] = ["127.0.0.1:8002", "127.0.0.1:8003", "127.0.0.1:8004"];

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

fn main() -> ExitCode {
    let Some(addresses) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let listeners: io::Result<Vec<Socket>> = addresses.into_iter().map(listen).collect();
    match listeners.and_then(|listeners| serve(&listeners)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The addresses to listen on; `None` if the arguments are not what `USAGE` asks for.
fn arguments() -> Option<Vec<SocketAddr>> {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => DEFAULT_ADDRESSES
            .iter()
            .map(|address| address.parse().ok())
            .collect(),
        addresses => addresses
            .iter()
            .map(|address| address.to_str()?.parse().ok())
            .collect(),
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
/// Greets every client, on whichever port it comes. Ends only if it cannot go on.
fn serve(listeners: &[Socket]) -> io::Result<()> {
    loop {
        let ready = wait(listeners)?;
        for listener in listeners {
            if ready.contains(listener.as_fd()) {
                admit(listener)?;
            }
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: wait
/// Sleeps until a client waits at one of the listeners, or at several; returns the set of these.
fn wait(listeners: &[Socket]) -> io::Result<FdSet<'_>> {
    loop {
        // select leaves in the set only what is ready, so each turn needs a new one.
        let mut ready = FdSet::new();
        for listener in listeners {
            ready.insert(listener.as_fd());
        }
        match select(None, &mut ready, None, None, None) {
            Ok(_) => return Ok(ready),
            Err(Errno::EINTR) => {} // A signal: ask again.
            Err(errno) => return Err(cannot("wait in select", errno.into())),
        }
    }
}
// ANCHOR_END: wait

// ANCHOR: admit
/// Accepts a client, greets it and closes the connection.
fn admit(listener: &Socket) -> io::Result<()> {
    let Some((mut socket, address)) = accept(listener)? else {
        return Ok(());
    };
    println!("accepted {address}");
    let result = socket.write_all(b"Hello");
    drop(socket); // Closes the connection.
    match result {
        Ok(()) => println!("closed {address}"),
        // One client's error ends that client. The next one has nothing to do with it.
        Err(error) => println!("closed {address}: {error}"),
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

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
