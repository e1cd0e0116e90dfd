//! Keepers that are ready before there is a program for them.
//!
//! A keeper takes a millisecond to start, as long as the program itself. So each program that starts has the next one's keeper
//! started, which gets ready while the script is played.

use super::output::Output;
use super::{family, keeper};
use rustix::process::Pid;
use std::env;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The keeper that waits, if one does. When the harness ends, its channel ends, and so does it.
static WAITING: Mutex<Option<Spare>> = Mutex::new(None);

/// A keeper that has not been told what to start.
#[derive(Debug)]
pub(super) struct Spare {
    pub(super) keeper: Child,
    /// The harness's end of the channel to it.
    pub(super) control: UnixStream,
    /// What its program will write.
    pub(super) output: Output,
    /// What its program will have in its environment.
    pub(super) mark: OsString,
}

impl Spare {
    /// The keeper that waits, or a new one.
    ///
    /// # Errors
    /// Processes or descriptors are short.
    pub(super) fn take() -> io::Result<Spare> {
        let waiting = WAITING
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        waiting.map_or_else(Spare::start, Ok)
    }

    /// Has a keeper ready for the next program. If that fails, the next program finds out.
    pub(super) fn prepare() {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_none() {
            *waiting = Spare::start().ok();
        }
    }

    fn start() -> io::Result<Spare> {
        let mark = new_mark();
        let (output, stdout, stderr) = Output::new()?;
        let (control, keepers_end) = UnixStream::pair()?;
        // The three standard descriptors are all that the keeper is given: every other descriptor of the harness
        // is closed on exec, and so is every other one of the keeper. No program inherits a stranger's socket.
        let keeper = Command::new(own_binary())
            .arg0(keeper::NAME)
            .arg(keeper::ASKED)
            .env(keeper::MARK, &mark)
            .stdin(OwnedFd::from(keepers_end))
            .stdout(stdout)
            .stderr(stderr)
            .spawn()?;
        family::note_head(Pid::from_child(&keeper));
        Ok(Spare {
            keeper,
            control,
            output,
            mark,
        })
    }

    /// Ends a keeper that has no program, and collects its status.
    pub(super) fn dismiss(mut self) {
        drop(self.control);
        family::forget_head(Pid::from_child(&self.keeper));
        let _ = self.keeper.wait();
    }
}

/// The file to run for a keeper. The link leads to the running binary also when that was rebuilt or removed since.
pub(super) fn own_binary() -> PathBuf {
    let link = Path::new("/proc/self/exe");
    if link.exists() {
        return link.to_owned();
    }
    env::current_exe().unwrap_or_else(|_| {
        let name = env::args_os().next().unwrap_or_default();
        std::path::absolute(&name).unwrap_or_else(|_| name.into())
    })
}

/// A text that no other program's family has in its environment.
fn new_mark() -> OsString {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}.{}", process::id(), now.as_nanos()).into()
}
