//! Sends its arguments to an echo server, and prints what comes back.
//!
//! It is the other side of lesson 08, on the same selectors. What it waits for changes with what it
//! has to do: first the connection, then room to send *and* answers, and when the last message is
//! sent, answers only. Each state has a callback of its own.
//!
//! Run a server in one terminal:
//!
//! ```text
//! cargo run -p selectors-callbacks
//! ```
//!
//! and this client in another one:
//!
//! ```text
//! cargo run -p selectors-client hello "how are you?"
//! ```

use nix::errno::Errno;
use selectors::{DefaultSelector, Events, Selector, Token};
use socket2::{Domain, Socket, Type};
use std::collections::VecDeque;
use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

const USAGE: &str = "usage: selectors-client [ADDR] MESSAGE...

ADDR is the server's address, the first argument that is an IP address and a port.
The default is 127.0.0.1:9999. Each MESSAGE is sent as a line.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:9999";

/// The most that one recv takes.
const BUFFER_SIZE: usize = 16 * 1024;

/// What the command line asks for.
struct Options {
    address: SocketAddr,
    /// The messages, each with its line feed.
    messages: Vec<u8>,
}

// ANCHOR: callback
/// What is to be done when the socket is ready. An error is the end.
type Callback = fn(&mut Client, Token, Events) -> io::Result<()>;

/// All that a callback can get at.
struct Client {
    /// The socket, with the callback of its state: `connected`, then `converse`, then `listen`.
    selector: Selector<Socket, Callback>,
    address: SocketAddr,
    /// What has not been sent yet.
    queue: VecDeque<u8>,
    /// How many bytes are still to come back, of all that was or will be sent.
    missing: usize,
}
// ANCHOR_END: callback

fn main() -> ExitCode {
    let Some(options) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match open(options).and_then(|mut client| client.talk()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the arguments ask for; `None` if they are not what `USAGE` says.
fn arguments() -> Option<Options> {
    let (mut address, mut messages) = (None, Vec::new());
    for argument in env::args_os().skip(1) {
        let as_address = argument.to_str().and_then(|word| word.parse().ok());
        if address.is_none() && as_address.is_some() {
            address = as_address;
        } else {
            messages.extend(argument.into_vec());
            messages.push(b'\n');
        }
    }
    let address = address.or(DEFAULT_ADDRESS.parse().ok())?;
    (!messages.is_empty()).then_some(Options { address, messages })
}

// ANCHOR: open
/// A client that has begun to connect.
fn open(options: Options) -> io::Result<Client> {
    let Options { address, messages } = options;
    let socket = connect(address).map_err(|error| cannot_connect(address, error))?;
    let waits = DefaultSelector::new().map_err(|error| cannot("open the selector", error))?;
    let mut selector = Selector::new(waits);
    selector
        .register(socket, Events::BOTH, connected as Callback)
        .map_err(|error| cannot("watch the socket", error))?;
    Ok(Client {
        selector,
        address,
        missing: messages.len(),
        queue: messages.into(),
    })
}

/// A socket that is about to be connected.
fn connect(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        // The kernel has only sent a SYN. Within one machine, it may have the answer already.
        Err(error) if error.raw_os_error() != Some(Errno::EINPROGRESS as i32) => Err(error),
        _ => Ok(socket),
    }
}
// ANCHOR_END: open

impl Client {
    // ANCHOR: talk
    /// Sends all and prints all, until everything has come back.
    fn talk(&mut self) -> io::Result<()> {
        while !self.queue.is_empty() || self.missing > 0 {
            let ready = self.selector.select(None);
            let ready = ready.map_err(|error| cannot("wait", error))?;
            for (token, events) in ready {
                let callback = self.selector.get_key(token)?.data;
                callback(self, token, events)?;
            }
        }
        Ok(())
    }
    // ANCHOR_END: talk

    // ANCHOR: send
    /// Sends what the kernel takes. The rest waits for the next time.
    fn send(&mut self, token: Token) -> io::Result<()> {
        let mut socket = &self.selector.get_key(token)?.source;
        match socket.write(self.queue.make_contiguous()) {
            Ok(count) => drop(self.queue.drain(..count)),
            Err(error) if is_no_failure(&error) => {}
            Err(error) => return Err(cannot("send", error)),
        }
        if self.queue.is_empty() {
            // A socket can nearly always be written to. A client that goes on asking when there is
            // nothing to send never sleeps.
            self.selector.modify(token, Events::READ, listen)?;
        }
        Ok(())
    }
    // ANCHOR_END: send

    // ANCHOR: receive
    /// Prints what one recv brings.
    fn receive(&mut self, token: Token) -> io::Result<()> {
        let mut socket = &self.selector.get_key(token)?.source;
        let mut buffer = [0; BUFFER_SIZE];
        match socket.read(&mut buffer) {
            Ok(0) => {
                let message = format!("the server ended, and {} bytes are missing", self.missing);
                Err(io::Error::new(ErrorKind::UnexpectedEof, message))
            }
            Ok(count) => {
                // What has come back tells the end; how many recvs it took means nothing.
                self.missing = self.missing.saturating_sub(count);
                print(&buffer[..count]).map_err(|error| cannot("print", error))
            }
            Err(error) if is_no_failure(&error) => Ok(()),
            Err(error) => Err(cannot("receive", error)),
        }
    }
    // ANCHOR_END: receive
}

// ANCHOR: callbacks
/// The callback of a socket that connects. Ready means connected, or failed; SO_ERROR knows which.
fn connected(client: &mut Client, token: Token, events: Events) -> io::Result<()> {
    match client.selector.get_key(token)?.source.take_error()? {
        Some(error) => Err(cannot_connect(client.address, error)),
        None => {
            client.selector.modify(token, Events::BOTH, converse)?;
            converse(client, token, events)
        }
    }
}

/// The callback while there is something to send. What comes back meanwhile is taken: a server that
/// cannot get rid of its answers would stop to read.
fn converse(client: &mut Client, token: Token, events: Events) -> io::Result<()> {
    if events.to_read() {
        client.receive(token)?;
    }
    if events.to_write() {
        client.send(token)?;
    }
    Ok(())
}

/// The callback when all is sent.
fn listen(client: &mut Client, token: Token, _: Events) -> io::Result<()> {
    client.receive(token)
}
// ANCHOR_END: callbacks

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    // stdout keeps half a line to itself until it is told not to.
    output.flush()
}

/// A signal came, or there was nothing to take, or no room, after all: the selector will tell when.
fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

fn cannot_connect(address: SocketAddr, error: io::Error) -> io::Error {
    cannot(format!("connect to {address}"), error)
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
