//! What a client has still to send, and how it goes into the kernel.

use super::Client;
use crate::run::repeated::Repeated;
use crate::script::Manner;
use rustix::net::{SendFlags, send};
use std::io::{self, ErrorKind};

/// Bytes handed to the kernel in one call: not many more than it takes, for the others would have to be made again.
const CHUNK: usize = 16 * 1024;
/// Chunks that one client may pump in one turn, so that nobody else has to wait for it.
const CHUNKS_PER_TURN: usize = 64;
/// Bytes that are still to be sent.
#[derive(Debug)]
pub(super) enum Piece {
    Text {
        all: Repeated,
        at: u64,
        manner: Manner,
    },
    Counters {
        at: u64,
        until: u64,
    },
}

impl Client {
    /// Whether all it was told to send is in the kernel, or lost with the connection.
    pub(in crate::run) fn has_sent_all(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// Queues a text, so often; [`Client::pump`] sends it.
    pub(in crate::run) fn queue_text(&mut self, text: Vec<u8>, times: u32, manner: Manner) {
        let all = Repeated::new(text, times);
        self.sent.asked += all.len();
        self.outgoing.push_back(Piece::Text { all, at: 0, manner });
    }

    /// Queues the next `count` bytes of its counter stream.
    pub(in crate::run) fn queue_counters(&mut self, count: u64) {
        self.sent.asked += count;
        let at = self.counters_queued;
        self.counters_queued += count;
        self.outgoing.push_back(Piece::Counters {
            at,
            until: at + count,
        });
    }

    /// Half-closes as soon as all that is queued is sent.
    pub(in crate::run) fn shut_down_writing(&mut self) {
        self.shut_down_when_sent = true;
        self.shut_down_if_sent();
    }

    /// Hands the kernel what it takes; returns whether it took anything.
    pub(in crate::run) fn pump(&mut self) -> bool {
        let mut moved = false;
        for _ in 0..CHUNKS_PER_TURN {
            match self.pump_once() {
                Ok(0) => break,
                Ok(_) => moved = true,
                Err(err)
                    if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
                {
                    break;
                }
                Err(_) => {
                    self.was_reset = true;
                    self.outgoing.clear();
                    return true;
                }
            }
        }
        self.shut_down_if_sent();
        moved
    }

    fn pump_once(&mut self) -> io::Result<usize> {
        let (Some(socket), Some(piece)) = (&self.socket, self.outgoing.front_mut()) else {
            return Ok(0);
        };
        let mut buffer = [0; CHUNK];
        let is_counters = piece.is_counters();
        let (bytes, flags) = piece.next_bytes(self.id, &mut buffer);
        let count = send(socket, bytes, flags)?;
        self.sent.note(&bytes[..count], is_counters);
        piece.forget(count);
        if piece.is_empty() {
            self.outgoing.pop_front();
        }
        Ok(count)
    }

    fn shut_down_if_sent(&mut self) {
        if self.shut_down_when_sent && self.outgoing.is_empty() {
            self.shut_down_when_sent = false;
            if let Some(socket) = &self.socket
                && socket.shutdown(std::net::Shutdown::Write).is_err()
            {
                self.was_reset = true; // ENOTCONN: the other end reset the connection before
            }
        }
    }
}

impl Piece {
    fn next_bytes<'a>(&'a mut self, client: u32, buffer: &'a mut [u8]) -> (&'a [u8], SendFlags) {
        match self {
            Piece::Text { all, at, manner } => {
                let (most, flags) = match manner {
                    Manner::Plain => (buffer.len(), SendFlags::empty()),
                    Manner::Urgently => (buffer.len(), SendFlags::OOB),
                    Manner::ByteByByte => (1, SendFlags::empty()),
                };
                let count = most.min((all.len() - *at) as usize);
                all.fill(*at, &mut buffer[..count]);
                (&buffer[..count], flags)
            }
            Piece::Counters { at, until } => {
                let count = buffer.len().min((*until - *at) as usize);
                counters::fill(client, *at, &mut buffer[..count]);
                (&buffer[..count], SendFlags::empty())
            }
        }
    }

    fn forget(&mut self, count: usize) {
        match self {
            Piece::Text { at, .. } | Piece::Counters { at, .. } => *at += count as u64,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Piece::Text { all, at, .. } => *at == all.len(),
            Piece::Counters { at, until } => at == until,
        }
    }

    fn is_counters(&self) -> bool {
        matches!(self, Piece::Counters { .. })
    }
}
