//! The best that the platform has: epoll(7) on Linux, kqueue(2) on macOS and the BSDs.

use crate::{Backend, Events, Watched};
use polling::{Event, PollMode, Poller};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// Waits by means of the `polling` crate. The kernel remembers whom to wait for: each change is a
/// system call, and a wait costs what is ready, not what is registered.
pub struct DefaultSelector {
    poller: Poller,
    /// Where the poller puts its answers. It adds to what is there.
    answers: polling::Events,
}

impl DefaultSelector {
    /// A selector that watches nothing yet.
    ///
    /// # Errors
    /// The system gives no descriptor for it (on Linux it takes three).
    pub fn new() -> io::Result<DefaultSelector> {
        Ok(DefaultSelector {
            poller: Poller::new()?,
            answers: polling::Events::new(),
        })
    }
}

impl Backend for DefaultSelector {
    // ANCHOR: promise
    #[allow(unsafe_code)]
    fn add(&mut self, source: Watched<'_>) -> io::Result<()> {
        let raw = source.fd().as_raw_fd();
        // Level: told as long as it is ready, as by select and poll. polling's own way is to tell
        // once, and then to forget what it was asked until `modify`.
        //
        // SAFETY: polling wants a source to be deleted before it is dropped. Only a Selector makes
        // a Watched, and it owns the source: it lends it out by shared reference only, and lets it
        // go after it has called `delete`, or together with this poller, and then the poller first.
        unsafe {
            self.poller
                .add_with_mode(raw, interest(source), PollMode::Level)
        }
    }
    // ANCHOR_END: promise

    fn modify(&mut self, source: Watched<'_>) -> io::Result<()> {
        self.poller
            .modify_with_mode(source.fd(), interest(source), PollMode::Level)
    }

    fn delete(&mut self, source: Watched<'_>) -> io::Result<()> {
        self.poller.delete(source.fd())
    }

    fn wait<'a>(
        &mut self,
        _: &mut dyn Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(RawFd, Events)>> {
        self.answers.clear();
        self.poller.wait(&mut self.answers, timeout)?;
        // polling reports what is broken or hung up as ready to read and to write.
        let ready = self.answers.iter().filter_map(|answer| {
            let events = Events::ready(answer.readable, answer.writable)?;
            Some((answer.key as RawFd, events))
        });
        Ok(ready.collect())
    }
}

/// What polling is asked for. The number that comes back with an answer is the descriptor.
fn interest(source: Watched<'_>) -> Event {
    let events = source.events();
    Event::new(
        source.fd().as_raw_fd() as usize,
        events.to_read(),
        events.to_write(),
    )
}
