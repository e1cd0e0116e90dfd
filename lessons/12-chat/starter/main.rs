//! A chat server: what one client says, all the others hear.
//!
//! This is yours to write. `lessons/12-chat/brief.md` says exactly what it does, and so do the
//! scripts beside it; in short:
//!
//! - `ADDR joined` and `ADDR left` go to everybody else, and `ADDR: LINE` for each line of a client.
//! - A line ends with a line feed; a CR right before that is left out. At the end of the stream the rest
//!   is a line, too. Whose line has more than 1024 bytes is dropped.
//! - What the kernel does not take at once waits in a queue for each client. For whom more than 64 KiB
//!   would have to wait, it is dropped: nobody waits for who does not read.
//! - Who shuts down writing, resets or is dropped leaves, and the others are told.
//! - stdout: `accepted ADDR`, and `closed ADDR` or `closed ADDR: REASON`.
//! - One thread, asleep in epoll_wait; EMFILE as in lesson 10.
//!
//! Talk to it from two terminals, or from as many as you like:
//!
//! ```text
//! nc 127.0.0.1 8012
//! ```

use socket2::{Domain, Socket, Type};
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

const USAGE: &str = "usage: chat [ADDR]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:8012.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8012";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

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
    let _ = listener; // Nobody uses it yet.
    todo!("let clients join, pass on their lines, let them leave")
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
