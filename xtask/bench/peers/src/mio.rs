//! Lesson 10's server on mio, in the way that mio's own examples go.
//!
//! mio tells once, as epoll does with EPOLLET: read and write until they would block. It serves as lesson 10 does, with
//! buffers and queues of the same sizes, but does without what an echo does not need: it ends when `accept` fails.
//!
//! ```text
//! peer-mio 127.0.0.1:0
//! ```

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::collections::{HashMap, VecDeque};
use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

/// The most events that one wait brings.
const EVENTS: usize = 256;
/// The most that one read takes.
const BUFFER_SIZE: usize = 4 * 1024;
/// The most that waits to be sent to one client.
const QUEUE_SIZE: usize = 64 * 1024;

const LISTENER: Token = Token(0);

struct Client {
    socket: TcpStream,
    address: SocketAddr,
    /// Received and not sent back yet.
    queue: VecDeque<u8>,
    at_end: bool,
    /// Whether read may bring something: since mio has told so, it has not said that it would block.
    to_read: bool,
}

fn main() -> io::Result<()> {
    let address = env::args().nth(1).and_then(|word| word.parse().ok());
    let address = address.ok_or_else(|| io::Error::other("usage: peer-mio ADDR"))?;
    let mut listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS);
    let mut clients = HashMap::new();
    let mut buffer = [0; BUFFER_SIZE];
    let mut last = LISTENER;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in &events {
            if event.token() == LISTENER {
                admit(&listener, &poll, &mut clients, &mut last)?;
            } else if let Some(client) = clients.get_mut(&event.token()) {
                client.to_read |= event.is_readable();
                if !goes_on(client, &mut buffer) {
                    clients.remove(&event.token());
                }
            }
        }
    }
}

/// Accepts clients until there is none.
fn admit(
    listener: &TcpListener,
    poll: &Poll,
    clients: &mut HashMap<Token, Client>,
    last: &mut Token,
) -> io::Result<()> {
    loop {
        let (mut socket, address) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        last.0 += 1;
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut socket, *last, both)?;
        println!("accepted {address}");
        let client = Client {
            socket,
            address,
            queue: VecDeque::new(),
            at_end: false,
            to_read: false,
        };
        clients.insert(*last, client);
    }
}

/// Gives a client its turn. Returns whether it stays.
fn goes_on(client: &mut Client, buffer: &mut [u8]) -> bool {
    match converse(client, buffer) {
        Ok(()) if client.at_end && client.queue.is_empty() => {
            println!("closed {}", client.address);
            false
        }
        Ok(()) => true,
        Err(error) => {
            println!("closed {}: {error}", client.address);
            false
        }
    }
}

/// Reads and writes until neither goes on.
fn converse(client: &mut Client, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        let room = BUFFER_SIZE.min(QUEUE_SIZE - client.queue.len());
        if client.to_read && !client.at_end && room > 0 {
            match client.socket.read(&mut buffer[..room]) {
                Ok(0) => client.at_end = true,
                Ok(count) => client.queue.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => client.to_read = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if client.queue.is_empty() {
            match client.to_read && !client.at_end {
                true => continue,
                false => return Ok(()),
            }
        }
        let (first, _) = client.queue.as_slices();
        match client.socket.write(first) {
            Ok(count) => drop(client.queue.drain(..count)),
            // Until there is room again, for which mio tells of it, nothing is read either: it would only wait here.
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
