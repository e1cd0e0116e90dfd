//! What a client hears: bytes, an end, a reset.

use super::Client;
use rustix::net::{RecvFlags, recv};
use std::io::{self, ErrorKind};

/// What came of trying to read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::run) enum Heard {
    /// This many bytes.
    Bytes(usize),
    /// The end of the stream.
    End,
    /// A reset.
    Reset,
    /// Nothing yet.
    Nothing,
}

impl Client {
    /// Reads what is there, at most as much as fits into `buffer`.
    pub(in crate::run) fn read(&mut self, buffer: &mut [u8], counters: bool) -> Heard {
        if let Some(heard) = self.receive(buffer, RecvFlags::empty()) {
            if let Heard::Bytes(count) = heard {
                self.received.note(&buffer[..count], counters);
            }
            return heard;
        }
        Heard::Nothing
    }

    /// What comes next, without taking any bytes.
    pub(in crate::run) fn hear(&mut self) -> Heard {
        self.receive(&mut [0], RecvFlags::PEEK)
            .unwrap_or(Heard::Nothing)
    }

    /// The first bytes that are there, without taking them.
    pub(in crate::run) fn peek(&self, count: usize) -> Vec<u8> {
        let mut buffer = vec![0; count];
        // Where nothing is to be read, even a peek would take the news of a reset away.
        let socket = self.socket.as_ref().filter(|_| self.unread() > 0);
        let count =
            socket.and_then(|socket| Some(recv(socket, &mut *buffer, RecvFlags::PEEK).ok()?.0));
        buffer.truncate(count.unwrap_or(0));
        buffer
    }

    fn receive(&mut self, buffer: &mut [u8], flags: RecvFlags) -> Option<Heard> {
        let socket = self.socket.as_ref()?;
        match recv(socket, &mut *buffer, flags).map_err(io::Error::from) {
            Ok((0, _)) if self.was_reset => Some(Heard::Reset),
            Ok((0, _)) => Some(Heard::End),
            Ok((count, _)) => Some(Heard::Bytes(count)),
            Err(err) if matches!(err.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                None
            }
            Err(_) => {
                self.was_reset = true;
                Some(Heard::Reset)
            }
        }
    }

    /// Bytes of its counter stream that it should receive next.
    pub(in crate::run) fn expected_counters(&self, buffer: &mut [u8]) {
        counters::fill(self.id, self.counters_taken, buffer);
    }

    /// Bytes that arrived and were not read.
    pub(in crate::run) fn unread(&self) -> u64 {
        self.descriptor()
            .and_then(|descriptor| rustix::io::ioctl_fionread(descriptor).ok())
            .unwrap_or(0)
    }
}
