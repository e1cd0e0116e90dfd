//! Whom a program may speak to: a network of its own, by a namespace (network_namespaces(7)).

use super::user::{self, is_root};
use nix::sched::{CloneFlags, unshare};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use serde::{Deserialize, Serialize};
use std::io;

/// Whom a program may speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// Whoever its starter may.
    Shared,
    /// Nobody: it has a network without anything in it.
    Nobody,
    /// Nobody over TCP, which Landlock sees to: for where no network of its own is to be had.
    NobodyOverTcp,
}

/// Gives this process the network that it is to have.
///
/// # Errors
/// The system does not let this user.
pub(super) fn enter(network: Network) -> io::Result<()> {
    match network {
        Network::Nobody => leave(),
        Network::Shared | Network::NobodyOverTcp => Ok(()),
    }
}

/// Moves this process, which must have one thread, into a network without any interface that works.
///
/// # Errors
/// The system does not let this user.
fn leave() -> io::Result<()> {
    if is_root() {
        return Ok(unshare(CloneFlags::CLONE_NEWNET)?);
    }
    let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
    // Whoever makes a network namespace must have a say in the user namespace around it (user_namespaces(7)).
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    user::stay(user, group)
}

/// Moves this process, which must have one thread, and all that it starts into a network of their own, where nobody else is: only
/// 127.0.0.0/8.
///
/// # Errors
/// The system does not let this user.
pub fn enter_own_loopback() -> io::Result<()> {
    leave()?;
    bring_loopback_up()
}

/// `ip link set lo up`: one message to the kernel (rtnetlink(7)), which says whether it was right.
fn bring_loopback_up() -> io::Result<()> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        None, // protocol 0: NETLINK_ROUTE
    )?;
    send(&socket, &loopback_up(), SendFlags::empty())?;
    let mut answer = [0; 64];
    let (length, _) = recv(&socket, &mut answer, RecvFlags::empty())?;
    // struct nlmsgerr begins with a negative errno; 0 says that all went well.
    match answer
        .get(HEADER..HEADER + 4)
        .filter(|_| length >= HEADER + 4)
    {
        Some(&[0, 0, 0, 0]) => Ok(()),
        Some(&[a, b, c, d]) => Err(io::Error::from_raw_os_error(-i32::from_ne_bytes([
            a, b, c, d,
        ]))),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Bytes of `struct nlmsghdr` (netlink(7)).
const HEADER: usize = 16;

/// `struct nlmsghdr` and `struct ifinfomsg`.
fn loopback_up() -> [u8; 32] {
    const SET_LINK: u16 = 19; // RTM_SETLINK
    const WITH_AN_ANSWER: u16 = 1 | 4; // NLM_F_REQUEST, NLM_F_ACK
    const LOOPBACK: u32 = 1; // the first interface of each network namespace
    const UP: u32 = 1; // IFF_UP (netdevice(7))
    let mut bytes = [0; 32];
    bytes[0..4].copy_from_slice(&32_u32.to_ne_bytes());
    bytes[4..6].copy_from_slice(&SET_LINK.to_ne_bytes());
    bytes[6..8].copy_from_slice(&WITH_AN_ANSWER.to_ne_bytes());
    bytes[20..24].copy_from_slice(&LOOPBACK.to_ne_bytes());
    bytes[24..28].copy_from_slice(&UP.to_ne_bytes()); // the flags
    bytes[28..32].copy_from_slice(&UP.to_ne_bytes()); // which of them are meant
    bytes
}
