//! Who descends from whom, as /proc tells it (proc(5)).
//!
//! The kernel can be built without `/proc/PID/task/TID/children`, so a process is found by its parent's number.

use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group};
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many new numbers are looked at one by one; for more it is cheaper to go through the living processes.
const MANY: i32 = 256;

/// So much of a line of /proc/PID/stat is read: its number, its name of at most 64 bytes, and the three fields after it.
const HEAD: usize = 128;

/// The harness's own keepers and programs. Each is the head of a family, and so belongs to no other: nobody has to look at them,
/// who are most of the new processes where many scripts are played side by side.
static HEADS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// This process begins a family.
pub(super) fn note_head(pid: Pid) {
    heads().insert(pid.as_raw_nonzero().get());
}

/// This process is about to go. From then on somebody else may have its number.
pub(super) fn forget_head(pid: Pid) {
    heads().remove(&pid.as_raw_nonzero().get());
}

fn heads() -> MutexGuard<'static, BTreeSet<i32>> {
    HEADS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line of /proc/PID/stat.
pub(super) struct Process {
    pub(super) pid: Pid,
    pub(super) parent: Option<Pid>,
    group: Option<Pid>,
    /// It has ended, and its parent has not yet asked how.
    pub(super) zombie: bool,
}

impl Process {
    /// Looks at a process, or at a thread by its number.
    fn look(pid: Pid) -> Option<Process> {
        let mut stat = [0; HEAD];
        let mut file = File::open(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
        let length = file.read(&mut stat).ok()?;
        // The name in parentheses may contain anything, parentheses too.
        let after_name = stat[..length].iter().rposition(|&byte| byte == b')')? + 1;
        let mut fields = str::from_utf8(&stat[after_name..length]).ok()?.split(' ');
        let state = fields.nth(1)?;
        // A process that is just ending has no group any more, and shows -1.
        let mut pid_field = || Pid::from_raw(fields.next()?.parse().ok().filter(|&it| it > 0)?);
        Some(Process {
            pid,
            parent: pid_field(),
            group: pid_field(),
            zombie: matches!(state, "Z" | "X"),
        })
    }

    /// All processes, in the order of their numbers, each looked at when its turn comes.
    pub(super) fn all() -> io::Result<impl Iterator<Item = Process>> {
        Ok(fs::read_dir("/proc")?.filter_map(|entry| {
            let number = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Process::look(Pid::from_raw(number)?)
        }))
    }
}

/// A program's living descendants, without itself: those whose parent is the program, another of them, or the keeper, who
/// adopts the orphans.
#[derive(Debug)]
pub(super) struct Family {
    keeper: Pid,
    program: Pid,
    members: Vec<Pid>,
    /// The newest number at the last look.
    seen: i32,
    /// The newest number at the look before that: up to here, each was looked at twice. Once is not enough, since a number is
    /// given out a moment before its process can be found.
    settled: i32,
}

impl Family {
    pub(super) fn new(keeper: Pid, program: Pid) -> Family {
        let youngest = program.as_raw_nonzero().get();
        Family {
            keeper,
            program,
            members: Vec::new(),
            seen: youngest,
            settled: youngest,
        }
    }

    pub(super) fn look(&mut self) -> Vec<Pid> {
        let Some(newest) = newest_number() else {
            return self.look_at_everybody();
        };
        let wrapped_around = newest < self.seen || newest < self.settled;
        if wrapped_around || newest - self.settled > MANY {
            self.look_at_everybody();
        } else {
            self.forget_the_gone();
            self.look_at_the_new(newest);
        }
        self.settled = self.seen;
        self.seen = newest;
        self.members.clone()
    }

    fn look_at_everybody(&mut self) -> Vec<Pid> {
        let everybody: Vec<Process> = Process::all().into_iter().flatten().collect();
        self.members.clear();
        // Parents mostly come before their children; after the numbers wrapped around, not always.
        let mut before = usize::MAX;
        while before != self.members.len() {
            before = self.members.len();
            for process in &everybody {
                if !self.members.contains(&process.pid) && self.has_parent_of(process) {
                    self.members.push(process.pid);
                }
            }
        }
        self.members.clone()
    }

    fn forget_the_gone(&mut self) {
        let members = std::mem::take(&mut self.members);
        // A number may have been given to somebody else since, whose parent is none of ours.
        let still_there = |&pid: &Pid| {
            Process::look(pid).is_some_and(|process| {
                !process.zombie
                    && process
                        .parent
                        .is_some_and(|it| self.is_elder(it) || members.contains(&it))
            })
        };
        let kept = members.iter().copied().filter(still_there).collect();
        self.members = kept;
    }

    fn look_at_the_new(&mut self, newest: i32) {
        let mut new: Vec<i32> = (self.settled + 1..=newest).collect();
        {
            let heads = heads();
            new.retain(|number| !heads.contains(number));
        }
        for pid in new.into_iter().filter_map(Pid::from_raw) {
            if !self.members.contains(&pid)
                && let Some(process) = Process::look(pid)
                && self.has_parent_of(&process)
                && !is_mere_thread(pid)
            {
                self.members.push(pid);
            }
        }
    }

    fn has_parent_of(&self, process: &Process) -> bool {
        let ours = |parent| self.is_elder(parent) || self.members.contains(&parent);
        process.pid != self.program && !process.zombie && process.parent.is_some_and(ours)
    }

    fn is_elder(&self, pid: Pid) -> bool {
        pid == self.keeper || pid == self.program
    }
}

/// The number that was given out last, to a process or a thread: the last field of /proc/loadavg.
fn newest_number() -> Option<i32> {
    let mut line = [0; HEAD];
    let length = File::open("/proc/loadavg").ok()?.read(&mut line).ok()?;
    let (_, number) = str::from_utf8(&line[..length]).ok()?.rsplit_once(' ')?;
    number.trim_end().parse().ok()
}

/// Threads have numbers of the same kind, and can be found in /proc by them.
fn is_mere_thread(pid: Pid) -> bool {
    let number = pid.as_raw_nonzero();
    fs::read_to_string(format!("/proc/{number}/status")).is_ok_and(|status| {
        let group = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
        group.is_some_and(|group| group.trim().parse() != Ok(number))
    })
}

/// Kills whoever descends from this process. True: there was a child among them, whose end can be waited for.
///
/// Each is killed as it is found. Numbers rise, so a program that goes on forking while it is looked for runs ahead, into
/// the arms of this walk.
///
/// # Errors
/// There is no /proc.
pub(super) fn kill_descendants() -> io::Result<bool> {
    let this = getpid();
    let mut family = HashSet::from([this]);
    let mut found_child = false;
    for process in Process::all()? {
        let Some(parent) = process.parent.filter(|parent| family.contains(parent)) else {
            continue;
        };
        family.insert(process.pid);
        found_child |= parent == this;
        // Its whole group, before one of them forks again. The session is the keeper's, so no stranger is in it.
        let _ = match process.group {
            Some(group) if group != this => kill_process_group(group, Signal::KILL),
            _ => Ok(()),
        };
        let _ = kill_process(process.pid, Signal::KILL);
    }
    Ok(found_child)
}
