//! Who leaves, and when the program's kernel knows of it.
//!
//! A descriptor that is closed here lives on, for a moment, in every process that another thread is just starting: it has a copy of
//! all of them until its exec closes those that are marked so, and whoever started it goes on before that is done (execve(2) lets
//! go of the parent's memory first, which is what vfork(2) waits for). The end of a connection, of a pipe or of a terminal comes
//! with the last copy. Nothing here tries to be faster: the kernel is asked whether the end has come, and until then it counts as
//! under way.

use super::stage::Stage;
use super::stop::Stop;
use crate::look::has_terminal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use std::io::PipeWriter;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

/// Between two questions whether a connection has ended.
const SOON: Duration = Duration::from_micros(100);

/// Waits until the program's kernel knows that these clients have left. Without this, a client that connects after another has
/// closed may be there before that one is gone: each takes its own way through the kernel, and on a loaded machine they overtake
/// each other.
///
/// # Errors
/// The kernel cannot be asked, or does not come to it.
pub(super) fn until_known(stage: &mut Stage<'_>, who: &str) -> Result<(), Stop> {
    while stage.world.is_moving_for(who)? {
        stage.world.turn(SOON)?;
        stage.give_up(&format!("the end of {who}'s connection did not arrive"))?;
    }
    Ok(())
}

/// What the user has left.
#[derive(Debug)]
pub(super) enum Left {
    /// A pipe, and a reader of it that reads nothing: it is told when nobody can write any more.
    Pipe(OwnedFd),
    /// The terminal that controls the program.
    Terminal,
}

impl Left {
    /// Closes the user's end of a pipe; `None` where nobody can be asked what becomes of it.
    pub(super) fn pipe(writer: PipeWriter) -> Option<Left> {
        let same = format!("/proc/self/fd/{}", writer.as_raw_fd());
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let reader = rustix::fs::open(same, flags, Mode::empty()).ok();
        drop(writer);
        reader.map(Left::Pipe)
    }

    /// Whether the program, whose process this is, cannot know of it yet.
    pub(super) fn is_under_way(&self, program: i32) -> bool {
        match self {
            Left::Pipe(reader) => !is_at_its_end(reader),
            // The kernel takes it away in the same moment in which it sends SIGHUP (drivers/tty/tty_jobctrl.c,
            // tty_signal_session_leader: both under the process's lock for signals).
            Left::Terminal => has_terminal(program),
        }
    }
}

/// Whether nobody can write into a pipe any more, and whoever sleeps in a read has been woken because of it.
fn is_at_its_end(reader: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(reader, PollFlags::IN)];
    let asked = poll(&mut polled, Some(&Timespec::default()));
    let is_at_its_end = asked.is_err() || polled[0].revents().contains(PollFlags::HUP);
    // The last writer leaves and wakes the readers under the pipe's lock, which this call takes, too (fs/pipe.c, pipe_release
    // and pipe_ioctl).
    let _ = rustix::io::ioctl_fionread(reader);
    is_at_its_end
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::{self, Read};

    #[test]
    fn the_end_of_a_pipe_is_under_way_while_somebody_has_a_copy_of_it() -> io::Result<()> {
        let (mut reader, writer) = io::pipe()?;
        let copy = writer.try_clone()?;
        let left = Left::pipe(writer).expect("/proc is there");
        assert!(left.is_under_way(0));
        drop(copy);
        assert!(!left.is_under_way(0));
        assert_eq!(reader.read(&mut [0])?, 0);
        Ok(())
    }
}
