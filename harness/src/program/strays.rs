//! The way out when somebody killed a keeper: the program's family is found by what stands in its environment.

use super::family::Process;
use super::keeper::MARK;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

/// Kills whoever has this mark in the environment, with all descendants, and waits for their end; for each at most `limit`.
///
/// They are nobody's children that this process could wait for, so their end is seen by descriptors (pidfd_open(2)).
pub(super) fn end_marked(mark: &OsStr, limit: &Timespec) {
    let entry = [MARK.as_bytes(), b"=", mark.as_bytes()].concat();
    loop {
        let ending = kill_marked(&entry);
        if ending.is_empty() {
            return;
        }
        for process in &ending {
            let mut watched = [PollFd::new(process, PollFlags::IN)];
            while poll(&mut watched, Some(limit)) == Err(rustix::io::Errno::INTR) {}
        }
    }
}

/// Those whom it could signal. A process that it may not signal is none of its family.
fn kill_marked(entry: &[u8]) -> Vec<OwnedFd> {
    let Ok(everybody) = Process::all() else {
        return Vec::new();
    };
    let mut family = HashSet::new();
    let mut ending = Vec::new();
    for process in everybody.filter(|process| !process.zombie) {
        let has_parent = process.parent.is_some_and(|it| family.contains(&it));
        if (has_parent || is_marked(process.pid, entry))
            && let Ok(handle) = pidfd_open(process.pid, PidfdFlags::empty())
            && pidfd_send_signal(&handle, Signal::KILL).is_ok()
        {
            family.insert(process.pid);
            ending.push(handle);
        }
    }
    ending
}

fn is_marked(pid: Pid, entry: &[u8]) -> bool {
    fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero()))
        .is_ok_and(|environment| environment.split(|&byte| byte == 0).any(|it| it == entry))
}
