//! What a selector needs of the system.

use crate::Events;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::time::Duration;

// ANCHOR: backend
/// A way to wait: the system calls below a [`Selector`](crate::Selector).
///
/// There are two kinds. select(2) and poll(2) forget: they are told at every call whom to wait
/// for. epoll(7) remembers: it is told once, and when something changes. So a backend hears of
/// every change *and* gets everything at each wait, and uses what it needs.
pub trait Backend {
    /// Begins to watch a source. If it fails, the source is not watched.
    ///
    /// # Errors
    /// This source cannot be watched in this way.
    fn add(&mut self, source: Watched<'_>) -> io::Result<()>;

    /// Goes on watching a source, now for other events.
    ///
    /// # Errors
    /// It cannot; for what the source is watched then, nobody knows.
    fn modify(&mut self, source: Watched<'_>) -> io::Result<()>;

    /// Watches a source no longer. It is still open.
    ///
    /// # Errors
    /// It was not watched.
    fn delete(&mut self, source: Watched<'_>) -> io::Result<()>;

    /// Waits until one of `sources` is ready, or until `timeout` is over; `None` is for ever, zero
    /// is only a look. Returns which descriptors are ready, and for what.
    ///
    /// It may return early and with nothing; then it is called again. What is broken or hung up is
    /// ready to read and to write. `sources` are all that were added and not deleted since.
    ///
    /// # Errors
    /// It cannot wait. [`Interrupted`](io::ErrorKind::Interrupted) is a signal; then it is called
    /// again, with what is left of the timeout.
    fn wait<'a>(
        &mut self,
        sources: &mut dyn Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(RawFd, Events)>>;
}
// ANCHOR_END: backend

/// A source, as a [`Backend`] sees it: a descriptor that is open, and what to watch it for.
///
/// Only a [`Selector`](crate::Selector) makes one. That is more than a matter of taste: it is why
/// a backend may rely on `delete` coming before the descriptor is closed.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    fd: BorrowedFd<'a>,
    events: Events,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(fd: BorrowedFd<'a>, events: Events) -> Watched<'a> {
        Watched { fd, events }
    }

    /// Its descriptor.
    pub fn fd(&self) -> BorrowedFd<'a> {
        self.fd
    }

    /// What it is watched for.
    pub fn events(&self) -> Events {
        self.events
    }
}
