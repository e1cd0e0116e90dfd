//! An echo server whose loop does not know what an event means.
//!
//! What a client sends comes back to it, as in lessons 05 and 07. But the loop only waits and
//! calls: whoever registers a source with the selector says which callback is to run when it is
//! ready. A callback may register, modify and unregister whatever it likes, itself included.
//!
//! Run it in one terminal:
//!
//! ```text
//! cargo run -p selectors-callbacks -- --selector poll
//! ```
//!
//! and talk to it from two others:
//!
//! ```text
//! nc 127.0.0.1 9999
//! ```
//!
//! The selectors themselves are this package's library, src/lib.rs.

use nix::errno::Errno;
use selectors::{DefaultSelector, Events, PollSelector, SelectSelector, Selector, Token};
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "usage: selectors-callbacks [ADDR] [--selector select|poll|default] [--once]

ADDR is where to listen, an IP address and a port; port 0 is any free one.
The default is 127.0.0.1:9999.
--selector says how to wait: in select, in poll, or in the best that the platform has (the default).
--once ends the server when its last client has left.";

const DEFAULT_ADDRESS: &str = "127.0.0.1:9999";

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: i32 = 128;

/// The most that one recv takes.
const BUFFER_SIZE: usize = 16 * 1024;

/// The most that waits to be sent to one client.
const QUEUE_SIZE: usize = 64 * 1024;

/// What the command line asks for.
struct Options {
    address: SocketAddr,
    way: Way,
    once: bool,
}

/// The ways to wait.
enum Way {
    Select,
    Poll,
    Default,
}

// ANCHOR: callback
/// What is to be done when a source is ready. An error is the server's, and ends it.
type Callback = fn(&mut Server, Token, Events) -> io::Result<()>;

/// All that a callback can get at.
struct Server {
    /// The sockets, each with its callback: the listener with `admit`, a client's with `converse`
    /// while it may send, and then with `finish`.
    selector: Selector<Socket, Callback>,
    /// What is known of each client. Its socket is the selector's, under the same token.
    clients: BTreeMap<Token, Client>,
    /// The listener, while no descriptor is free for a client.
    out_of_service: Option<Socket>,
}
// ANCHOR_END: callback

/// A connected client, but for its socket.
struct Client {
    /// Where it came from; what the output calls it.
    address: SocketAddr,
    /// What it is owed: received and not sent back yet. At most `QUEUE_SIZE` bytes.
    queue: VecDeque<u8>,
}

/// What becomes of a client after its turn.
enum Next {
    Watch(Events, Callback),
    Close,
}

fn main() -> ExitCode {
    let Some(options) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match open(&options).and_then(|mut server| server.serve(options.once)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the arguments ask for; `None` if they are not what `USAGE` says.
fn arguments() -> Option<Options> {
    let mut address = None;
    let mut way = Way::Default;
    let mut once = false;
    let mut arguments = env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str()? {
            "--once" => once = true,
            "--selector" => {
                way = match arguments.next()?.to_str()? {
                    "select" => Way::Select,
                    "poll" => Way::Poll,
                    "default" => Way::Default,
                    _ => return None,
                }
            }
            word if address.is_none() => address = Some(word.parse().ok()?),
            _ => return None,
        }
    }
    Some(Options {
        address: address.or(DEFAULT_ADDRESS.parse().ok())?,
        way,
        once,
    })
}

/// A server that has a selector and listens, says where, and has no clients yet.
fn open(options: &Options) -> io::Result<Server> {
    let mut selector = match options.way {
        Way::Select => Selector::new(SelectSelector),
        Way::Poll => Selector::new(PollSelector),
        Way::Default => Selector::new(
            DefaultSelector::new().map_err(|error| cannot("open the selector", error))?,
        ),
    };
    let listener = listen(options.address)?;
    selector
        .register(listener, Events::READ, admit as Callback)
        .map_err(|error| cannot("watch the listener", error))?;
    Ok(Server {
        selector,
        clients: BTreeMap::new(),
        out_of_service: None,
    })
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

impl Server {
    // ANCHOR: serve
    /// Serves all clients, each when it can be served. Ends if it cannot go on, or, with `once`,
    /// when the last client has left.
    fn serve(&mut self, once: bool) -> io::Result<()> {
        let mut somebody_came = false;
        loop {
            somebody_came |= !self.clients.is_empty();
            // One more look when all have left: whoever is at the door by then still comes in.
            let all_have_left = once && somebody_came && self.clients.is_empty();
            let timeout = all_have_left.then_some(Duration::ZERO);
            let ready = self.selector.select(timeout);
            let ready = ready.map_err(|error| cannot("wait", error))?;
            if ready.is_empty() {
                return Ok(());
            }
            self.dispatch(ready)?;
        }
    }
    // ANCHOR_END: serve

    // ANCHOR: dispatch
    /// Runs the callback of each source that is ready.
    fn dispatch(&mut self, ready: Vec<(Token, Events)>) -> io::Result<()> {
        for (token, events) in ready {
            // An earlier callback may have unregistered it, and its number may be somebody else's
            // by now. Then the token finds nothing.
            if let Ok(key) = self.selector.get_key(token) {
                let callback = key.data;
                callback(self, token, events)?;
            }
        }
        Ok(())
    }
    // ANCHOR_END: dispatch

    // ANCHOR: turn
    /// Gives a client its turn, and does what comes of it.
    fn turn(
        &mut self,
        token: Token,
        part: impl FnOnce(&Socket, &mut Client) -> io::Result<Next>,
    ) -> io::Result<()> {
        let socket = &self.selector.get_key(token)?.source;
        let Some(client) = self.clients.get_mut(&token) else {
            return Ok(());
        };
        let done = match part(socket, client) {
            Ok(Next::Watch(events, callback)) => self.selector.modify(token, events, callback),
            Ok(Next::Close) => return self.close(token, None),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(()),
            // One client's error ends that client. The others have nothing to do with it.
            Err(error) => self.close(token, Some(error)),
        }
    }
    // ANCHOR_END: turn

    // ANCHOR: close
    /// Ends a client, and says why if it was an error.
    fn close(&mut self, token: Token, reason: Option<io::Error>) -> io::Result<()> {
        // Dropping the key closes the connection. (If `modify` has failed, it is gone already.)
        drop(self.selector.unregister(token));
        if let Some(client) = self.clients.remove(&token) {
            match reason {
                None => println!("closed {}", client.address),
                Some(reason) => println!("closed {}: {reason}", client.address),
            }
        }
        // A descriptor is free again: whoever waits to be accepted can be.
        if let Some(listener) = self.out_of_service.take() {
            self.selector.register(listener, Events::READ, admit)?;
        }
        Ok(())
    }
    // ANCHOR_END: close
}

// ANCHOR: admit
/// The listener's callback: accepts a client and registers it.
fn admit(server: &mut Server, token: Token, _: Events) -> io::Result<()> {
    let (socket, address) = match accept(&server.selector.get_key(token)?.source) {
        Ok(Some(accepted)) => accepted,
        Ok(None) => return Ok(()),
        // The client stays in the queue of the listener, which therefore stays ready: if we went on
        // watching it, we would never sleep. (With no client to leave, it would be hopeless.)
        Err(error) if is_shortage(&error) && !server.clients.is_empty() => {
            eprintln!("cannot accept a client until another one has left: {error}");
            server.out_of_service = Some(server.selector.unregister(token)?.source);
            return Ok(());
        }
        Err(error) => return Err(cannot("accept a client", error)),
    };
    // That the listener does not block says nothing about the sockets it hands out.
    let registered = socket
        .set_nonblocking(true)
        .and_then(|()| server.selector.register(socket, Events::READ, converse));
    match registered {
        Ok(token) => {
            println!("accepted {address}");
            let queue = VecDeque::new();
            server.clients.insert(token, Client { address, queue });
        }
        Err(reason) => println!("turned away {address}: {reason}"),
    }
    Ok(())
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

// ANCHOR: converse
/// The callback of a client that may have more to say.
fn converse(server: &mut Server, token: Token, events: Events) -> io::Result<()> {
    server.turn(token, |socket, client| {
        let at_end = events.to_read() && receive(socket, &mut client.queue)?;
        if events.to_write() {
            send(socket, &mut client.queue)?;
        }
        Ok(match client.queue.len() {
            0 if at_end => Next::Close,
            // The end of what it sends is not the end of what it is owed.
            _ if at_end => Next::Watch(Events::WRITE, finish),
            // A socket can nearly always be written to. A server that asks when there is nothing
            // to send never sleeps.
            0 => Next::Watch(Events::READ, converse),
            // Backpressure: whoever does not take what it is owed is not asked for more. Its bytes
            // then wait in the kernel, and when that is full, with the client.
            QUEUE_SIZE.. => Next::Watch(Events::WRITE, converse),
            _ => Next::Watch(Events::BOTH, converse),
        })
    })
}
// ANCHOR_END: converse

// ANCHOR: finish
/// The callback of a client that has said everything and is still owed something.
fn finish(server: &mut Server, token: Token, _: Events) -> io::Result<()> {
    server.turn(token, |socket, client| {
        send(socket, &mut client.queue)?;
        Ok(match client.queue.is_empty() {
            true => Next::Close,
            false => Next::Watch(Events::WRITE, finish),
        })
    })
}
// ANCHOR_END: finish

/// Queues what one recv brings, as far as there is room. Returns whether that was the end.
fn receive(mut socket: &Socket, queue: &mut VecDeque<u8>) -> io::Result<bool> {
    let mut buffer = [0; BUFFER_SIZE];
    let room = BUFFER_SIZE.min(QUEUE_SIZE - queue.len());
    match socket.read(&mut buffer[..room]) {
        Ok(0) => return Ok(true), // End of stream: the client will send nothing more.
        Ok(count) => queue.extend(&buffer[..count]),
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(false)
}

/// Sends from the queue what the kernel takes. The rest waits for the next time.
fn send(mut socket: &Socket, queue: &mut VecDeque<u8>) -> io::Result<()> {
    // The queue is a ring: what wraps around comes with the next send.
    let (first, _) = queue.as_slices();
    match socket.write(first) {
        Ok(count) => drop(queue.drain(..count)),
        Err(error) if is_no_failure(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A signal came, or there was nothing to take, or no room, after all: the selector will tell when.
/// (polling also calls a socket ready to read that has urgent data, which recv steps over.)
fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
