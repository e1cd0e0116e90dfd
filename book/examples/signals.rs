//! Sends this program signals at bad moments, and prints what a wait makes of each.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll, ppoll};
use nix::sys::eventfd::EventFd;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::sys::time::TimeSpec;
use nix::unistd::Pid;
use signal_hook::consts::SIGTERM;
use signal_hook::flag;
use signal_hook::low_level::{pipe, raise, unregister};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, thread};

/// How long a wait lasts that nothing ends.
const LONG: Duration = Duration::from_millis(200);

fn main() -> io::Result<()> {
    a_flag()?;
    a_mask()?;
    a_self_pipe()?;
    a_signalfd()?;
    an_eventfd()
}

/// A handler that sets a flag, and a loop that looks at the flag before it waits.
fn a_flag() -> io::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let handler = flag::register(SIGTERM, Arc::clone(&stop))?;
    let (silent, _other) = UnixStream::pair()?;

    let sender = thread::spawn(|| {
        while !main_thread_sleeps() {}
        kill(Pid::this(), Signal::SIGTERM)
    });
    show(
        "a flag; the signal comes while poll sleeps",
        &told_by_poll(&silent),
    );
    sender.join().expect("the sender does not panic")?;

    stop.store(false, Ordering::Relaxed);
    if !stop.load(Ordering::Relaxed) {
        raise(SIGTERM)?; // The bad moment: after the look, before the wait.
        show(
            "a flag; the signal comes just before",
            &told_by_poll(&silent),
        );
    }
    unregister(handler);
    Ok(())
}

/// ppoll lets a signal in that is blocked at all other times.
fn a_mask() -> io::Result<()> {
    let handler = flag::register(SIGTERM, Arc::new(AtomicBool::new(false)))?;
    let sigterm = SigSet::from(Signal::SIGTERM);
    sigterm.thread_block()?;
    let (silent, _other) = UnixStream::pair()?;

    raise(SIGTERM)?;
    let mut asked = [PollFd::new(silent.as_fd(), PollFlags::POLLIN)];
    let result = ppoll(
        &mut asked,
        Some(TimeSpec::from(LONG)),
        Some(SigSet::empty()),
    );
    show("ppoll's mask; the signal comes just before", &told(result));
    sigterm.thread_unblock()?;
    unregister(handler);
    Ok(())
}

/// A handler that writes a byte into a pipe (here a pair of sockets), which is waited for.
fn a_self_pipe() -> io::Result<()> {
    let (reader, writer) = UnixStream::pair()?;
    let handler = pipe::register(SIGTERM, writer)?;
    raise(SIGTERM)?;
    show(
        "a self-pipe; the signal comes just before",
        &told_by_poll(&reader),
    );
    unregister(handler);
    Ok(())
}

/// No handler: the signal is blocked, and read from a descriptor.
fn a_signalfd() -> io::Result<()> {
    let sigterm = SigSet::from(Signal::SIGTERM);
    sigterm.thread_block()?;
    let signals = SignalFd::new(&sigterm)?;
    raise(SIGTERM)?;
    raise(SIGTERM)?;
    show("a signalfd; two come just before", &told_by_poll(&signals));
    let read = signals.read_signal()?.map(|info| info.ssi_signo);
    let is_sigterm = read == u32::try_from(SIGTERM).ok();
    show(
        "  what is read from it",
        if is_sigterm { "SIGTERM" } else { "another" },
    );
    show("  and then", &told_by_poll(&signals));
    Ok(())
}

/// Not for signals: another thread wakes this one up.
fn an_eventfd() -> io::Result<()> {
    let counter = EventFd::new()?;
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| counter.write(1));
        }
    });
    show(
        "an eventfd; three threads have written 1",
        &told_by_poll(&counter),
    );
    show("  what is read from it", &counter.read()?.to_string());
    Ok(())
}

/// What a wait for this descriptor ends with.
fn told_by_poll(fd: &impl AsFd) -> String {
    let timeout = PollTimeout::try_from(LONG).unwrap_or(PollTimeout::ZERO);
    told(poll(
        &mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)],
        timeout,
    ))
}

fn told(result: Result<i32, Errno>) -> String {
    match result {
        Ok(0) => format!("sleeps for all of its {} ms", LONG.as_millis()),
        Ok(_) => "ready".to_owned(),
        Err(errno) => format!("{errno:?}"),
    }
}

fn show(situation: &str, what: &str) {
    println!("{situation:45}{what}");
}

/// Whether the first thread is asleep in a system call. proc_pid_stat(5)
fn main_thread_sleeps() -> bool {
    fs::read_to_string("/proc/self/stat").is_ok_and(|stat| stat.contains(") S "))
}
