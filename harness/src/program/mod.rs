//! Starts a program, and owns it and everybody it starts, to the last.
//!
//! Between the harness and the program stands a *keeper*: the harness's own binary, run again.
//!
//! ```text
//! harness === socket pair === keeper --- program --- whom the program starts
//!    ^                                      |
//!    `---- two pipes: stdout and stderr ----'
//! ```
//!
//! The keeper adopts every orphan below it (`PR_SET_CHILD_SUBREAPER`, prctl(2)), so nobody leaves the family by a double fork.
//! When the harness lets go of the program, the keeper ends the whole family and is ready for another program. When the
//! harness dies, even of SIGKILL, the socket pair ends, and the keeper ends the family and itself. Being a program of
//! its own, it needs none of the unsafe code that runs between `fork` and `exec` elsewhere.

mod becoming;
mod family;
mod input;
mod keeper;
mod keepers;
mod output;
mod start_error;
#[cfg(target_os = "linux")]
mod strays;
mod waiting;

pub(crate) use becoming::to_be_traced;
pub use input::Input;
pub use keeper::serve_if_asked;
pub use output::Output;
pub use start_error::StartError;
pub(crate) use waiting::Waiting;

use family::Family;
use keeper::{Report, Request};
use keepers::Keeper;
use rustix::event::Timespec;
use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process_group};
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{self, Path};
use std::sync::Arc;

/// How long a family may take to end. SIGKILL is obeyed at once, except by a process that the harness may not
/// signal (`sudo`) or that the kernel does not let go (a dead disk): nobody waits for those for ever.
const LAST_RESORT: Timespec = Timespec {
    tv_sec: 10,
    tv_nsec: 0,
};

/// What to start, and how.
#[derive(Debug, Clone, Copy)]
pub struct Launch<'a> {
    /// The program and its arguments. A name without a slash is looked up in `PATH`; a relative path is taken as
    /// seen from `directory`.
    pub command: &'a [OsString],
    /// The folder that it is run in.
    pub directory: &'a Path,
    /// How many descriptors it may have open: the soft limit of `RLIMIT_NOFILE` (getrlimit(2)). The hard one stays.
    pub open_files: u64,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Status(i32),
    /// This signal ended it.
    Signal(i32),
    /// Somebody killed the keeper: what became of the program is not known.
    Lost,
}

/// A running program. When it is dropped, the program and all its descendants are gone before the drop returns.
#[derive(Debug)]
pub struct Program {
    pid: Pid,
    keeper: Arc<Keeper>,
    /// What the keeper has reported of the program's end.
    exit: Option<Exit>,
    output: Output,
    family: Family,
}

impl Program {
    /// Starts a program: its standard input is `/dev/null`, its output goes to [`Program::output`], its signals are at
    /// their defaults, and it has a process group of its own.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub fn start(launch: &Launch) -> Result<Program, StartError> {
        Program::start_with_input(launch, Input::Nothing)
    }

    /// As [`Program::start`], with a standard input.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running. A program that cannot be started in a terminal is started all the same, says
    /// why on its standard error and exits with 127.
    pub fn start_with_input(launch: &Launch, input: Input<'_>) -> Result<Program, StartError> {
        let failed = |error| StartError::because(error, launch);
        allowed(launch)?;
        let request = Request {
            open_files: launch.open_files,
            // The keeper may have been in other folders since it was started.
            directory: path::absolute(launch.directory).map_err(failed)?.into(),
            command: launch.command.to_vec(),
        };
        let (output, stdout, stderr) = Output::new().map_err(failed)?;
        let keeper = Keeper::take().map_err(failed)?;
        match keeper.begin(&request, input, [stdout.as_fd(), stderr.as_fd()]) {
            Ok(pid) => {
                family::note_head(pid);
                Ok(Program {
                    pid,
                    family: Family::new(keeper.pid, pid),
                    keeper,
                    exit: None,
                    output,
                })
            }
            Err(error) => {
                keeper.dismiss();
                Err(failed(error))
            }
        }
    }

    /// The program's process. The number stays its own for as long as this lives, also after its end.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The process between the harness and the program, for tests and reports.
    pub fn keeper_pid(&self) -> Pid {
        self.keeper.pid
    }

    /// How the program ended, if it has; does not wait.
    pub fn exit(&mut self) -> Option<Exit> {
        if self.exit.is_none() {
            self.exit = match Report::read(&self.keeper.control) {
                Ok(Report::Exited(status)) => Some(Exit::Status(status)),
                Ok(Report::Killed(signal)) => Some(Exit::Signal(signal)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                Ok(_) | Err(_) => Some(Exit::Lost),
            };
        }
        self.exit
    }

    /// Becomes readable when [`Program::exit`] has something to say, and stays so until it was asked.
    pub fn control_fd(&self) -> BorrowedFd<'_> {
        self.keeper.control.as_fd()
    }

    /// Descriptors that become readable when the program has written something, or has ended.
    pub fn watched(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let control = self.exit.is_none().then(|| self.control_fd());
        control.into_iter().chain(self.output.pipes())
    }

    /// What the program writes.
    pub fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Sends a signal to the program's process group, as a terminal does: a wrapper such as `sh -c` and the server that it
    /// runs both get it.
    ///
    /// # Errors
    /// kill(2); a program that has ended is none.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        if self.exit == Some(Exit::Lost) {
            return Err(io::Error::other("the program's keeper was killed"));
        }
        Ok(kill_process_group(self.pid, signal)?)
    }

    /// The living processes that descend from the program, without itself. Cheap enough to be asked every
    /// millisecond: it looks only at processes that were made since it was asked last. A child whose `fork` was under way
    /// may show at the next question only.
    pub fn descendants(&mut self) -> Vec<Pid> {
        self.family.look()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        family::forget_head(self.pid);
        match self.keeper.end_family(LAST_RESORT) {
            Ok(()) => Arc::clone(&self.keeper).give_back(),
            Err(_) => {
                self.keeper.kill();
                #[cfg(target_os = "linux")]
                strays::end_marked(&self.keeper.mark, &LAST_RESORT);
            }
        }
    }
}

/// What can be known before anything is started.
fn allowed(launch: &Launch) -> Result<(), StartError> {
    let refuse = |why| Err(StartError::because(io::Error::other(why), launch));
    if !keeper::can_be_asked() {
        // Running such a binary again would run the tests, or whatever else it does, again, and so on without end.
        return refuse("main must begin with harness::program::serve_if_asked()".to_owned());
    }
    if launch.command.is_empty() {
        return refuse("no command was given".to_owned());
    }
    if !launch.directory.is_dir() {
        return refuse(format!("there is no folder {}", launch.directory.display()));
    }
    match getrlimit(Resource::Nofile).maximum {
        Some(hard) if hard < launch.open_files => Err(StartError::LimitTooLow {
            asked: launch.open_files,
            hard,
        }),
        _ => Ok(()),
    }
}
