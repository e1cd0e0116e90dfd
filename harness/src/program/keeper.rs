//! The process between the harness and a program: one after the other.

use super::becoming::{self, ASKED_FOR_A_TERMINAL};
use super::family;
use super::input::{Given, GivenInput};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, WaitOptions, getrlimit, kill_process,
    kill_process_group, setrlimit, setsid, wait, waitid, waitpgid, waitpid,
};
use signal_hook::consts::signal::{
    SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2,
};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, process};

/// What `ps` shows. Not the harness's own name: who types `pkill xtask` means the harness, and the keeper must outlive it.
pub(super) const NAME: &str = "socket-keeper";

/// The argument that makes a binary a keeper.
pub(super) const ASKED: &str = "--keep-a-program-for-the-process-at-stdin";

/// The variable in the environment of a keeper, its program and their descendants by which they are found if somebody
/// kills the keeper.
pub(super) const MARK: &str = "SOCKET_KEEPER";

/// Whether this binary has [`serve_if_asked`] in its main.
static CAN_BE_ASKED: AtomicBool = AtomicBool::new(false);

/// Makes this process a keeper if the harness started it as one, and then does not return. Every binary that starts programs calls
/// this first thing in `main`.
pub fn serve_if_asked() {
    let mut words = env::args_os().skip(1);
    let asked = words.next();
    if asked.as_ref().is_some_and(|word| word == ASKED) {
        // Its own stderr is the program's: nothing may be said there. The harness notices a keeper that fails.
        process::exit(i32::from(keep().is_err()));
    }
    if let Some(asked) = asked {
        becoming::become_program_if_asked(&asked, words);
    }
    CAN_BE_ASKED.store(true, Ordering::Relaxed);
}

pub(super) fn can_be_asked() -> bool {
    CAN_BE_ASKED.load(Ordering::Relaxed)
}

/// The byte by which the harness has a keeper end its program.
pub(super) const END: u8 = b'e';

/// What a keeper is to start, beside the [`Given`] that comes before it.
pub(super) struct Request {
    pub(super) open_files: u64,
    /// Where the program is run.
    pub(super) directory: OsString,
    pub(super) command: Vec<OsString>,
}

impl Request {
    /// Two numbers of eight bytes, the limit and the length of the rest; then the folder and the command's words, separated by NUL,
    /// which none of them can contain.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        if self.command.iter().any(|word| word.as_bytes().contains(&0)) {
            return Err(io::Error::other("the command contains a NUL byte"));
        }
        let words = std::iter::once(&self.directory).chain(&self.command);
        let words = words
            .map(|word| word.as_bytes())
            .collect::<Vec<&[u8]>>()
            .join(&0);
        let mut bytes = Vec::from(self.open_files.to_ne_bytes());
        bytes.extend_from_slice(&words.len().to_ne_bytes());
        bytes.extend_from_slice(&words);
        Ok(bytes)
    }

    fn read(control: &mut UnixStream) -> io::Result<Request> {
        let (mut open_files, mut length) = ([0; size_of::<u64>()], [0; size_of::<usize>()]);
        control.read_exact(&mut open_files)?;
        control.read_exact(&mut length)?;
        let mut words = vec![0; usize::from_ne_bytes(length)];
        control.read_exact(&mut words)?;
        let mut words = words
            .split(|&byte| byte == 0)
            .map(|word| OsString::from_vec(word.to_vec()));
        Ok(Request {
            open_files: u64::from_ne_bytes(open_files),
            directory: words.next().unwrap_or_default(),
            command: words.collect(),
        })
    }
}

/// What a keeper says.
pub(super) enum Report {
    /// The program runs, as this process.
    Started(i32),
    /// It could not be started: errno.
    Failed(i32),
    /// It exited with this status.
    Exited(i32),
    /// This signal ended it.
    Killed(i32),
    /// The program and all its descendants are gone.
    NobodyLeft,
}

impl Report {
    /// Five bytes, so that the socket delivers all or none.
    fn encode(&self) -> [u8; 5] {
        let (kind, value) = match *self {
            Report::Started(pid) => (b's', pid),
            Report::Failed(errno) => (b'f', errno),
            Report::Exited(status) => (b'x', status),
            Report::Killed(signal) => (b'k', signal),
            Report::NobodyLeft => (b'n', 0),
        };
        let [a, b, c, d] = value.to_ne_bytes();
        [kind, a, b, c, d]
    }

    pub(super) fn read(mut control: &UnixStream) -> io::Result<Report> {
        let mut bytes = [0; 5];
        control.read_exact(&mut bytes)?;
        let [kind, value @ ..] = bytes;
        let value = i32::from_ne_bytes(value);
        match kind {
            b's' => Ok(Report::Started(value)),
            b'f' => Ok(Report::Failed(value)),
            b'x' => Ok(Report::Exited(value)),
            b'k' => Ok(Report::Killed(value)),
            b'n' => Ok(Report::NobodyLeft),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// A keeper's whole life.
fn keep() -> io::Result<()> {
    leave_the_harness()?;
    signals_at_default()?;
    let mut control = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (children, news) = UnixStream::pair()?;
    signal_hook::low_level::pipe::register(SIGCHLD, news)?;
    while let Some(given) = Given::receive(&control)? {
        let request = Request::read(&mut control)?;
        let report = match start(&request, given) {
            Err(error) => Report::Failed(error.raw_os_error().unwrap_or(libc::EINVAL)),
            Ok(program) => {
                let goes_on = see_through(program, &mut control, &children);
                end_everybody(program);
                match goes_on? {
                    true => Report::NobodyLeft,
                    false => return Ok(()),
                }
            }
        };
        control.write_all(&report.encode())?;
    }
    Ok(())
}

/// Becomes a process that nothing which is meant for the harness can reach, and that every orphan comes to.
fn leave_the_harness() -> io::Result<()> {
    // A session of its own: Ctrl-C at the terminal is for the harness alone, and whatever process groups there are in this
    // session are the program's. No parent-death signal: it would end the keeper before its work is done.
    setsid()?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        let _ = std::fs::write("/proc/self/comm", NAME); // Only for people; argv[0] says it too.
    }
    Ok(())
}

/// Starts the program, and keeps nothing of what it was given.
fn start(request: &Request, given: Given) -> io::Result<Pid> {
    env::set_current_dir(&request.directory)?;
    let own = getrlimit(Resource::Nofile);
    let programs = Rlimit {
        current: Some(request.open_files),
        ..own
    };
    setrlimit(Resource::Nofile, programs)?;
    // The program gets no parent-death signal. A process can set that for itself only, so it would take one more exec, and
    // it would help only against a SIGKILL for keeper and harness both: after one for the keeper, the harness cleans up.
    let child = command(request, given).and_then(|mut command| command.spawn());
    setrlimit(Resource::Nofile, own)?;
    Ok(Pid::from_child(&child?))
}

fn command(request: &Request, given: Given) -> io::Result<Command> {
    let (program, arguments) = request
        .command
        .split_first()
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    match given.input {
        GivenInput::Nothing => command.stdin(Stdio::null()).process_group(0),
        GivenInput::From(descriptor) => command.stdin(descriptor).process_group(0),
        GivenInput::Terminal(terminal) => {
            command = Command::new(super::keepers::own_binary());
            // The group comes with the session, and a group's leader could not have one of its own (setsid(2)).
            command
                .arg0(NAME)
                .arg(ASKED_FOR_A_TERMINAL)
                .arg(program)
                .stdin(terminal)
        }
    };
    command.stdout(given.stdout).stderr(given.stderr);
    // To draw one up takes a Rust program longer than anything else it does, and would push its last words off the report.
    command.args(arguments).env("RUST_BACKTRACE", "0");
    Ok(command)
}

/// Sees to it that programs start with their signals at their defaults, also where the harness was started with some of
/// them ignored, as a shell does to SIGINT of a background job and `nohup` to SIGHUP. A signal that is ignored stays so in an
/// exec; one that is caught is set back (execve(2)). So it suffices to catch them here.
fn signals_at_default() -> io::Result<()> {
    let nobody_looks = Arc::new(AtomicBool::new(false));
    for signal in [
        SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU,
    ] {
        signal_hook::flag::register(signal, Arc::clone(&nobody_looks))?;
    }
    Ok(())
}

/// Reports that the program runs, and its end. Returns when the harness lets go of it: false if it is gone itself.
fn see_through(program: Pid, control: &mut UnixStream, children: &UnixStream) -> io::Result<bool> {
    control.write_all(&Report::Started(program.as_raw_nonzero().get()).encode())?;
    let mut reported = false;
    loop {
        if !reported && let Some(end) = end_of(program)? {
            reported = true;
            control.write_all(&end.encode())?;
        }
        let mut watched = [
            PollFd::new(&*control, PollFlags::IN),
            PollFd::new(children, PollFlags::IN),
        ];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [for_control, for_children] = watched.map(|fd| !fd.revents().is_empty());
        if for_control {
            return Ok(control.read(&mut [END])? > 0); // of a program that runs, the harness asks for nothing else
        }
        if for_children {
            rustix::io::read(children, &mut [0; 256])?; // Only that something came counts.
        }
    }
}

/// How the program ended, if it did. It is left a zombie, so that its number stays its own: the harness signals it by that.
fn end_of(program: Pid) -> io::Result<Option<Report>> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(program), options)?.and_then(|status| {
        let exited = status.exit_status().map(Report::Exited);
        exited.or_else(|| status.terminating_signal().map(Report::Killed))
    }))
}

/// Ends every process below this one, however it hid. Returns when the kernel knows of no child any more.
fn end_everybody(program: Pid) {
    // Nearly always this is all there is to it. A signal to a group reaches whoever is in it at that moment, and a fork
    // that is under way in it starts over and sees the signal: nobody slips through.
    let _ = kill_process_group(program, Signal::KILL);
    let _ = kill_process(program, Signal::KILL); // It may have moved to another group.
    let _ = waitpid(Some(program), WaitOptions::empty());
    while let Ok(_) | Err(Errno::INTR) = waitpgid(program, WaitOptions::empty()) {}
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Err(_) => return, // ECHILD
            Ok(None) => match family::kill_descendants() {
                // Whoever was signalled ends; its children become ours, and then it is their turn.
                Ok(true) => drop(wait(WaitOptions::empty())),
                Ok(false) => {}
                Err(_) => return, // No /proc: nobody can be found.
            },
        }
    }
}
