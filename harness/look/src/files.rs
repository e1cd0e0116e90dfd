//! The descriptors that a process holds (proc(5): `/proc/PID/fd`).

use std::fs;
use std::time::Duration;

/// One open descriptor of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub descriptor: i32,
    /// The inode of the socket, if it is one.
    pub socket: Option<u64>,
    /// What /proc calls it: `socket:[4711]`, `pipe:[12]`, `anon_inode:[eventpoll]`, `/dev/null`.
    pub target: String,
}

/// The open descriptors of a process, by number; none if it is gone or may not be looked at.
pub fn descriptors(pid: i32) -> Vec<Held> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let mut held: Vec<Held> = entries
        .filter_map(|entry| named(pid, entry.file_name().to_str()?.parse().ok()?))
        .collect();
    held.sort_unstable_by_key(|one| one.descriptor);
    held
}

/// One descriptor of a process; `None` if it is not open.
pub fn named(pid: i32, descriptor: i32) -> Option<Held> {
    let target = fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).ok()?;
    let target = target.to_string_lossy().into_owned();
    let socket = target
        .strip_prefix("socket:[")
        .and_then(|rest| rest.strip_suffix(']')?.parse().ok());
    Some(Held {
        descriptor,
        socket,
        target,
    })
}

/// After how long a blocking call on this socket returns by itself (socket(7): SO_RCVTIMEO and SO_SNDTIMEO, the longer
/// one); `None` for never, or if that cannot be asked.
#[cfg(target_os = "linux")]
pub fn io_timeout(pid: i32, descriptor: i32) -> Option<Duration> {
    let socket = borrowed(pid, descriptor)?;
    let socket = socket2::SockRef::from(&socket);
    socket
        .read_timeout()
        .ok()
        .flatten()
        .max(socket.write_timeout().ok().flatten())
}

/// A descriptor of another process, for a moment (pidfd_getfd(2)).
#[cfg(target_os = "linux")]
fn borrowed(pid: i32, descriptor: i32) -> Option<std::os::fd::OwnedFd> {
    use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

    let process = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
    pidfd_getfd(process, descriptor, PidfdGetfdFlags::empty()).ok()
}

/// The port of this end of a socket, or of the other one (getsockname(2), getpeername(2)); `None` if it has none, or if that cannot be
/// asked.
#[cfg(target_os = "linux")]
pub fn socket_port(pid: i32, descriptor: i32, of_other_end: bool) -> Option<u16> {
    let socket = borrowed(pid, descriptor)?;
    let socket = socket2::SockRef::from(&socket);
    let address = match of_other_end {
        true => socket.peer_addr(),
        false => socket.local_addr(),
    };
    address.ok()?.as_socket().map(|address| address.port())
}

/// Nobody can be asked on this system.
#[cfg(not(target_os = "linux"))]
pub fn socket_port(_: i32, _: i32, _: bool) -> Option<u16> {
    None
}

/// Nobody can be asked on this system.
#[cfg(not(target_os = "linux"))]
pub fn io_timeout(_: i32, _: i32) -> Option<Duration> {
    None
}

/// Whether the process has a timer descriptor, set or not (timerfd_create(2)).
pub fn holds_timer(pid: i32) -> bool {
    descriptors(pid).iter().any(is_timer)
}

fn is_timer(held: &Held) -> bool {
    held.target == "anon_inode:[timerfd]"
}

/// After how long a timer descriptor of the process goes off (timerfd_create(2); proc(5): `/proc/PID/fdinfo`).
pub fn timer_timeout(pid: i32) -> Option<Duration> {
    let timers = descriptors(pid).into_iter().filter(is_timer);
    timers
        .filter_map(|held| {
            let info =
                fs::read_to_string(format!("/proc/{pid}/fdinfo/{}", held.descriptor)).ok()?;
            let value = info
                .lines()
                .find_map(|line| line.strip_prefix("it_value: ("))?;
            let (seconds, nanos) = value.strip_suffix(')')?.split_once(", ")?;
            Some(Duration::new(seconds.parse().ok()?, nanos.parse().ok()?))
                .filter(|left| !left.is_zero())
        })
        .max()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_socket_is_told_from_other_descriptors() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let file = fs::File::open("/dev/null").expect("/dev/null");
        let own = std::process::id() as i32;
        let socket_of = |descriptor| named(own, descriptor).expect("it is open").socket;
        assert!(socket_of(listener.as_raw_fd()).is_some());
        assert_eq!(socket_of(file.as_raw_fd()), None);
        assert!(
            descriptors(own)
                .iter()
                .any(|held| held.descriptor == file.as_raw_fd())
        );
    }
}
