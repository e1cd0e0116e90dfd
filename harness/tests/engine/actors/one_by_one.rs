//! A server that blocks in accept, and then in recv until its client has left.

use super::quirks::Quirks;
use super::{Done, listen, say};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

/// Serves one client after the other.
///
/// - `recv-timeout=200`: with an SO_RCVTIMEO of so many milliseconds, after which it goes on waiting
pub(super) fn serve(quirks: &Quirks, addresses: &[SocketAddr]) -> Done {
    let listener = listen(*addresses.first().ok_or("no address")?)?;
    loop {
        let (mut socket, address) = listener.accept()?;
        say(&format!("accepted {address}"))?;
        socket.set_read_timeout(quirks.millis("recv-timeout"))?;
        let mut buffer = [0; 1024];
        loop {
            match socket.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => socket.write_all(&buffer[..count])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
        say(&format!("closed {address}"))?;
    }
}
