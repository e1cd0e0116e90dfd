//! A terminal client: what you type goes to a server, what the server sends is printed.
//!
//! Nobody knows who speaks next, you or the server. So it sleeps neither in a read from the
//! keyboard nor in a recv from the socket, but in select, which waits for both. When you end the
//! input, it half-closes the connection and goes on printing until the server ends.
//!
//! Run a server in one terminal, lesson 01's for example:
//!
//! ```text
//! cargo run -p blocking-echo
//! ```
//!
//! and this client in another one; Ctrl-D at the beginning of a line ends the input:
//!
//! ```text
//! cargo run -p select-echo-client
//! ```
//!
//! What is typed is sent at once, by a blocking send. A server that does not read for long can
//! hold the client there; lesson 05 is about that.

use nix::errno::Errno;
use nix::sys::select::{FD_SETSIZE, FdSet, select};
use socket2::{Domain, Socket, Type};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::ExitCode;

const USAGE: &str = "usage: select-echo-client [ADDR]

ADDR is the server's address, an IP address and a port.
The default is 127.0.0.1:32768.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:32768";

/// The most that one read or recv takes.
const BUFFER_SIZE: usize = 1024;

/// Who has something for us.
struct Ready {
    input: bool,
    socket: bool,
}

/// What becomes of the input, or of the connection, after its turn.
enum Next {
    Keep,
    Close,
}

fn main() -> ExitCode {
    let Some(address) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match connect(address).and_then(|mut socket| converse(&mut socket)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The server's address; `None` if the arguments are not what `USAGE` asks for.
fn arguments() -> Option<SocketAddr> {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => DEFAULT_ADDRESS.parse().ok(),
        [address] => address.to_str()?.parse().ok(),
        _ => None,
    }
}

// ANCHOR: connect
/// A socket that is connected to the server.
fn connect(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    check_fits_in_set(&socket)?;
    match socket.connect(&address.into()) {
        Ok(()) => Ok(socket),
        Err(error) => Err(cannot(format!("connect to {address}"), error)),
    }
}
// ANCHOR_END: connect

/// A set has room for the descriptors 0 to 1023. Inserting a higher one would be a panic.
fn check_fits_in_set(source: &impl AsRawFd) -> io::Result<()> {
    let fd = source.as_raw_fd();
    if fd < FD_SETSIZE as RawFd {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "select watches only descriptors below {FD_SETSIZE}, this one is {fd}"
    )))
}

// ANCHOR: converse
/// Sends what is typed and prints what arrives, until the server ends.
fn converse(socket: &mut Socket) -> io::Result<()> {
    let mut input = Some(open_input()?);
    loop {
        let ready = wait(input.as_ref(), socket)?;
        // The server first: what it has said is printed even if it cannot be answered any more.
        if ready.socket && matches!(print(socket)?, Next::Close) {
            return Ok(());
        }
        if ready.input
            && let Some(file) = &mut input
            && matches!(send(file, socket)?, Next::Close)
        {
            // An input at its end stays ready for ever: it must leave the set.
            input = None;
            half_close(socket)?;
        }
    }
}
// ANCHOR_END: converse

// ANCHOR: open_input
/// Standard input without a buffer.
///
/// `io::stdin()` reads ahead: it would take three lines, give us one, and select, which knows only
/// what the kernel has, would call the input empty.
fn open_input() -> io::Result<File> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    check_fits_in_set(&input)?;
    Ok(input)
}
// ANCHOR_END: open_input

// ANCHOR: wait
/// Sleeps until the user or the server has something for us, or both.
fn wait(input: Option<&File>, socket: &Socket) -> io::Result<Ready> {
    loop {
        // select leaves in the set only what is ready, so each turn needs a new one.
        let mut ready = FdSet::new();
        ready.insert(socket.as_fd());
        if let Some(input) = input {
            ready.insert(input.as_fd());
        }
        match select(None, &mut ready, None, None, None) {
            Ok(_) => {
                return Ok(Ready {
                    input: input.is_some_and(|input| ready.contains(input.as_fd())),
                    socket: ready.contains(socket.as_fd()),
                });
            }
            Err(Errno::EINTR) => {} // A signal: ask again.
            Err(errno) => return Err(cannot("wait in select", errno.into())),
        }
    }
}
// ANCHOR_END: wait

// ANCHOR: print
/// Prints what one recv brings.
fn print(socket: &mut Socket) -> io::Result<Next> {
    let mut buffer = [0; BUFFER_SIZE];
    match socket.read(&mut buffer) {
        Ok(0) => Ok(Next::Close), // End of stream: the server will send nothing more.
        Ok(count) => {
            let mut output = io::stdout().lock();
            // stdout keeps half a line to itself until it is told not to.
            output
                .write_all(&buffer[..count])
                .and_then(|()| output.flush())
                .map_err(|error| cannot("print", error))?;
            Ok(Next::Keep)
        }
        Err(error) => keep_if_harmless(error, "receive"),
    }
}
// ANCHOR_END: print

// ANCHOR: send
/// Sends what one read brings: a line from a terminal, whatever is there from a pipe or a file.
fn send(input: &mut File, socket: &mut Socket) -> io::Result<Next> {
    let mut buffer = [0; BUFFER_SIZE];
    match input.read(&mut buffer) {
        Ok(0) => Ok(Next::Close), // End of input: Ctrl-D, or the pipe's other end was closed.
        Ok(count) => {
            socket
                .write_all(&buffer[..count])
                .map_err(|error| cannot("send", error))?;
            Ok(Next::Keep)
        }
        Err(error) => keep_if_harmless(error, "read standard input"),
    }
}
// ANCHOR_END: send

/// Tells the server that nothing more will come. It may still have something to say to us.
fn half_close(socket: &Socket) -> io::Result<()> {
    socket
        .shutdown(Shutdown::Write)
        .map_err(|error| cannot("half-close the connection", error))
}

/// A signal, or nothing there after all, is no error: select will tell when there is something.
fn keep_if_harmless(error: io::Error, what: &str) -> io::Result<Next> {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::WouldBlock => Ok(Next::Keep),
        _ => Err(cannot(what, error)),
    }
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
