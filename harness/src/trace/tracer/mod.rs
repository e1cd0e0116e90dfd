//! Follows the program from system call to system call (ptrace(2): PTRACE_SEIZE, PTRACE_SYSCALL).
//!
//! ptrace wants everything done by the thread that began it, so this is a thread of its own. It holds the program up for some
//! microseconds at each call; what it waits for itself is the program, or, while that is frozen, the word that it thaws.

mod decode;
mod process;
mod sets;
mod shape;

use super::call::Call;
use super::log::{Entry, Log};
use crate::look::{CodeLine, Stacks, entered, is_entering, returned};
use decode::Entered;
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use process::Process;
use sets::Registered;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

/// The lines of the stacks that were met, by their numbers.
pub(super) type Lines = Vec<Option<CodeLine>>;

/// The run's end of it. When it is dropped, a frozen program is let go.
#[derive(Debug)]
pub(crate) struct Tracer {
    thaw: Sender<()>,
    frozen: Arc<AtomicBool>,
}

impl Tracer {
    /// Seizes a program that has stopped itself, or is about to, and lets it go on.
    ///
    /// # Errors
    /// It may not be traced.
    pub(super) fn start(pid: i32, log: Log) -> io::Result<(Tracer, JoinHandle<Lines>)> {
        let (thaw, thawed) = channel();
        let (tell, is_seized) = sync_channel(1);
        let frozen = Arc::new(AtomicBool::new(false));
        let is_frozen = Arc::clone(&frozen);
        let thread = Builder::new().name("tracer".into()).spawn(move || {
            let program = Pid::from_raw(pid);
            let options = Options::PTRACE_O_TRACESYSGOOD
                | Options::PTRACE_O_TRACEEXEC
                | Options::PTRACE_O_TRACEEXIT;
            let seized = ptrace::seize(program, options);
            let is_mine = seized.is_ok();
            // Nobody waits for the answer any more only if the harness itself is at its end.
            let _ = tell.send(seized);
            let mut tracing = Tracing::new(program, log, thawed, is_frozen);
            if is_mine {
                // That it cannot be followed means that it is gone, and how it went is known by then.
                let _ = tracing.follow();
            }
            tracing.lines()
        })?;
        match is_seized.recv() {
            Ok(Ok(())) => Ok((Tracer { thaw, frozen }, thread)),
            Ok(Err(errno)) => Err(errno.into()),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Whether the program has been stopped by SIGSTOP: to /proc it is in the same state as in the middle of a call.
    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Acquire)
    }

    /// Lets a program go on that was sent SIGCONT. Who only waits for that signal would need PTRACE_LISTEN, which nix does not
    /// have; here, whoever stops the program also tells when it goes on.
    pub(crate) fn thaw(&self) {
        self.frozen.store(false, Ordering::Release);
        let _ = self.thaw.send(()); // a program that is gone does not thaw
    }
}

struct Tracing {
    pid: Pid,
    log: Log,
    thawed: Receiver<()>,
    frozen: Arc<AtomicBool>,
    /// Whether it has been let go after it had stopped itself: the next thing that it becomes is the program.
    is_let_go: bool,
    /// Whether the program has become itself: before that, it is the harness's own binary.
    began: bool,
    process: Option<Process>,
    stacks: Option<Stacks>,
    registered: Registered,
    /// The call that it is in, if it is told of.
    inside: Option<Entered>,
    /// A call that goes on after an interruption.
    goes_on: Option<Entered>,
}

impl Tracing {
    fn new(pid: Pid, log: Log, thawed: Receiver<()>, frozen: Arc<AtomicBool>) -> Tracing {
        Tracing {
            pid,
            log,
            thawed,
            frozen,
            is_let_go: false,
            began: false,
            process: None,
            stacks: None,
            registered: Registered::default(),
            inside: None,
            goes_on: None,
        }
    }

    /// Follows the program to its end.
    fn follow(&mut self) -> nix::Result<()> {
        loop {
            let signal = match waitpid(self.pid, Some(WaitPidFlag::__WALL)) {
                Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno),
                Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => return Ok(()),
                Ok(WaitStatus::PtraceSyscall(_)) => {
                    self.at_call();
                    None
                }
                Ok(WaitStatus::PtraceEvent(_, _, event))
                    if event == Event::PTRACE_EVENT_EXEC as i32 =>
                {
                    self.begin();
                    None
                }
                // The run hears of the end only after this, so that all is written down by then.
                Ok(WaitStatus::PtraceEvent(_, _, event))
                    if event == Event::PTRACE_EVENT_EXIT as i32 =>
                {
                    self.log
                        .write(Entry::Ended(ended(ptrace::getevent(self.pid)?)));
                    None
                }
                Ok(WaitStatus::PtraceEvent(_, stop, libc::PTRACE_EVENT_STOP)) => {
                    self.stopped(stop);
                    None
                }
                Ok(WaitStatus::Stopped(_, signal)) => {
                    self.log.write(Entry::Signal(format!("{signal:?}")));
                    Some(signal)
                }
                Ok(_) => None,
            };
            ptrace::syscall(self.pid, signal)?;
        }
    }

    /// The program has replaced what it was before.
    fn begin(&mut self) {
        if !self.is_let_go {
            return; // on its way to the program it takes a terminal
        }
        self.began = true;
        self.log.write(Entry::Becomes);
        self.process = Process::new(self.pid.as_raw()).ok();
        self.stacks = None;
    }

    /// It is stopped as SIGSTOP stops a process, and stays so until it is told that it may go on; or it was continued.
    fn stopped(&mut self, stop: Signal) {
        if !matches!(
            stop,
            Signal::SIGSTOP | Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU
        ) {
            return;
        }
        if !self.began {
            self.is_let_go = true;
            if let Some(pid) = rustix::process::Pid::from_raw(self.pid.as_raw()) {
                // It waits for nothing but this; if it is gone, that is heard of next.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::CONT);
            }
            return;
        }
        self.frozen.store(true, Ordering::Release);
        // The other end is dropped when the program is to end.
        let _ = self.thawed.recv();
        self.frozen.store(false, Ordering::Release);
    }

    fn at_call(&mut self) {
        let Some(process) = self.process.as_ref().filter(|_| self.began) else {
            return;
        };
        if is_entering(self.pid) {
            let Some((number, arguments)) = entered(self.pid) else {
                return;
            };
            let is_same = number == libc::SYS_restart_syscall;
            if let Some(before) = self.goes_on.take()
                && (is_same || before.number == number && before.arguments == arguments)
            {
                self.inside = Some(before);
                return;
            }
            self.inside = decode::enter(process, &self.registered, number, arguments);
            process.forget(number, &arguments);
            if let Some(inside) = &self.inside {
                let call = inside.call.clone();
                let stack = self.stack();
                self.log.write(Entry::Enters(call, stack));
            }
        } else if let Some(inside) = self.inside.take()
            && let Some(result) = returned(self.pid)
        {
            let again = inside.clone();
            match decode::leave(process, &mut self.registered, inside, result) {
                // For whom it waited was written down when it was entered.
                Some(call) => self.log.write(Entry::Returns(Call {
                    interest: None,
                    ..call
                })),
                None => {
                    self.goes_on = Some(again);
                    self.log.write(Entry::Interrupted);
                }
            }
        }
    }

    /// The number of the stack that the program is stopped with.
    fn stack(&mut self) -> Option<usize> {
        if self.stacks.is_none() {
            self.stacks = Stacks::of(self.pid.as_raw());
        }
        self.stacks.as_mut()?.note(self.pid)
    }

    fn lines(&self) -> Lines {
        self.stacks.as_ref().map(Stacks::lines).unwrap_or_default()
    }
}

/// How a program ends, of which wait(2) would tell this.
fn ended(status: libc::c_long) -> String {
    let status = status as i32;
    if libc::WIFEXITED(status) {
        return format!("exits with {}", libc::WEXITSTATUS(status));
    }
    match Signal::try_from(libc::WTERMSIG(status)) {
        Ok(signal) => format!("dies of {signal:?}"),
        Err(_) => "ends".into(),
    }
}
