//! The harness's own sockets: what the kernel keeps for them is small, and the same on every machine.
//!
//! Left alone, the kernel swallows up to 8 MiB of an echo on loopback before a program that does not read, or a client, holds
//! anybody up: its segments are 64 KiB there, it makes room to send for twenty of them and more, and both ends' buffers grow as it
//! sees fit. Scripts about who is held up would have to send twice that. With what is set here it is 1 to 2 MiB, measured on Linux
//! 6.18 with servers that read 1 KiB or 16 KiB at a time: the program's end grows no larger because its segments are those of an
//! Ethernet.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;

/// Bytes asked for each of a socket's two buffers; Linux takes twice as much, for its own needs (socket(7), SO_RCVBUF).
const BUFFER: usize = 32 * 1024;
/// Bytes of a segment, in both directions (tcp(7), TCP_MAXSEG): what an Ethernet frame holds beside its headers.
#[cfg(target_os = "linux")]
const SEGMENT: u32 = 1460;

/// A socket to connect, or to listen, with: whom it accepts has the same buffers.
///
/// # Errors
/// socket(2).
pub(super) fn open() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // Before the handshake: it tells the other end of both.
    socket.set_recv_buffer_size(BUFFER)?;
    socket.set_send_buffer_size(BUFFER)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_mss(SEGMENT)?;
    Ok(socket)
}
