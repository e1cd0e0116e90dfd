//! Counts a server's system calls, as strace -c does.

use anyhow::{Context, Result};
use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// Counts as long as the process lives.
pub(crate) struct Counter {
    /// How often it stopped: at the beginning and at the end of each call.
    stops: Arc<AtomicU64>,
}

impl Counter {
    /// Begins to count the system calls of a process: of its first thread, and the servers have no other.
    ///
    /// # Errors
    /// It may not be traced.
    pub(crate) fn attach(pid: Pid) -> Result<Counter> {
        let stops = Arc::new(AtomicU64::new(0));
        let counter = Counter {
            stops: Arc::clone(&stops),
        };
        let (tell, told) = mpsc::channel();
        // A tracer is a thread: whoever attaches has to wait for the stops, too.
        thread::spawn(move || {
            let attached = ptrace::seize(pid, Options::PTRACE_O_TRACESYSGOOD)
                .and_then(|()| ptrace::interrupt(pid));
            let goes_on = attached.is_ok();
            // Whoever asked has given up if nobody hears this.
            let _ = tell.send(attached);
            if goes_on {
                follow(pid, &stops);
            }
        });
        let attached = told.recv().context("the tracer has ended")?;
        attached.context("its system calls cannot be counted")?;
        Ok(counter)
    }

    /// How many calls there were so far.
    pub(crate) fn count(&self) -> f64 {
        self.stops.load(Ordering::Relaxed) as f64 / 2.0
    }
}

/// Lets the process run from stop to stop until it ends.
///
/// Source: ptrace(2), "Syscall-stops".
fn follow(pid: Pid, stops: &AtomicU64) {
    while let Ok(status) = waitpid(pid, Some(WaitPidFlag::__WALL)) {
        let signal = match status {
            WaitStatus::PtraceSyscall(_) => {
                stops.fetch_add(1, Ordering::Relaxed);
                None
            }
            WaitStatus::Stopped(_, signal) => Some(signal),
            WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return,
            _ => None,
        };
        // It may have been killed meanwhile; then waitpid says so.
        let _ = ptrace::syscall(pid, signal);
    }
}
