//! Stops a thread for a moment (ptrace(2): PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_SYSCALL).

use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// A thread that makes no system call for so long does something else.
const NEXT_CALL: Duration = Duration::from_millis(100);

/// Stops a thread and hands it to `read`: whenever it enters or leaves one of its next system calls, `calls` times at most; or, if
/// there are none, where it is. It goes on afterwards. Does nothing if the thread cannot be stopped.
pub(super) fn while_stopped(tid: i32, calls: usize, mut read: impl FnMut(Pid)) {
    let thread = Pid::from_raw(tid);
    if ptrace::seize(thread, Options::PTRACE_O_TRACESYSGOOD).is_err() {
        return;
    }
    if stop(thread).is_some() {
        let is_in_a_call = |_: &usize| next_call(thread).is_some();
        let met = (0..calls)
            .take_while(is_in_a_call)
            .map(|_| read(thread))
            .count();
        if met == 0 {
            read(thread);
        }
    }
    // Of a thread that was killed meanwhile nothing is left to let go of.
    let _ = ptrace::detach(thread, None);
}

/// Stops a thread wherever it is.
fn stop(thread: Pid) -> Option<()> {
    ptrace::interrupt(thread).ok()?;
    match waitpid(thread, Some(WaitPidFlag::__WALL)).ok()? {
        WaitStatus::PtraceEvent(..) | WaitStatus::PtraceSyscall(..) | WaitStatus::Stopped(..) => {
            Some(())
        }
        _ => None,
    }
}

/// Lets a stopped thread go on to where it enters or leaves a system call; `None` if it is stopped somewhere else instead.
fn next_call(thread: Pid) -> Option<()> {
    ptrace::syscall(thread, None).ok()?;
    let since = Instant::now();
    let flags = WaitPidFlag::__WALL | WaitPidFlag::WNOHANG;
    while since.elapsed() < NEXT_CALL {
        match waitpid(thread, Some(flags)).ok()? {
            WaitStatus::StillAlive => yield_now(),
            WaitStatus::PtraceSyscall(..) => return Some(()),
            // Stopped by what had been under way when it was stopped first.
            WaitStatus::PtraceEvent(..) => ptrace::syscall(thread, None).ok()?,
            WaitStatus::Stopped(_, signal) => ptrace::syscall(thread, signal).ok()?,
            _ => return None,
        }
    }
    stop(thread)?;
    None
}
