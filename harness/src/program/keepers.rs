//! The harness's keepers: started when there is none for a program, and used again for the next one.
//!
//! A keeper takes as long to start as a program, and there are hundreds of programs in a suite.

use super::keeper::{self, Report, Request};
use super::{Input, family};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Keepers without a program. When the harness ends, their channels end, and so do they.
static IDLE: Mutex<Vec<Arc<Keeper>>> = Mutex::new(Vec::new());

/// A keeper, seen from the harness.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) pid: Pid,
    /// The harness's end of the channel to it. The keeper ends its program, and itself, when this is closed.
    pub(super) control: UnixStream,
    /// Stands in the environment of its programs and their descendants, as long as they do not change it.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "found in /proc"))]
    pub(super) mark: OsString,
}

impl Keeper {
    /// One that waits for a program, or a new one.
    ///
    /// # Errors
    /// Processes or descriptors are short.
    pub(super) fn take() -> io::Result<Arc<Keeper>> {
        loop {
            let waiting = idle().pop();
            match waiting {
                None => return Keeper::start().map(Arc::new),
                Some(keeper) if keeper.lives() => return Ok(keeper),
                Some(_) => {} // somebody has killed it
            }
        }
    }

    /// A new one.
    ///
    /// # Errors
    /// Processes or descriptors are short.
    pub(super) fn start() -> io::Result<Keeper> {
        let mark = new_mark();
        let (control, keepers_end) = UnixStream::pair()?;
        // This is the one descriptor of the harness that the keeper is given: every other one is closed on exec, and so is
        // every one of the keeper. No program inherits a stranger's socket.
        let keeper = Command::new(own_binary())
            .arg0(keeper::NAME)
            .arg(keeper::ASKED)
            .env(keeper::MARK, &mark)
            .stdin(OwnedFd::from(keepers_end))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pid = Pid::from_child(&keeper);
        family::note_head(pid);
        Ok(Keeper { pid, control, mark })
    }

    /// Has it start a program, with these as its standard output and error, and waits until it has.
    ///
    /// # Errors
    /// The program cannot be started, or the keeper is gone.
    pub(super) fn begin(
        &self,
        request: &Request,
        input: Input<'_>,
        outputs: [BorrowedFd<'_>; 2],
    ) -> io::Result<Pid> {
        let mut control = &self.control;
        control.set_nonblocking(false)?;
        input.send(outputs, control)?;
        control.write_all(&request.encode()?)?;
        let report = Report::read(control)?;
        control.set_nonblocking(true)?;
        match report {
            Report::Started(pid) => {
                Pid::from_raw(pid).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
            Report::Failed(errno) => Err(io::Error::from_raw_os_error(errno)),
            Report::Exited(_) | Report::Killed(_) | Report::NobodyLeft => {
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }

    /// Has it end its program's family, and waits until nobody is left.
    ///
    /// # Errors
    /// It is gone, or could not do it in this time.
    pub(super) fn end_family(&self, limit: Timespec) -> io::Result<()> {
        let until = Instant::now() + limit.try_into().unwrap_or_default();
        (&self.control).write_all(&[keeper::END])?;
        loop {
            match Report::read(&self.control) {
                Ok(Report::NobodyLeft) => return Ok(()),
                Ok(_) => continue, // the program's end, which nobody asked for
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            let left = until.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).unwrap_or(limit);
            match poll(
                &mut [PollFd::new(&self.control, PollFlags::IN)],
                Some(&left),
            ) {
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// It has no program any more, and waits for the next.
    pub(super) fn give_back(self: Arc<Keeper>) {
        idle().push(self);
    }

    /// Ends it by ending its channel, and waits for that.
    pub(super) fn dismiss(&self) {
        let _ = self.control.shutdown(Shutdown::Both);
        self.collect();
    }

    /// Ends it whatever it is doing, and waits for that.
    pub(super) fn kill(&self) {
        let _ = kill_process(self.pid, Signal::KILL);
        self.collect();
    }

    fn collect(&self) {
        while let Err(Errno::INTR) = waitpid(Some(self.pid), WaitOptions::empty()) {}
        family::forget_head(self.pid);
    }

    /// Whether it has not ended. If it has, it is collected.
    fn lives(&self) -> bool {
        let lives = matches!(waitpid(Some(self.pid), WaitOptions::NOHANG), Ok(None));
        if !lives {
            family::forget_head(self.pid);
        }
        lives
    }
}

fn idle() -> MutexGuard<'static, Vec<Arc<Keeper>>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
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

/// A text that no other keeper's families have in their environment.
fn new_mark() -> OsString {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!("{}.{}", process::id(), now.as_nanos()).into()
}
