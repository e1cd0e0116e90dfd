//! System calls: their numbers, the names that the man pages use, and how long they may sleep.

use rustix::time::{ClockId, clock_gettime};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

/// A system call in which a thread was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Its name in section 2 of the manual, whatever the libc makes of it: `select` also for pselect6, `recv` for
    /// recvfrom.
    pub name: &'static str,
    /// What it is there for.
    pub kind: Kind,
}

/// What a system call is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Waits for readiness; the timeout is found as [`Timeout`] says.
    Wait(Timeout),
    /// Takes a connection from a listener; the descriptor is its first argument.
    Accept,
    /// Reads from the descriptor in its first argument.
    Read,
    /// Writes to the descriptor in its first argument.
    Write,
    /// Connects the descriptor in its first argument.
    Connect,
    /// Does nothing but let time pass.
    Sleep(Timeout),
    /// Waits for another thread, another process or a signal.
    Other(Timeout),
    /// `restart_syscall`: goes on with what a stop signal interrupted. Only the look before tells with what.
    Restart,
    /// Not known here.
    Unknown,
}

/// Where a call's timeout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// It has none.
    Never,
    /// Milliseconds in this argument; negative for none.
    Millis(usize),
    /// This argument points to a `struct timespec`, or is null for none.
    Timespec(usize),
    /// This argument points to a `struct timeval`, or is null for none.
    Timeval(usize),
    /// clock_nanosleep(2): a `struct timespec` in the third argument, a moment of the clock in the first where the second
    /// says TIMER_ABSTIME.
    Clock,
    /// futex(2): a `struct timespec` in the fourth argument, a moment for FUTEX_WAIT_BITSET.
    Futex,
}

impl Timeout {
    /// After how long a call with these arguments returns by itself, with `read_memory` to follow a pointer in the
    /// program's memory; `None` if it never does, or if that cannot be read.
    pub fn of(
        self,
        arguments: &[u64; 6],
        read_memory: impl Fn(u64) -> Option<[u64; 2]>,
    ) -> Option<Duration> {
        let timespec = |index: usize| {
            let [seconds, nanos] =
                read_memory(Some(arguments[index]).filter(|address| *address != 0)?)?;
            Some(Duration::from_secs(seconds) + Duration::from_nanos(nanos))
        };
        match self {
            Timeout::Never => None,
            Timeout::Millis(index) => {
                // The kernel takes an int: the upper half of the register says nothing.
                let millis = arguments[index] as u32 as i32;
                u64::try_from(millis).ok().map(Duration::from_millis)
            }
            Timeout::Timespec(index) => timespec(index),
            Timeout::Timeval(index) => {
                let micros = timespec(index)?;
                Some(
                    Duration::from_secs(micros.as_secs())
                        + micros.subsec_nanos() * Duration::from_micros(1),
                )
            }
            Timeout::Clock if arguments[1] & TIMER_ABSTIME == 0 => timespec(2),
            Timeout::Clock => Some(until(timespec(2)?, arguments[0] == CLOCK_REALTIME)),
            Timeout::Futex if arguments[1] & FUTEX_OPERATION != FUTEX_WAIT_BITSET => timespec(3),
            Timeout::Futex => Some(until(
                timespec(3)?,
                arguments[1] & FUTEX_CLOCK_REALTIME != 0,
            )),
        }
    }
}

const TIMER_ABSTIME: u64 = 1;
const CLOCK_REALTIME: u64 = 0;
const FUTEX_OPERATION: u64 = 0x7f;
const FUTEX_WAIT_BITSET: u64 = 9;
const FUTEX_CLOCK_REALTIME: u64 = 256;

/// How long it is until a moment of the wall clock, or of the clock that never jumps.
fn until(moment: Duration, of_wall_clock: bool) -> Duration {
    let clock = if of_wall_clock {
        ClockId::Realtime
    } else {
        ClockId::Monotonic
    };
    let now = clock_gettime(clock);
    let now = Duration::new(
        now.tv_sec.unsigned_abs(),
        now.tv_nsec.try_into().unwrap_or(0),
    );
    moment.saturating_sub(now)
}

/// The call with this number on the architecture that the harness was built for.
pub fn by_number(number: i64) -> Call {
    static TABLE: OnceLock<HashMap<i64, Call>> = OnceLock::new();
    *TABLE.get_or_init(table).get(&number).unwrap_or(&Call {
        name: "a system call",
        kind: Kind::Unknown,
    })
}

#[cfg(target_os = "linux")]
fn table() -> HashMap<i64, Call> {
    let common = [
        (
            libc::SYS_pselect6,
            "select",
            Kind::Wait(Timeout::Timespec(4)),
        ),
        (libc::SYS_ppoll, "poll", Kind::Wait(Timeout::Timespec(2))),
        (
            libc::SYS_epoll_pwait,
            "epoll_wait",
            Kind::Wait(Timeout::Millis(3)),
        ),
        (
            libc::SYS_epoll_pwait2,
            "epoll_wait",
            Kind::Wait(Timeout::Timespec(3)),
        ),
        (libc::SYS_accept, "accept", Kind::Accept),
        (libc::SYS_accept4, "accept", Kind::Accept),
        (libc::SYS_read, "read", Kind::Read),
        (libc::SYS_readv, "readv", Kind::Read),
        (libc::SYS_recvfrom, "recv", Kind::Read),
        (libc::SYS_recvmsg, "recvmsg", Kind::Read),
        (libc::SYS_write, "write", Kind::Write),
        (libc::SYS_writev, "writev", Kind::Write),
        (libc::SYS_sendto, "send", Kind::Write),
        (libc::SYS_sendmsg, "sendmsg", Kind::Write),
        (libc::SYS_sendfile, "sendfile", Kind::Write),
        (libc::SYS_connect, "connect", Kind::Connect),
        (
            libc::SYS_nanosleep,
            "nanosleep",
            Kind::Sleep(Timeout::Timespec(0)),
        ),
        (
            libc::SYS_clock_nanosleep,
            "clock_nanosleep",
            Kind::Sleep(Timeout::Clock),
        ),
        (libc::SYS_futex, "futex", Kind::Other(Timeout::Futex)),
        (libc::SYS_wait4, "wait", Kind::Other(Timeout::Never)),
        (libc::SYS_waitid, "wait", Kind::Other(Timeout::Never)),
        (
            libc::SYS_rt_sigsuspend,
            "sigsuspend",
            Kind::Other(Timeout::Never),
        ),
        (
            libc::SYS_rt_sigtimedwait,
            "sigwait",
            Kind::Other(Timeout::Timespec(2)),
        ),
        (libc::SYS_flock, "flock", Kind::Unknown),
        (libc::SYS_fcntl, "fcntl", Kind::Unknown),
        (libc::SYS_io_uring_enter, "io_uring_enter", Kind::Unknown),
        (libc::SYS_restart_syscall, "restart_syscall", Kind::Restart),
    ];
    #[cfg(target_arch = "x86_64")]
    let only_here = [
        (libc::SYS_select, "select", Kind::Wait(Timeout::Timeval(4))),
        (libc::SYS_poll, "poll", Kind::Wait(Timeout::Millis(2))),
        (
            libc::SYS_epoll_wait,
            "epoll_wait",
            Kind::Wait(Timeout::Millis(3)),
        ),
        (libc::SYS_pause, "pause", Kind::Other(Timeout::Never)),
    ];
    // The newer architectures have only the calls that take a signal mask (syscalls(2)).
    #[cfg(not(target_arch = "x86_64"))]
    let only_here = [];
    common
        .into_iter()
        .chain(only_here)
        .map(|(number, name, kind)| (number, Call { name, kind }))
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn table() -> HashMap<i64, Call> {
    HashMap::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_memory(_: u64) -> Option<[u64; 2]> {
        None
    }

    #[test]
    fn a_negative_number_of_milliseconds_is_no_timeout() {
        let arguments = [0, 0, u64::from(u32::MAX), 0, 0, 0];
        assert_eq!(Timeout::Millis(2).of(&arguments, no_memory), None);
    }

    #[test]
    fn milliseconds_are_read_from_the_lower_half_of_the_register() {
        let arguments = [0, 0, 0xdead_beef_0000_03e8, 0, 0, 0];
        assert_eq!(
            Timeout::Millis(2).of(&arguments, no_memory),
            Some(Duration::from_secs(1))
        );
    }

    #[test]
    fn a_timespec_is_followed_into_memory() {
        let memory = |address| (address == 0x1000).then_some([2, 500_000_000]);
        let arguments = [0, 0, 0, 0, 0x1000, 0];
        assert_eq!(
            Timeout::Timespec(4).of(&arguments, memory),
            Some(Duration::from_millis(2500))
        );
        assert_eq!(Timeout::Timespec(4).of(&[0; 6], memory), None);
    }

    #[test]
    fn a_timeval_counts_in_microseconds() {
        let arguments = [0, 0, 0, 0, 0x1000, 0];
        assert_eq!(
            Timeout::Timeval(4).of(&arguments, |_| Some([0, 250_000])),
            Some(Duration::from_millis(250))
        );
    }

    #[test]
    fn a_sleep_until_a_moment_that_has_passed_has_nothing_left() {
        let long_ago = |_| Some([1, 0]);
        let arguments = [0, TIMER_ABSTIME, 0x1000, 0, 0, 0];
        assert_eq!(
            Timeout::Clock.of(&arguments, long_ago),
            Some(Duration::ZERO)
        );
        assert_eq!(
            Timeout::Clock.of(&[0, 0, 0x1000, 0, 0, 0], long_ago),
            Some(Duration::from_secs(1))
        );
    }
}
