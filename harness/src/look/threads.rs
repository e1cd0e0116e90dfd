//! What each thread of a program is doing: state, system call and CPU time (proc(5): `/proc/PID/task/TID/stat`,
//! `syscall`; the kernel's Documentation/scheduler/sched-stats.rst: `schedstat`).

use super::calls::{Call, Kind, by_number};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// All threads of a program and its descendants, each at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// In the order of their processes, and of their numbers.
    pub threads: Vec<Thread>,
}

/// One thread at one moment. Two equal ones mean that it did not run in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its process.
    pub pid: i32,
    /// Its own number.
    pub tid: i32,
    /// `R` running or runnable, `S` asleep, `D` asleep and not to be disturbed, `T` stopped, `Z` ended (proc(5), stat).
    pub state: char,
    /// What it is doing.
    pub doing: Doing,
    /// CPU time used so far; exact when the thread sleeps, up to a tick (4 ms) old while it runs.
    pub cpu: Duration,
    /// How often it was given a CPU so far.
    pub runs: u64,
}

/// What a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It runs, or could.
    Running,
    /// It sleeps in the kernel, but not in a system call (a page fault, for one).
    Faulting,
    /// It is in a system call.
    In {
        /// Which.
        call: Call,
        /// Its number; for those that [`Call`] has no name for.
        number: i64,
        /// Its arguments.
        arguments: [u64; 6],
        /// The stack pointer: the same, with the same arguments, means the same call.
        stack: u64,
    },
}

impl Look {
    /// Looks at these processes once. A process that is gone, or that may not be looked at, is left out.
    pub fn at(pids: impl IntoIterator<Item = i32>) -> Look {
        let threads = pids.into_iter().flat_map(threads_of).collect();
        Look { threads }
    }

    /// CPU time of all threads together.
    pub fn cpu(&self) -> Duration {
        self.threads.iter().map(|thread| thread.cpu).sum()
    }

    /// How many different processes were seen.
    pub fn processes(&self) -> usize {
        let mut pids: Vec<i32> = self.threads.iter().map(|thread| thread.pid).collect();
        pids.dedup();
        pids.len()
    }

    /// Whether every thread sleeps in a system call. One look may be wrong about it, as it is not taken in one
    /// moment; two equal ones are not.
    pub fn all_asleep(&self) -> bool {
        !self.threads.is_empty()
            && self
                .threads
                .iter()
                .all(|thread| thread.state == 'S' && matches!(thread.doing, Doing::In { .. }))
    }

    /// Names the call that a `restart_syscall` goes on with, from an earlier look: equal arguments and an equal stack
    /// pointer mean the call that was last seen (restart_syscall(2)).
    pub fn resume_from(&mut self, earlier: &Look) {
        for thread in &mut self.threads {
            let Some(before) = earlier.threads.iter().find(|other| other.tid == thread.tid) else {
                continue;
            };
            let (
                Doing::In {
                    call,
                    arguments,
                    stack,
                    ..
                },
                Doing::In {
                    call: was,
                    arguments: had,
                    stack: stood,
                    ..
                },
            ) = (&mut thread.doing, &before.doing)
            else {
                continue;
            };
            if call.kind == Kind::Restart && arguments == had && stack == stood {
                *call = *was;
            }
        }
    }
}

impl Thread {
    /// The call that it is in.
    pub fn call(&self) -> Option<Call> {
        match self.doing {
            Doing::In { call, .. } => Some(call),
            Doing::Running | Doing::Faulting => None,
        }
    }

    /// The descriptor that is the call's first argument, for the calls that take one.
    pub fn descriptor(&self) -> Option<i32> {
        match self.doing {
            Doing::In {
                call, arguments, ..
            } => matches!(
                call.kind,
                Kind::Accept | Kind::Read | Kind::Write | Kind::Connect
            )
            .then_some(arguments[0] as i32),
            Doing::Running | Doing::Faulting => None,
        }
    }

    /// After how long its call will return although nothing happened; `None` for never.
    pub fn timeout(&self) -> Option<Duration> {
        let Doing::In {
            call, arguments, ..
        } = &self.doing
        else {
            return None;
        };
        match call.kind {
            Kind::Wait(timeout) | Kind::Sleep(timeout) | Kind::Other(timeout) => {
                timeout.of(arguments, |address| read_two_words(self.pid, address))
            }
            _ => None,
        }
    }
}

/// Whether programs can be looked at here at all, tried on ourselves: there is a /proc with what we read.
pub(super) fn proc_is_here() -> bool {
    let own = std::process::id() as i32;
    let mut text = String::new();
    read_to(&format!("/proc/{own}/stat"), &mut text).is_some()
        && read_to(&format!("/proc/{own}/schedstat"), &mut text).is_some()
}

impl Look {
    /// Whether this process may be looked at: /proc has what we read, and lets us (proc(5): `syscall` asks for the
    /// right to trace, ptrace(2): PTRACE_MODE_ATTACH).
    pub fn is_allowed(pid: i32) -> bool {
        let mut text = String::new();
        proc_is_here() && read_to(&format!("/proc/{pid}/syscall"), &mut text).is_some()
    }
}

/// Minor page faults of the children that a process has waited for (proc(5), stat: `cminflt`); 0 if it is gone.
pub fn children_faults(pid: i32) -> u64 {
    let mut text = String::new();
    let field = |text: &str| text.rsplit_once(") ")?.1.split(' ').nth(8)?.parse().ok();
    read_to(&format!("/proc/{pid}/stat"), &mut text)
        .and_then(field)
        .unwrap_or(0)
}

fn threads_of(pid: i32) -> Vec<Thread> {
    let mut text = String::new();
    let Some((state, threads)) =
        read_to(&format!("/proc/{pid}/stat"), &mut text).and_then(parse_stat)
    else {
        return Vec::new();
    };
    if state == 'Z' || state == 'X' {
        return Vec::new();
    }
    let tids = if threads == 1 {
        vec![pid]
    } else {
        tids_of(pid)
    };
    tids.into_iter()
        .filter_map(|tid| thread(pid, tid, &mut text))
        .collect()
}

fn tids_of(pid: i32) -> Vec<i32> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let mut tids: Vec<i32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    tids.sort_unstable();
    tids
}

fn thread(pid: i32, tid: i32, text: &mut String) -> Option<Thread> {
    let folder = format!("/proc/{pid}/task/{tid}");
    let (state, _) = read_to(&format!("{folder}/stat"), text).and_then(parse_stat)?;
    let doing = read_to(&format!("{folder}/syscall"), text).and_then(parse_syscall)?;
    let (cpu, runs) = read_to(&format!("{folder}/schedstat"), text).and_then(parse_schedstat)?;
    Some(Thread {
        pid,
        tid,
        state,
        doing,
        cpu,
        runs,
    })
}

/// Reads a small file of /proc in one read, so that its parts belong together.
fn read_to<'a>(path: &str, text: &'a mut String) -> Option<&'a str> {
    let mut buffer = [0; 1024];
    let length = File::open(path).ok()?.read(&mut buffer).ok()?;
    text.clear();
    text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    Some(text)
}

/// The state and the number of threads (proc(5): fields 3 and 20). The name before them may hold anything.
fn parse_stat(text: &str) -> Option<(char, usize)> {
    let (_, after_name) = text.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(16)?.parse().ok()?))
}

fn parse_syscall(text: &str) -> Option<Doing> {
    let mut fields = text.split_whitespace();
    let number: i64 = match fields.next()? {
        "running" => return Some(Doing::Running),
        first => first.parse().ok()?,
    };
    if number < 0 {
        return Some(Doing::Faulting);
    }
    let mut next = || u64::from_str_radix(fields.next()?.trim_start_matches("0x"), 16).ok();
    let arguments = [next()?, next()?, next()?, next()?, next()?, next()?];
    let stack = next()?;
    Some(Doing::In {
        call: by_number(number),
        number,
        arguments,
        stack,
    })
}

fn parse_schedstat(text: &str) -> Option<(Duration, u64)> {
    let mut fields = text.split_whitespace();
    let nanos = fields.next()?.parse().ok()?;
    Some((Duration::from_nanos(nanos), fields.nth(1)?.parse().ok()?))
}

fn read_two_words(pid: i32, address: u64) -> Option<[u64; 2]> {
    let mut bytes = [0; 16];
    File::open(format!("/proc/{pid}/mem"))
        .ok()?
        .read_exact_at(&mut bytes, address)
        .ok()?;
    let (low, high) = bytes.split_at(8);
    Some([
        u64::from_ne_bytes(low.try_into().ok()?),
        u64::from_ne_bytes(high.try_into().ok()?),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "7 (a) b) (c) S 1 7 7 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 3 0 100";
        assert_eq!(parse_stat(text), Some(('S', 3)));
    }

    #[test]
    fn a_sleeping_call_is_read_with_its_arguments() {
        let text = format!(
            "{} 0x3 0x1 0x0 0x0 0x0 0x0 0x7ffd 0x7f00\n",
            libc::SYS_recvfrom
        );
        let Some(Doing::In {
            call,
            arguments,
            stack,
            ..
        }) = parse_syscall(&text)
        else {
            panic!("not read as a call");
        };
        assert_eq!((call.name, call.kind), ("recv", Kind::Read));
        assert_eq!((arguments[0], arguments[1], stack), (3, 1, 0x7ffd));
    }

    #[test]
    fn a_running_thread_and_a_page_fault_are_no_call() {
        assert_eq!(parse_syscall("running\n"), Some(Doing::Running));
        assert_eq!(parse_syscall("-1 0x7ffd 0x7f00\n"), Some(Doing::Faulting));
    }

    #[test]
    fn a_call_that_was_stopped_and_continued_is_the_call_of_the_look_before() {
        let seen = |number| Look {
            threads: vec![Thread {
                pid: 1,
                tid: 1,
                state: 'S',
                doing: parse_syscall(&format!("{number} 0x1 0x2 0x3 0x0 0x0 0x0 0x7ffd 0x7f00"))
                    .expect("a call"),
                cpu: Duration::ZERO,
                runs: 1,
            }],
        };
        let mut after = seen(libc::SYS_restart_syscall);
        after.resume_from(&seen(libc::SYS_ppoll));
        assert_eq!(after.threads[0].call().map(|call| call.name), Some("poll"));
    }

    #[test]
    fn our_own_threads_can_be_looked_at() {
        let own = std::process::id() as i32;
        assert!(Look::is_allowed(own));
        assert!(
            Look::at([own])
                .threads
                .iter()
                .any(|thread| thread.tid == own)
        );
    }
}
