//! An echo server that serves one client at a time.
//!
//! It sends back what its client sends, until the client ends; only then does it take the next
//! one. Whoever connects in the meantime is connected, for the kernel sees to that, but gets no
//! answer.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p blocking-echo
//! ```
//!
//! and talk to it from two others, at the same time. Each line comes back in the first; the second
//! has to wait until you end the first with Ctrl-C:
//!
//! ```text
//! nc 127.0.0.1 32768
//! ```

use socket2::{Domain, Socket, Type};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

const USAGE: &str = "usage: blocking-echo [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:32768.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:32768";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most that one recv takes.
const BUFFER_SIZE: usize = 1024;

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
    Ok(listener)
}
// ANCHOR_END: open_listener

// ANCHOR: serve
/// Serves one client after the other. Ends only if it cannot go on.
fn serve(listener: &Socket) -> io::Result<()> {
    let mut number = 0;
    loop {
        let Some((mut socket, address)) = accept(listener)? else {
            continue;
        };
        number += 1;
        println!("accepted {address}, number {number}");
        let result = echo(&mut socket);
        drop(socket); // Closes the connection.
        match result {
            Ok(()) => println!("closed {address}"),
            // One client's error ends that client. The next one has nothing to do with it.
            Err(error) => println!("closed {address}: {error}"),
        }
    }
}
// ANCHOR_END: serve

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

// ANCHOR: echo
/// Sends back what the client sends, until it ends.
fn echo(socket: &mut Socket) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        // `read` is socket2's recv into memory that has a value already.
        match socket.read(&mut buffer) {
            Ok(0) => return Ok(()), // End of stream: the client will send nothing more.
            // `write_all` sends again what one send left over.
            Ok(count) => socket.write_all(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {} // A signal: ask again.
            Err(error) => return Err(error),
        }
    }
}
// ANCHOR_END: echo

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
