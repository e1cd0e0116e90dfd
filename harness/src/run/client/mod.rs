//! A client of a script: a socket, what is still to be sent on it ([`sending`]), and what it has seen ([`hearing`], [`said`]).

mod hearing;
mod said;
mod sending;

pub(super) use hearing::Heard;
pub(super) use said::Said;

use crate::run::sockets;
use sending::Piece;
use socket2::Socket;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Bytes in a segment for a client with small buffers. Measured on Linux 6.18: both ends' kernels then keep 23 KiB for it; with
/// segments of 128 bytes it is 31, with segments of 536 it is 58, without a word about them 1.6 MiB.
const SMALL_SEGMENT: u32 = 300;

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

impl Client {
    /// Starts to connect from any port of the first of these to the second; [`Client::try_connected`] tells when it is done.
    pub(super) fn connect(
        name: String,
        member: Option<u32>,
        id: u32,
        (from, server): (Ipv4Addr, SocketAddrV4),
        small_buffers: bool,
    ) -> io::Result<Client> {
        let socket = sockets::open()?;
        if from != Ipv4Addr::LOCALHOST {
            socket.bind(&SocketAddr::from((from, 0)).into())?;
        }
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

    /// Its number in counter streams.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// What goes through it is the counters of the client with this number.
    pub(super) fn carry_counters_of(&mut self, id: u32) {
        self.id = id;
    }

    /// Closes with a FIN.
    pub(super) fn close(&mut self) {
        self.socket = None;
        self.outgoing.clear();
    }

    /// Whether it has closed or reset.
    pub(super) fn has_left(&self) -> bool {
        self.socket.is_none()
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
