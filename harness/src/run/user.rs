//! The user in front of a program that is a client: what they type, and how.

use super::leaving::Left;
use super::peer::COUNTERS;
use super::stage::{Expectation, Progress, Stage, Unmet};
use super::stop::{Red, Stop};
use super::world::World;
use crate::program::Input;
use crate::script::{Data, StandardInput, UserVerb};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Seek, Write};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Ctrl-D: the end of the input, at the beginning of a line (termios(3): VEOF).
const CTRL_D: u8 = 4;
/// Bytes that are handed to the kernel at once.
const CHUNK: usize = 64 * 1024;

/// The user, and what they still have to type.
#[derive(Debug)]
pub(super) struct User {
    desk: Desk,
    untyped: VecDeque<u8>,
    /// Counters come as they are needed: where they are, and how far they go.
    counters: u64,
    ends: bool,
    /// Bytes that were typed so far.
    pub(super) typed: u64,
}

/// What connects the user with the program's standard input.
#[derive(Debug)]
enum Desk {
    Pipe(PipeWriter),
    Terminal {
        /// The user's end.
        master: OwnedFd,
        /// The program's, held here, too: asking it whether something is there makes the kernel deliver what was typed.
        slave: OwnedFd,
    },
    /// A file, or `/dev/null`.
    Nothing,
    /// The user has left, and what.
    Left(Option<Left>),
}

/// The program's end, until it is started.
#[derive(Debug)]
pub(super) enum ProgramsEnd {
    Pipe(PipeReader),
    Terminal(OwnedFd),
    File(File),
    Nothing,
}

impl ProgramsEnd {
    /// What the program is started with.
    pub(super) fn input(&self) -> Input<'_> {
        match self {
            ProgramsEnd::Pipe(reader) => Input::From(reader.as_fd()),
            ProgramsEnd::Terminal(slave) => Input::Terminal(slave.as_fd()),
            ProgramsEnd::File(file) => Input::From(file.as_fd()),
            ProgramsEnd::Nothing => Input::Nothing,
        }
    }
}

impl User {
    /// A user, and the end that the program is to be given.
    ///
    /// # Errors
    /// The system has no more pipes or terminals, or no room for a file.
    pub(super) fn new(input: &StandardInput) -> io::Result<(User, ProgramsEnd)> {
        let (desk, end) = match input {
            StandardInput::Pipe => {
                let (reader, writer) = io::pipe()?;
                rustix::io::ioctl_fionbio(&writer, true)?;
                (Desk::Pipe(writer), ProgramsEnd::Pipe(reader))
            }
            StandardInput::Terminal => {
                let (master, slave) = terminal()?;
                let programs = slave.try_clone()?;
                (
                    Desk::Terminal { master, slave },
                    ProgramsEnd::Terminal(programs),
                )
            }
            StandardInput::File(data) => {
                let mut file = tempfile::tempfile()?;
                file.write_all(&bytes_of(data, &mut 0))?;
                file.rewind()?;
                (Desk::Nothing, ProgramsEnd::File(file))
            }
            StandardInput::Nothing => (Desk::Nothing, ProgramsEnd::Nothing),
        };
        let user = User {
            desk,
            untyped: VecDeque::new(),
            counters: 0,
            ends: false,
            typed: 0,
        };
        Ok((user, end))
    }

    /// What to wait on until more can be typed, if there is more.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        let descriptor = match &self.desk {
            Desk::Pipe(writer) => writer.as_fd(),
            Desk::Terminal { master, .. } => master.as_fd(),
            Desk::Nothing | Desk::Left(_) => return None,
        };
        Some(descriptor).filter(|_| !self.untyped.is_empty())
    }

    /// Types what the kernel takes; returns whether it took anything.
    pub(super) fn pump(&mut self) -> bool {
        let before = self.typed;
        while !self.untyped.is_empty() {
            let chunk = self.untyped.make_contiguous();
            let chunk = &chunk[..chunk.len().min(CHUNK)];
            let result = match &mut self.desk {
                Desk::Pipe(writer) => writer.write(chunk),
                Desk::Terminal { master, .. } => Ok(rustix::io::write(master, chunk).unwrap_or(0)),
                Desk::Nothing | Desk::Left(_) => Ok(chunk.len()),
            };
            match result {
                Ok(0) => break,
                Ok(count) => {
                    self.untyped.drain(..count);
                    self.typed += count as u64;
                }
                Err(err) if err.kind() == ErrorKind::WouldBlock => break,
                // Nobody reads any more, as when the program has ended.
                Err(_) => self.untyped.clear(),
            }
        }
        if self.ends && self.untyped.is_empty() {
            self.leave();
        }
        self.typed > before
    }

    /// Closes the user's end of a pipe or terminal.
    fn leave(&mut self) {
        self.desk = match mem::replace(&mut self.desk, Desk::Nothing) {
            Desk::Pipe(writer) => Desk::Left(Left::pipe(writer)),
            Desk::Terminal { .. } => Desk::Left(Some(Left::Terminal)),
            other => other,
        };
    }

    /// Whether the user has left, and the program, whose process this is, cannot know of it yet.
    pub(super) fn is_leaving(&self, program: i32) -> bool {
        matches!(&self.desk, Desk::Left(Some(left)) if left.is_under_way(program))
    }

    /// Has the kernel deliver what was typed into a terminal. It does that in the background, but a poll on the program's end waits for
    /// it (drivers/tty/n_tty.c, n_tty_poll). What was written into a pipe is there at once.
    ///
    /// # Errors
    /// poll(2).
    pub(super) fn deliver(&self) -> io::Result<()> {
        if let Desk::Terminal { slave, .. } = &self.desk {
            let at_once = Timespec::default();
            poll(&mut [PollFd::new(slave, PollFlags::IN)], Some(&at_once))?;
        }
        Ok(())
    }

    /// Bytes that were typed and that the program has not read; in a terminal, those of whole lines.
    pub(super) fn unread(&self) -> u64 {
        let unread = match &self.desk {
            Desk::Pipe(writer) => rustix::io::ioctl_fionread(writer),
            Desk::Terminal { slave, .. } => rustix::io::ioctl_fionread(slave),
            Desk::Nothing | Desk::Left(_) => return 0,
        };
        unread.unwrap_or(0)
    }

    fn end_input(&mut self) {
        match &self.desk {
            Desk::Terminal { .. } => self.untyped.push_back(CTRL_D),
            _ => self.ends = true,
        }
        self.pump();
    }
}

/// A pseudo-terminal: the user's end, and the program's. It does not echo, as nobody is there to see it.
fn terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let master = open_master()?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name, flags, Mode::empty())?;
    let mut modes = tcgetattr(&slave)?;
    modes.local_modes -= LocalModes::ECHO;
    tcsetattr(&slave, OptionalActions::Now, &modes)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    Ok((master, slave))
}

/// The user's end, which no program inherits.
#[cfg(target_os = "linux")]
fn open_master() -> io::Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    Ok(openpt(flags)?)
}

/// The same where posix_openpt does not know O_CLOEXEC: a program that is started between the two calls does inherit it.
#[cfg(not(target_os = "linux"))]
fn open_master() -> io::Result<OwnedFd> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    Ok(master)
}

/// Text, or the next counters after `so_far` bytes of them.
pub(super) fn bytes_of(data: &Data, so_far: &mut u64) -> Vec<u8> {
    match data {
        Data::Text(text) => text.render(None, |_| None),
        Data::Repeated(text, times) => text.render(None, |_| None).repeat(*times as usize),
        Data::Counters(count) => {
            let mut bytes = vec![0; usize::try_from(*count).unwrap_or(usize::MAX)];
            counters::fill(COUNTERS, *so_far, &mut bytes);
            *so_far += count;
            bytes
        }
    }
}

/// Plays one step of the user.
///
/// # Errors
/// The harness has trouble with the system.
pub(super) fn play(stage: &mut Stage<'_>, verb: &UserVerb) -> Result<(), Stop> {
    let Some(user) = &mut stage.world.user else {
        return Err(Stop::Red(Red::new("there is no user")));
    };
    match verb {
        UserVerb::Types(data) => {
            let bytes = bytes_of(data, &mut user.counters);
            user.untyped.extend(bytes);
            stage.expect(&mut Typing)
        }
        UserVerb::EndsTheInput => {
            user.end_input();
            Ok(())
        }
        UserVerb::HangsUp => {
            user.untyped.clear();
            user.leave();
            Ok(())
        }
    }
}

/// What is typed goes into the kernel, as far as it takes it.
struct Typing;

impl Expectation for Typing {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let done = world.user.as_mut().is_none_or(|user| {
            user.pump();
            user.untyped.is_empty()
        });
        Ok(if done {
            Progress::Done
        } else {
            Progress::Waiting
        })
    }

    fn unmet(&self, _: &mut World) -> Unmet {
        Unmet {
            what: "the user could not type all".into(),
            never: "the client will never read it".into(),
        }
    }

    fn goes_on_in_the_background(&self) -> bool {
        true
    }
}
