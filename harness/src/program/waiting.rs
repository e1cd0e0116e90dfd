//! A process that does nothing.

use super::keepers::Keeper;
use std::io;

/// A process that waits, as a program under test does: for finding out what may be asked of one. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting(Keeper);

impl Waiting {
    /// Starts it.
    ///
    /// # Errors
    /// Processes or descriptors are short.
    pub(crate) fn start() -> io::Result<Waiting> {
        // A keeper that is not told what to start does nothing.
        Keeper::start().map(Waiting)
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> i32 {
        self.0.pid.as_raw_nonzero().get()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.kill();
    }
}
