//! A client of a script: a socket, what is still to be sent on it, and what it has seen.

use super::repeated::Repeated;
use super::sockets;
use crate::script::Manner;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::Socket;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Bytes handed to the kernel in one call: not many more than it takes, for the others would have to be made again.
const CHUNK: usize = 16 * 1024;
/// Chunks that one client may pump in one turn, so that nobody else has to wait for it.
const CHUNKS_PER_TURN: usize = 64;
/// Bytes in a segment for a client with small buffers. Measured on Linux 6.18: both ends' kernels then keep 23 KiB for it; with
/// segments of 128 bytes it is 31, with segments of 536 it is 58, without a word about them 1.6 MiB.
const SMALL_SEGMENT: u32 = 300;
/// Bytes of a conversation that are kept for a report.
const KEPT: usize = 200;

/// A client, or one member of a group.
#[derive(Debug)]
pub(super) struct Client {
    /// As reports call it: `ada`, `crowd 17`.
    pub(super) name: String,
    /// Its number in its group, from 1.
    pub(super) member: Option<u32>,
    /// Its own address.
    pub(super) own: SocketAddrV4,
    /// The address that it connected to.
    pub(super) server: SocketAddrV4,
    /// Its number in counter streams.
    id: u32,
    /// `None` once it has closed or reset.
    socket: Option<Socket>,
    /// Whether the handshake is done.
    pub(super) connected: bool,
    /// Whether it is a peer's: the program has connected to it, not it to the program.
    pub(super) accepted: bool,
    /// Whether a step is waiting for bytes or an end on it.
    pub(super) wants_input: bool,
    outgoing: VecDeque<Piece>,
    shut_down_when_sent: bool,
    /// Where the next `sends … of counters` goes on.
    counters_queued: u64,
    /// Where the next `receives … of counters` goes on.
    pub(super) counters_taken: u64,
    /// Linux tells of a reset once: it is kept from whenever it came.
    pub(super) was_reset: bool,
    /// What was said on the connection so far.
    pub(super) sent: Said,
    /// What was heard on it so far.
    pub(super) received: Said,
}

/// One direction of a conversation, for reports.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    /// Bytes that went through.
    pub(super) bytes: u64,
    /// Bytes that a step asked for.
    pub(super) asked: u64,
    /// The first of them, unless they are counters.
    pub(super) beginning: Vec<u8>,
    /// Whether counters are among them.
    pub(super) counters: bool,
}

impl Said {
    fn note(&mut self, bytes: &[u8], counters: bool) {
        self.bytes += bytes.len() as u64;
        self.counters |= counters;
        if !self.counters {
            let room = KEPT.saturating_sub(self.beginning.len());
            self.beginning
                .extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
}

/// Bytes that are still to be sent.
#[derive(Debug)]
enum Piece {
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

/// What came of trying to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
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
    /// Starts to connect to `server`; [`Client::try_connected`] tells when it is done.
    pub(super) fn connect(
        name: String,
        member: Option<u32>,
        id: u32,
        server: SocketAddrV4,
        small_buffers: bool,
    ) -> io::Result<Client> {
        let socket = sockets::open()?;
        socket.set_tcp_nodelay(true)?;
        if small_buffers {
            // The kernel takes the least there is (tcp(7), SO_RCVBUF). The other end's send buffer follows the size of segments.
            socket.set_recv_buffer_size(1)?;
            socket.set_tcp_mss(SMALL_SEGMENT)?;
        }
        match socket.connect(&SocketAddr::V4(server).into()) {
            Err(err) if err.raw_os_error() != Some(libc::EINPROGRESS) => return Err(err),
            _ => {}
        }
        let own = socket.local_addr()?.as_socket_ipv4();
        let own = own.unwrap_or(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));
        Ok(Client::with_socket(name, member, id, socket, own, server))
    }

    /// The other side of a program that is a client: a connection that `own` has accepted from `program`.
    pub(super) fn accepted(
        name: String,
        id: u32,
        socket: Socket,
        own: SocketAddrV4,
        program: SocketAddrV4,
    ) -> io::Result<Client> {
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        Ok(Client {
            connected: true,
            accepted: true,
            ..Client::with_socket(name, None, id, socket, own, program)
        })
    }

    fn with_socket(
        name: String,
        member: Option<u32>,
        id: u32,
        socket: Socket,
        own: SocketAddrV4,
        server: SocketAddrV4,
    ) -> Client {
        Client {
            name,
            member,
            own,
            server,
            id,
            socket: Some(socket),
            connected: false,
            accepted: false,
            wants_input: false,
            outgoing: VecDeque::new(),
            shut_down_when_sent: false,
            counters_queued: 0,
            counters_taken: 0,
            was_reset: false,
            sent: Said::default(),
            received: Said::default(),
        }
    }

    /// Whether the handshake is done.
    ///
    /// # Errors
    /// It was refused, or failed otherwise.
    pub(super) fn try_connected(&mut self) -> io::Result<bool> {
        if let Some(socket) = &self.socket
            && !self.connected
        {
            match socket.take_error()? {
                // It was connected, and has been reset since.
                Some(err) if err.kind() == ErrorKind::ConnectionReset => {
                    (self.connected, self.was_reset) = (true, true);
                    return Ok(true);
                }
                Some(err) => return Err(err),
                None => {}
            }
            self.connected = socket.peer_addr().is_ok();
        }
        Ok(self.connected)
    }

    /// Its socket, while it has one.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    /// Whether it waits for its socket to become writable.
    pub(super) fn wants_output(&self) -> bool {
        !self.connected || !self.outgoing.is_empty()
    }

    /// Whether all it was told to send is in the kernel, or lost with the connection.
    pub(super) fn has_sent_all(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// Queues a text, so often; [`Client::pump`] sends it.
    pub(super) fn queue_text(&mut self, text: Vec<u8>, times: u32, manner: Manner) {
        let all = Repeated::new(text, times);
        self.sent.asked += all.len();
        self.outgoing.push_back(Piece::Text { all, at: 0, manner });
    }

    /// Queues the next `count` bytes of its counter stream.
    pub(super) fn queue_counters(&mut self, count: u64) {
        self.sent.asked += count;
        let at = self.counters_queued;
        self.counters_queued += count;
        self.outgoing.push_back(Piece::Counters {
            at,
            until: at + count,
        });
    }

    /// Half-closes as soon as all that is queued is sent.
    pub(super) fn shut_down_writing(&mut self) {
        self.shut_down_when_sent = true;
        self.shut_down_if_sent();
    }

    /// Hands the kernel what it takes; returns whether it took anything.
    pub(super) fn pump(&mut self) -> bool {
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

    /// Reads what is there, at most as much as fits into `buffer`.
    pub(super) fn read(&mut self, buffer: &mut [u8], counters: bool) -> Heard {
        if let Some(heard) = self.receive(buffer, RecvFlags::empty()) {
            if let Heard::Bytes(count) = heard {
                self.received.note(&buffer[..count], counters);
            }
            return heard;
        }
        Heard::Nothing
    }

    /// What comes next, without taking any bytes.
    pub(super) fn hear(&mut self) -> Heard {
        self.receive(&mut [0], RecvFlags::PEEK)
            .unwrap_or(Heard::Nothing)
    }

    /// Its number in counter streams.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// The first bytes that are there, without taking them.
    pub(super) fn peek(&self, count: usize) -> Vec<u8> {
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
    pub(super) fn expected_counters(&self, buffer: &mut [u8]) {
        counters::fill(self.id, self.counters_taken, buffer);
    }

    /// Bytes that arrived and were not read.
    pub(super) fn unread(&self) -> u64 {
        self.descriptor()
            .and_then(|descriptor| rustix::io::ioctl_fionread(descriptor).ok())
            .unwrap_or(0)
    }

    /// Closes with a FIN.
    pub(super) fn close(&mut self) {
        self.socket = None;
        self.outgoing.clear();
    }

    /// Closes with a RST, dropping what is left.
    pub(super) fn reset(&mut self) {
        if let Some(socket) = self.socket.take() {
            // What this asks for cannot fail on a socket that is open (socket(7), SO_LINGER).
            let _ = socket.set_linger(Some(Duration::ZERO));
        }
        self.outgoing.clear();
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
