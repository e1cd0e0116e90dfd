//! poll(2)

use crate::{Backend, Events, Watched};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

/// Waits in poll(2). It remembers nothing either: the array is made anew for each wait. But it
/// may be as long as there are descriptors, and each may have any number.
#[derive(Debug, Clone, Copy, Default)]
pub struct PollSelector;

impl Backend for PollSelector {
    fn add(&mut self, _: Watched<'_>) -> io::Result<()> {
        Ok(())
    }

    fn modify(&mut self, _: Watched<'_>) -> io::Result<()> {
        Ok(())
    }

    fn delete(&mut self, _: Watched<'_>) -> io::Result<()> {
        Ok(())
    }

    fn wait<'a>(
        &mut self,
        sources: &mut dyn Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(RawFd, Events)>> {
        let mut watched: Vec<PollFd> = sources
            .map(|source| PollFd::new(source.fd(), asked(source.events())))
            .collect();
        poll(
            &mut watched,
            timeout.map_or(PollTimeout::NONE, milliseconds),
        )?;
        let ready = watched.iter().filter_map(|source| {
            // Flags that nix has no name for are a reason to look.
            let answer = source.revents().unwrap_or(PollFlags::POLLERR);
            Some((source.as_fd().as_raw_fd(), told(answer)?))
        });
        Ok(ready.collect())
    }
}

/// What poll is asked for.
fn asked(events: Events) -> PollFlags {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::POLLIN, events.to_read());
    flags.set(PollFlags::POLLOUT, events.to_write());
    flags
}

/// What poll has answered, if anything.
fn told(flags: PollFlags) -> Option<Events> {
    // These come unasked. Whoever then reads or writes learns what has happened.
    let broken = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
    Events::ready(
        flags.intersects(PollFlags::POLLIN | broken),
        flags.intersects(PollFlags::POLLOUT | broken),
    )
}

/// Rounded up, or the wait would end too early, and in the last millisecond over and over. What is
/// too long for poll is cut; the selector asks again.
fn milliseconds(timeout: Duration) -> PollTimeout {
    let count = timeout.as_nanos().div_ceil(1_000_000);
    PollTimeout::try_from(count).unwrap_or(PollTimeout::MAX)
}
