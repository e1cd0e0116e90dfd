//! What the kernel knows of TCP connections (sock_diag(7); include/uapi/linux/inet_diag.h).
//!
//! Each connection of a script has both its ends on this machine, so both can be asked for. Asking for one by its
//! addresses costs a few microseconds; reading /proc/net/tcp costs milliseconds where many are in TIME_WAIT.

use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;

/// One end of a connection, or a listener, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Its state.
    pub state: TcpState,
    /// Bytes that arrived and were not read; for a listener, connections that wait to be accepted.
    pub unread: u32,
    /// Bytes that were written and are not acknowledged by the other end; for a listener, its backlog.
    pub unacknowledged: u32,
    /// The other end's window is closed, and it was tried in vain at least once: nothing is under way.
    pub blocked: bool,
    /// Bytes that the other end has acknowledged so far, with its SYN counted where it was the one who connected.
    pub acknowledged: u64,
    /// Bytes that arrived so far, a FIN counted as one.
    pub received: u64,
    /// The inode of its socket; 0 while no process holds it (not accepted yet, or closed).
    pub inode: u64,
}

/// The states of a connection (include/net/tcp_states.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of RFC 9293")]
pub enum TcpState {
    Established,
    SynSent,
    SynReceived,
    FinWait1,
    FinWait2,
    TimeWait,
    Close,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

impl TcpState {
    fn from_kernel(number: u8) -> Option<TcpState> {
        use TcpState::{
            Close, CloseWait, Closing, Established, FinWait1, FinWait2, LastAck, Listen,
            SynReceived, SynSent, TimeWait,
        };
        Some(match number {
            1 => Established,
            2 => SynSent,
            3 | 12 => SynReceived,
            4 => FinWait1,
            5 => FinWait2,
            6 => TimeWait,
            7 => Close,
            8 => CloseWait,
            9 => LastAck,
            10 => Listen,
            11 => Closing,
            _ => return None,
        })
    }

    /// Whether the kernel is about to move on from it by itself, the other end permitting.
    pub fn is_passing(self) -> bool {
        use TcpState::{Closing, FinWait1, LastAck, SynReceived, SynSent};
        matches!(self, SynSent | SynReceived | FinWait1 | Closing | LastAck)
    }
}

/// A way to ask the kernel about connections.
#[derive(Debug)]
pub struct Net(OwnedFd);

const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;
/// As many as their answers fit into a socket's receive buffer by far.
const BATCH: usize = 64;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const INET_DIAG_INFO: u16 = 2;
const TIMER_RETRANSMIT: u8 = 1;
const TIMER_PROBE: u8 = 4;

impl Net {
    /// Opens a socket to the kernel's sock_diag, if there is one.
    ///
    /// # Errors
    /// The harness has no descriptor left for it, which says nothing of whether there is one.
    pub fn if_there() -> Result<Option<Net>> {
        match Net::open() {
            Err(err @ (Errno::MFILE | Errno::NFILE)) => Err(err),
            other => Ok(other.ok()),
        }
    }

    /// Opens a socket to the kernel's sock_diag.
    ///
    /// # Errors
    /// Where there is none: another system than Linux, or a sandbox.
    #[cfg(target_os = "linux")]
    fn open() -> Result<Net> {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink, socket_with};
        socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )
        .map(Net)
    }

    /// There is none on this system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(target_os = "linux"))]
    fn open() -> Result<Net> {
        Err(rustix::io::Errno::NOTSUP)
    }

    /// The listener at this address, if there is one.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub fn listener(&self, address: SocketAddrV4) -> Result<Option<End>> {
        let nobody = SocketAddrV4::new(std::net::Ipv4Addr::UNSPECIFIED, 0);
        let answers = self.ask(&[(address, nobody)])?;
        Ok(answers[0].filter(|end| end.state == TcpState::Listen))
    }

    /// For each pair of addresses, `(own, other)`, the end of a connection that has `own` as its own address; `None`
    /// where it is gone.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub fn ends(&self, pairs: &[(SocketAddrV4, SocketAddrV4)]) -> Result<Vec<Option<End>>> {
        let mut ends = self.ask(pairs)?;
        for end in &mut ends {
            // Where there is no such connection, the kernel's look-up goes on to the listeners.
            *end = end.filter(|end| end.state != TcpState::Listen);
        }
        Ok(ends)
    }

    fn ask(&self, pairs: &[(SocketAddrV4, SocketAddrV4)]) -> Result<Vec<Option<End>>> {
        let mut ends = Vec::with_capacity(pairs.len());
        let mut answers = vec![0; 32 * 1024];
        for batch in pairs.chunks(BATCH) {
            // As a whole each: byte by byte, a debug build would take longer than the kernel to answer.
            let questions: Vec<_> = batch
                .iter()
                .map(|(own, other)| request(*own, *other))
                .collect();
            send(&self.0, questions.as_flattened(), SendFlags::empty())?;
            let wanted = ends.len() + batch.len();
            while ends.len() < wanted {
                let (length, _) = recv(&self.0, &mut *answers, RecvFlags::empty())?;
                ends.extend(messages(&answers[..length]).map(parse));
            }
        }
        Ok(ends)
    }
}

/// `struct nlmsghdr` and `struct inet_diag_req_v2` for one connection.
fn request(own: SocketAddrV4, other: SocketAddrV4) -> [u8; REQUEST] {
    let mut bytes = [0; REQUEST];
    bytes[0..4].copy_from_slice(&(REQUEST as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    let body = &mut bytes[HEADER..];
    body[0] = libc::AF_INET as u8;
    body[1] = libc::IPPROTO_TCP as u8;
    body[2] = 1 << (INET_DIAG_INFO - 1);
    body[4..8].copy_from_slice(&u32::MAX.to_ne_bytes()); // any state
    body[8..10].copy_from_slice(&own.port().to_be_bytes());
    body[10..12].copy_from_slice(&other.port().to_be_bytes());
    body[12..16].copy_from_slice(&own.ip().octets());
    body[28..32].copy_from_slice(&other.ip().octets());
    body[48..56].copy_from_slice(&[0xff; 8]); // INET_DIAG_NOCOOKIE
    bytes
}

/// Cuts netlink messages apart: their types and bodies.
fn messages(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = u32_at(bytes, 0)? as usize;
        let kind = u16_at(bytes, 4)?;
        let body = bytes.get(HEADER..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, body))
    })
}

/// `struct inet_diag_msg`, and of its attributes `struct tcp_info`.
fn parse((kind, body): (u16, &[u8])) -> Option<End> {
    if kind == NLMSG_ERROR {
        return None; // ENOENT: no such connection
    }
    let (state, timer) = (*body.get(1)?, *body.get(2)?);
    let info = tcp_info(body.get(72..)?);
    Some(End {
        state: TcpState::from_kernel(state)?,
        unread: u32_at(body, 56)?,
        unacknowledged: u32_at(body, 60)?,
        blocked: is_blocked(timer, info),
        acknowledged: u64_at(info, 120).unwrap_or(0),
        received: u64_at(info, 128).unwrap_or(0),
        inode: u64::from(u32_at(body, 68)?),
    })
}

/// Whether the other end's window is closed, and the timer that tries it has gone off since (tcpi_backoff counts how often). Mostly
/// that is the timer of window probes. But a segment that was sent into an open window is dropped if the other end has no memory
/// for it, where each segment takes more than its bytes. The answer closes the window, and from then on it is the retransmission of
/// that segment that tries it (net/ipv4/tcp_input.c, tcp_data_queue; tcp_timer.c, tcp_retransmit_timer; since Linux 6.6).
fn is_blocked(timer: u8, info: &[u8]) -> bool {
    let is_closed = match timer {
        TIMER_PROBE => true,
        TIMER_RETRANSMIT => u32_at(info, 228) == Some(0), // tcpi_snd_wnd
        _ => false,
    };
    is_closed && info.get(4).is_some_and(|tries| *tries > 0)
}

/// The attribute that is a `struct tcp_info` (include/uapi/linux/tcp.h); empty in TIME_WAIT.
fn tcp_info(attributes: &[u8]) -> &[u8] {
    let mut at = 0;
    while let (Some(length), Some(kind)) = (u16_at(attributes, at), u16_at(attributes, at + 2)) {
        let length = usize::from(length);
        if kind == INET_DIAG_INFO {
            return attributes.get(at + 4..at + length).unwrap_or_default();
        }
        at += length.next_multiple_of(4).max(4);
    }
    &[]
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u64::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_ne_bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_ne_bytes)
}

#[cfg(all(test, target_os = "linux"))]
#[path = "net_tests.rs"]
mod tests;
