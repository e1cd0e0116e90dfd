//! Runs a confined command to its end, or to that of its time, its memory or its room on the disk.

use crate::confine::Confinement;
use anyhow::{Context, Result};
use harness::program::{Exit, Launch, Program};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// So often it is looked at.
const OFTEN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};
/// Files that it may have open: as many as most systems give.
const OPEN_FILES: u64 = 1024;

/// What a command may use up, with all that it starts.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Processor time, together: what a machine on which others work gives it later, it needs all the same.
    pub work: Duration,
    /// From its start.
    pub time: Duration,
    /// Bytes of memory, together.
    pub memory: u64,
    /// Bytes below the folder that it may write to.
    pub disk: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Done {
    /// How it ended.
    pub end: End,
    /// What it wrote to stderr, the end of it.
    pub said: String,
    /// From its start.
    pub took: Duration,
    /// The most memory that it was seen with, in bytes.
    pub memory: u64,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Exit(Exit),
    /// Its processor time was used up.
    TooMuchWork,
    /// Its time was over.
    TooLong,
    /// It had too much memory.
    TooMuchMemory,
    /// It wrote too much.
    TooMuchDisk,
}

/// Runs `command` confined; it writes to `folder`. When this returns, nothing that it started is left.
///
/// It runs in `/`, and so all its paths are absolute: cargo reads the settings of every folder from the one it runs in upwards,
/// and gives up where it is not allowed to. Above `folder` may well be a workspace with settings of its own.
///
/// # Errors
/// It cannot be started.
pub fn run(
    command: &[OsString],
    confinement: &Confinement,
    folder: &Path,
    allowed: &Allowance,
) -> Result<Done> {
    let command = confinement.command(command)?;
    let mut program = Program::start(&Launch {
        command: &command,
        directory: Path::new("/"),
        open_files: OPEN_FILES,
    })?;
    let began = Instant::now();
    // Its keeper may have had others before, whose work is none of its own.
    let before = Used::by(&mut program).work;
    let (mut memory, mut looked) = (0, began);
    let end = loop {
        let mut watched: Vec<PollFd> = program
            .watched()
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        match poll(&mut watched, Some(&OFTEN)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("cannot wait for a build"),
        }
        drop(watched);
        program
            .output()
            .drain()
            .context("cannot read what a build says")?;
        if let Some(exit) = program.exit() {
            break End::Exit(exit);
        }
        if began.elapsed() > allowed.time {
            break End::TooLong;
        }
        if looked.elapsed() < OFTEN.try_into().unwrap_or_default() {
            continue; // it says much, and that is no reason to look more often
        }
        looked = Instant::now();
        let used = Used::by(&mut program);
        memory = memory.max(used.memory);
        if used.memory > allowed.memory {
            break End::TooMuchMemory;
        } else if used.work.saturating_sub(before) > allowed.work {
            break End::TooMuchWork;
        } else if size(folder) > allowed.disk {
            break End::TooMuchDisk;
        }
    };
    program
        .output()
        .drain()
        .context("cannot read what a build says")?;
    Ok(Done {
        end,
        said: program.output().stderr().into_owned(),
        took: began.elapsed(),
        memory,
    })
}

/// What a program and its descendants have used up.
#[derive(Default)]
struct Used {
    /// Bytes that they have in memory.
    memory: u64,
    /// Processor time of theirs, and of those who have ended.
    work: Duration,
}

impl Used {
    fn by(program: &mut Program) -> Used {
        // The keeper, too: those who lost their parents end as its children, and their time is added to its own.
        let heads = [program.pid(), program.keeper_pid()];
        let family = program.descendants().into_iter().chain(heads);
        let (mut pages, mut ticks) = (0, 0);
        for pid in family.map(|it| it.as_raw_nonzero().get()) {
            pages += resident(pid).unwrap_or(0);
            ticks += worked(pid).unwrap_or(0);
        }
        let a_second = rustix::param::clock_ticks_per_second().max(1);
        Used {
            memory: pages * rustix::param::page_size() as u64,
            work: Duration::from_millis(1000 * ticks / a_second),
        }
    }
}

/// Pages of memory (proc_pid_statm(5)).
fn resident(pid: i32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    statm.split(' ').nth(1)?.parse().ok()
}

/// Clock ticks of a process and of its children that have ended: utime, stime, cutime, cstime (proc_pid_stat(5)).
fn worked(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let ticks = after_name.split(' ').skip(11).take(4);
    ticks.map(|field| field.parse::<u64>().ok()).sum()
}

/// Bytes on the disk below `folder`. What vanishes while it is looked for is nothing.
fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    const BLOCK: u64 = 512; // stat(2)
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(file) if file.is_dir() => size(&entry.path()),
        Ok(file) => file.blocks() * BLOCK,
        Err(_) => 0,
    });
    sizes.sum()
}
