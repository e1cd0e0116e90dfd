//! What each thread of a program is doing: its state, its system call, its CPU time.

use super::calls::{Call, Kind};
use super::proc::{may_be_looked_at, read_two_words, threads_of};
use std::io;
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
    /// How much of it the kernel used on its behalf, that is, how much it spent in system calls: in steps of 10 ms, estimated
    /// from what was interrupted by the clock's ticks (proc(5), stat: `stime`).
    pub kernel: Duration,
    /// How often it touched a page of memory that was not there yet (proc(5), stat: `minflt`).
    pub faults: u64,
    /// How long it could have run so far and waited for a CPU; what it waits for now is not in it.
    pub waited: Duration,
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
    ///
    /// # Errors
    /// The harness itself lacks something, descriptors for one.
    pub fn at(pids: impl IntoIterator<Item = i32>) -> io::Result<Look> {
        let mut threads = Vec::new();
        for pid in pids {
            threads.extend(threads_of(pid)?);
        }
        Ok(Look { threads })
    }

    /// Whether this process may be looked at at all.
    pub fn is_allowed(pid: i32) -> bool {
        may_be_looked_at(pid)
    }

    /// CPU time of all threads together.
    pub fn cpu(&self) -> Duration {
        self.threads.iter().map(|thread| thread.cpu).sum()
    }

    /// The part of it that was spent in the kernel.
    pub fn kernel(&self) -> Duration {
        self.threads.iter().map(|thread| thread.kernel).sum()
    }

    /// Page faults of all threads together.
    pub fn faults(&self) -> u64 {
        self.threads.iter().map(|thread| thread.faults).sum()
    }

    /// The processes that were seen.
    pub fn pids(&self) -> Vec<i32> {
        let mut pids: Vec<i32> = self.threads.iter().map(|thread| thread.pid).collect();
        pids.dedup();
        pids
    }

    /// How many they are.
    pub fn processes(&self) -> usize {
        self.pids().len()
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

    /// Whether nothing has happened since an earlier look: every thread is where it was, and has not run. One of several that
    /// only naps, as a runtime's own may, can have done so again: between two looks at a thousand clients it always has.
    pub fn is_like(&self, earlier: &Look) -> bool {
        let naps = |thread: &Thread| {
            let call = thread.call().filter(|_| thread.state == 'S');
            call.is_some_and(|call| matches!(call.kind, Kind::Sleep(_)))
        };
        let is_alone = self.threads.len() == 1;
        let is_like = |(now, then): (&Thread, &Thread)| {
            now == then || !is_alone && now.tid == then.tid && naps(now) && naps(then)
        };
        self.threads.len() == earlier.threads.len()
            && self.threads.iter().zip(&earlier.threads).all(is_like)
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

    /// Takes note of the calls that threads are in now. One that is in none keeps the call that it was in: it may only have
    /// run for the moment that it takes to be continued.
    pub fn take_note(&mut self, newer: &Look) {
        let noted = |thread: &Thread| {
            let before = self.threads.iter().find(|other| other.tid == thread.tid);
            match (thread.doing, before) {
                (Doing::Running | Doing::Faulting, Some(before)) => before.clone(),
                _ => thread.clone(),
            }
        };
        self.threads = newer.threads.iter().map(noted).collect();
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::proc::parse_syscall;
    use super::*;

    /// A look at one thread with this line in its /proc/PID/syscall.
    fn seen_doing(line: &str) -> Look {
        Look {
            threads: vec![Thread {
                pid: 1,
                tid: 1,
                state: 'S',
                doing: parse_syscall(line).expect("a line of /proc/PID/syscall"),
                cpu: Duration::ZERO,
                kernel: Duration::ZERO,
                faults: 0,
                waited: Duration::ZERO,
                runs: 1,
            }],
        }
    }

    fn seen(number: i64) -> Look {
        seen_doing(&format!("{number} 0x1 0x2 0x3 0x0 0x0 0x0 0x7ffd 0x7f00"))
    }

    /// A look at threads in these calls, each with how often it has run.
    fn together(threads: &[(i64, u64)]) -> Look {
        let thread = |(tid, (call, runs)): (i32, &(i64, u64))| Thread {
            tid,
            runs: *runs,
            ..seen(*call).threads.remove(0)
        };
        Look {
            threads: (1..).zip(threads).map(thread).collect(),
        }
    }

    #[test]
    fn a_look_is_like_another_if_no_thread_has_run_but_one_that_naps_beside_others() {
        let (waits, naps) = (libc::SYS_ppoll, libc::SYS_clock_nanosleep);
        let at_rest = together(&[(waits, 5), (naps, 70)]);
        assert!(together(&[(waits, 5), (naps, 71)]).is_like(&at_rest));
        assert!(!together(&[(waits, 6), (naps, 70)]).is_like(&at_rest));
        assert!(!together(&[(waits, 5)]).is_like(&at_rest));
        assert!(!together(&[(naps, 2)]).is_like(&together(&[(naps, 1)])));
        assert!(together(&[(waits, 5)]).is_like(&together(&[(waits, 5)])));
    }

    #[test]
    fn who_runs_for_a_moment_goes_on_with_the_call_that_it_was_in() {
        let mut noted = seen(libc::SYS_ppoll);
        noted.take_note(&seen_doing("running"));
        let mut after = seen(libc::SYS_restart_syscall);
        after.resume_from(&noted);
        assert_eq!(after.threads[0].call().map(|call| call.name), Some("poll"));
    }

    #[test]
    fn a_call_that_was_stopped_and_continued_is_the_call_of_the_look_before() {
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
                .expect("no shortage of descriptors")
                .threads
                .iter()
                .any(|thread| thread.tid == own)
        );
    }
}
