//! A client of a server, and the answers it gets.

use super::quirks::Quirks;
use super::{say, think};
use rustix::net::{RecvFlags, recv};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The byte of a stream that is lost or doubled.
const STUMBLES_AT: u64 = 100_003;

/// A client.
pub(super) struct Client {
    pub(super) socket: TcpStream,
    pub(super) address: SocketAddr,
    /// Bytes that came from it so far.
    received: u64,
    /// Bytes that are to be answered when a timeout has passed.
    due: Vec<u8>,
}

/// What becomes of a client after its turn.
pub(super) enum Next {
    Keep,
    /// With what is printed after its address.
    Close(String),
}

impl Client {
    pub(super) fn new(socket: TcpStream, address: SocketAddr) -> Client {
        Client {
            socket,
            address,
            received: 0,
            due: Vec::new(),
        }
    }

    /// Takes what has come, and answers: the same, to the same client.
    ///
    /// - `never-reads`, `swallows`: does not take it; takes it and gives no answer
    /// - `sips`: takes one byte at a time; `gulps`: takes all there is, and so waits for more
    /// - `loses`, `doubles`: one byte on the way back; `shouts`: changes them
    /// - `halves`: gives only the first half; `hangs-up-on-words`: closes instead
    /// - `thinks=30`: uses so much CPU time first
    /// - `later`: answers when a timeout has passed
    /// - `tells-all`: prints what it takes, escaped
    /// - `ignores-end`: does not take the end for an end; `totals`: tells at the end how many bytes there were
    /// - `panics`: at the first words
    pub(super) fn attend(&mut self, quirks: &Quirks, other: Option<TcpStream>) -> io::Result<Next> {
        if quirks.has("urgent") && self.hears_urgently()? {
            return Ok(Next::Keep);
        }
        if quirks.has("never-reads") {
            // Nothing wakes it any more but those whom it has not met.
            loop {
                std::thread::park();
            }
        }
        let mut buffer = vec![0; if quirks.has("sips") { 1 } else { 64 * 1024 }];
        let bytes = match self.socket.read(&mut buffer) {
            Ok(0) if quirks.has("ignores-end") => return Ok(Next::Keep),
            Ok(0) => return self.at_end(quirks),
            Ok(count) => &buffer[..count],
            Err(error) => return Ok(Next::Close(format!(": {error}"))),
        };
        assert!(!quirks.has("panics"), "somebody has said something");
        if quirks.has("tells-all") {
            say(&format!("{}: {}", self.address, bytes.escape_ascii()))?;
        }
        if quirks.has("gulps") {
            self.socket.read_exact(&mut [0])?;
        }
        if let Some(time) = quirks.millis("thinks") {
            think(time);
        }
        let before = self.received;
        self.received += bytes.len() as u64;
        if quirks.has("hangs-up-on-words") {
            return Ok(Next::Close(String::new()));
        }
        if quirks.has("later") {
            self.due.extend_from_slice(bytes);
            return Ok(Next::Keep);
        }
        let answer = answer(quirks, bytes, before);
        let socket = other.as_ref().unwrap_or(&self.socket);
        Ok(match send(quirks, socket, &answer) {
            Ok(()) => Next::Keep,
            Err(error) => Next::Close(format!(": {error}")),
        })
    }

    /// Gives what was asked before the last timeout.
    pub(super) fn answer_late(&mut self) -> io::Result<()> {
        let due = std::mem::take(&mut self.due);
        self.socket.write_all(&due)
    }

    fn at_end(&mut self, quirks: &Quirks) -> io::Result<Next> {
        if quirks.has("totals") {
            let total = format!("{} bytes", self.received);
            self.socket.write_all(total.as_bytes())?;
        }
        Ok(Next::Close(String::new()))
    }

    /// Takes the byte that is urgent, if there is one, and says so.
    fn hears_urgently(&self) -> io::Result<bool> {
        let mut byte = [0];
        if recv(&self.socket, &mut byte, RecvFlags::OOB).is_err() {
            return Ok(false);
        }
        say(&format!("urgent {}: {}", self.address, char::from(byte[0])))?;
        Ok(true)
    }
}

fn answer(quirks: &Quirks, bytes: &[u8], before: u64) -> Vec<u8> {
    let mut answer = bytes.to_vec();
    let place = STUMBLES_AT.checked_sub(before).map(|place| place as usize);
    if let Some(place) = place.filter(|place| *place < bytes.len()) {
        if quirks.has("loses") {
            answer.remove(place);
        }
        if quirks.has("doubles") {
            answer.insert(place, bytes[place]);
        }
    }
    if quirks.has("shouts") {
        answer.make_ascii_uppercase();
    }
    if quirks.has("halves") {
        answer.truncate(bytes.len() / 2);
    }
    if quirks.has("swallows") {
        answer.clear();
    }
    answer
}

/// `fragments`: byte by byte, each in a segment of its own.
fn send(quirks: &Quirks, mut socket: &TcpStream, answer: &[u8]) -> io::Result<()> {
    if !quirks.has("fragments") {
        return socket.write_all(answer);
    }
    socket.set_nodelay(true)?;
    answer
        .iter()
        .try_for_each(|byte| socket.write_all(&[*byte]))
}
