//! Lesson 11's echo server on mio, which tokio stands on. Each line that is mio's names what it is in lesson 10 or 11.

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

const LISTENER: Token = Token(0);
const QUEUE_SIZE: usize = 64 * 1024;

struct Client {
    socket: TcpStream,
    address: SocketAddr,
    queue: VecDeque<u8>,
    at_end: bool,
}

fn main() -> io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or("127.0.0.1:8011".to_owned());
    let address = address.parse().map_err(io::Error::other)?;
    let mut poll = Poll::new()?; // epoll_create1
    let mut listener = TcpListener::bind(address)?; // non-blocking from the beginning
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?; // EPOLL_CTL_ADD, with EPOLLET
    println!("listening on {}", listener.local_addr()?);

    let mut clients: BTreeMap<Token, Client> = BTreeMap::new();
    let mut events = Events::with_capacity(256); // the array for the answers
    let mut last = LISTENER;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue, // a signal: EINTR
            result => result?,                                                // epoll_wait
        }
        for event in &events {
            if event.token() == LISTENER {
                // An edge may stand for several: until WouldBlock.
                while let Some((mut socket, address)) = unless_it_would_block(listener.accept())? {
                    last = Token(last.0 + 1); // never given twice: no stale event finds a newcomer
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut socket, last, both)?; // both, for life
                    println!("accepted {address}");
                    let (queue, at_end) = (VecDeque::new(), false);
                    clients.insert(
                        last,
                        Client {
                            socket,
                            address,
                            queue,
                            at_end,
                        },
                    );
                }
            } else if let Some(client) = clients.get_mut(&event.token()) {
                let reason = match client.go_on() {
                    Ok(true) => continue,
                    Ok(false) => String::new(),
                    Err(error) => format!(": {error}"),
                };
                println!("closed {}{reason}", client.address);
                clients.remove(&event.token()); // dropped, so closed, so off the interest list
            }
        }
    }
}

impl Client {
    /// Receives and sends until neither can be done. Returns whether it stays.
    fn go_on(&mut self) -> io::Result<bool> {
        loop {
            let done = self.receive()? | self.send()?;
            if self.at_end && self.queue.is_empty() {
                return Ok(false);
            }
            if !done {
                return Ok(true); // Both say WouldBlock, or the queue is full: the next edge will tell.
            }
        }
    }

    /// One recv, if there is room. Returns whether it brought anything.
    fn receive(&mut self) -> io::Result<bool> {
        let room = QUEUE_SIZE - self.queue.len();
        if self.at_end || room == 0 {
            return Ok(false);
        }
        let mut buffer = [0; QUEUE_SIZE];
        let count = unless_it_would_block(self.socket.read(&mut buffer[..room]))?;
        self.at_end = count == Some(0);
        self.queue.extend(&buffer[..count.unwrap_or(0)]);
        Ok(count.is_some())
    }

    /// One send, if there is something. Returns whether anything was taken.
    fn send(&mut self) -> io::Result<bool> {
        let (first, _) = self.queue.as_slices();
        if first.is_empty() {
            return Ok(false);
        }
        let count = unless_it_would_block(self.socket.write(first))?;
        self.queue.drain(..count.unwrap_or(0));
        Ok(count.is_some())
    }
}

/// `None` for WouldBlock.
fn unless_it_would_block<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}
