//! What several tests need.

use crate::actors;
use harness::program::{Exit, Launch, Program, StartError};
use libtest_mimic::Failed;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// What nothing here takes unless it hangs.
const FOREVER: Timespec = Timespec {
    tv_sec: 20,
    tv_nsec: 0,
};

/// A test, as libtest-mimic wants it.
pub(crate) type Test = fn() -> Result<(), Failed>;

pub(crate) fn start(part: &[&str]) -> Result<Program, StartError> {
    start_command(&actors::command(part))
}

pub(crate) fn start_command(command: &[OsString]) -> Result<Program, StartError> {
    Program::start(&Launch {
        command,
        directory: Path::new(env!("CARGO_MANIFEST_DIR")),
        open_files: 1024,
    })
}

/// Waits until there is something to read, or the end.
pub(crate) fn await_readable(fd: BorrowedFd<'_>) -> Result<(), Failed> {
    match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&FOREVER))? {
        0 => Err("nothing came".into()),
        _ => Ok(()),
    }
}

pub(crate) fn await_exit(program: &mut Program) -> Result<Exit, Failed> {
    loop {
        await_readable(program.control_fd())?;
        if let Some(exit) = program.exit() {
            return Ok(exit);
        }
    }
}

/// Waits until there is some output, or an end of it; false after the last.
pub(crate) fn await_output(program: &mut Program) -> io::Result<bool> {
    let pipes = program.output().pipes();
    let mut pipes: Vec<PollFd> = pipes
        .map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN))
        .collect();
    if pipes.is_empty() {
        return Ok(false);
    }
    match poll(&mut pipes, Some(&FOREVER))? {
        0 => Err(io::Error::other("nothing came")),
        _ => Ok(true),
    }
}

/// All of a short standard output, when it has ended.
pub(crate) fn whole_output(program: &mut Program) -> io::Result<String> {
    while await_output(program)? {
        program.output().drain()?;
    }
    Ok(program.output().stdout().into_owned())
}

/// Sees whom a program starts, and that they are gone: each that lives is connected to this socket.
pub(crate) struct Witness {
    _folder: tempfile::TempDir,
    path: PathBuf,
    pub(crate) listener: UnixListener,
}

impl Witness {
    pub(crate) fn new() -> Result<Witness, Failed> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("witness");
        Ok(Witness {
            listener: UnixListener::bind(&path)?,
            _folder: folder,
            path,
        })
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap_or_default()
    }

    /// Waits until so many have come.
    pub(crate) fn await_living(&self, count: usize) -> Result<Vec<(Pid, UnixStream)>, Failed> {
        let mut living = Vec::new();
        while living.len() < count {
            await_readable(self.listener.as_fd())?;
            let (mut stream, _) = self.listener.accept()?;
            let mut number = [0; 4];
            stream.read_exact(&mut number)?;
            let pid =
                Pid::from_raw(i32::from_ne_bytes(number)).ok_or("a process without a number")?;
            living.push((pid, stream));
        }
        Ok(living)
    }

    /// Nobody who was given this witness is left, at this very moment; a zombie has no command line any more.
    #[track_caller]
    pub(crate) fn assert_nobody_left(&self) {
        let folders = fs::read_dir("/proc").expect("there is /proc");
        for folder in folders.flatten() {
            let command = fs::read(folder.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command);
            assert!(!command.contains(self.path()), "left: {command:?}");
        }
    }
}

/// Waits until all these have ended.
pub(crate) fn await_ends(living: Vec<(Pid, UnixStream)>) -> Result<(), Failed> {
    for (_, mut stream) in living {
        await_readable(stream.as_fd())?;
        assert_eq!(stream.read(&mut [0])?, 0);
    }
    Ok(())
}

pub(crate) fn pids(living: &[(Pid, UnixStream)]) -> HashSet<Pid> {
    living.iter().map(|(pid, _)| *pid).collect()
}
