//! How a server waits: in poll, unless a quirk says otherwise.

use super::nap;
use super::quirks::Quirks;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::select::{FdSet, select};
use nix::sys::time::{TimeVal, TimeValLike};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Waits until some of `sockets` are ready; tells which, by their places. None: a timeout has passed.
///
/// - `wakes=1000`: with this timeout, in milliseconds
/// - `timer`: with a timer descriptor in the place of a timeout, as the crate `polling` does it
/// - `select`, `epoll`: in that call
/// - `naps=5`: asks without waiting, and sleeps in between
/// - `spins`: asks without waiting, again and again
/// - `absent`: for nobody
/// - `urgent`: also when a socket has urgent data
pub(super) fn wait(quirks: &Quirks, sockets: &[BorrowedFd<'_>]) -> io::Result<Vec<usize>> {
    let sockets = if quirks.has("absent") { &[] } else { sockets };
    let mut timeout = quirks.millis("wakes");
    if let Some(time) = quirks.millis("naps") {
        nap(time);
        timeout = Some(Duration::ZERO);
    }
    if quirks.has("spins") {
        timeout = Some(Duration::ZERO);
    }
    if quirks.has("select") {
        return in_select(sockets, timeout);
    }
    if quirks.has("epoll") {
        return in_epoll(sockets, timeout);
    }
    match timeout {
        Some(time) if quirks.has("timer") => in_poll_with_timer(sockets, time),
        _ => in_poll(sockets, timeout, quirks.has("urgent")),
    }
}

fn in_poll_with_timer(sockets: &[BorrowedFd<'_>], time: Duration) -> io::Result<Vec<usize>> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    let once = Itimerspec {
        it_interval: Timespec::default(),
        it_value: Timespec::try_from(time).map_err(io::Error::other)?,
    };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
    let mut ready = in_poll(&[sockets, &[timer.as_fd()]].concat(), None, false)?;
    ready.retain(|index| *index < sockets.len());
    Ok(ready)
}

fn in_poll(
    sockets: &[BorrowedFd<'_>],
    timeout: Option<Duration>,
    urgent: bool,
) -> io::Result<Vec<usize>> {
    let mut interest = PollFlags::IN;
    interest.set(PollFlags::PRI, urgent);
    let watched = sockets.iter().map(|socket| PollFd::new(socket, interest));
    let mut watched: Vec<PollFd<'_>> = watched.collect();
    let timeout = timeout.map(Timespec::try_from).transpose();
    poll(&mut watched, timeout.map_err(io::Error::other)?.as_ref())?;
    let ready = |index: &usize| !watched[*index].revents().is_empty();
    Ok((0..sockets.len()).filter(ready).collect())
}

fn in_select(sockets: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<Vec<usize>> {
    let mut set = FdSet::new();
    sockets.iter().for_each(|socket| set.insert(*socket));
    let mut timeout = timeout.map(|time| TimeVal::milliseconds(time.as_millis() as i64));
    select(None, &mut set, None, None, &mut timeout)?;
    let ready = |index: &usize| set.contains(sockets[*index]);
    Ok((0..sockets.len()).filter(ready).collect())
}

/// With a new interest list each time, which is no way to do it but in a test.
fn in_epoll(sockets: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<Vec<usize>> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    for (index, socket) in sockets.iter().enumerate() {
        epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, index as u64))?;
    }
    let mut events = vec![EpollEvent::empty(); sockets.len()];
    let timeout = timeout.map_or(EpollTimeout::NONE, |time| {
        EpollTimeout::try_from(time).unwrap_or(EpollTimeout::MAX)
    });
    // Other than poll and select, it is interrupted also by a signal that stops the process (signal(7)).
    let count = epoll.wait(&mut events, timeout)?;
    Ok(events[..count]
        .iter()
        .map(|event| event.data() as usize)
        .collect())
}
