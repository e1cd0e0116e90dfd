//! A process that does nothing.

use super::spare::Spare;
use std::io;

/// A process that waits, as a program under test does: for finding out what may be asked of one. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting(Spare);

impl Waiting {
    /// Starts it.
    ///
    /// # Errors
    /// Processes or descriptors are short.
    pub(crate) fn start() -> io::Result<Waiting> {
        // A keeper that is not told what to start does nothing.
        Spare::take().map(Waiting)
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> i32 {
        self.0.keeper.id().cast_signed()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.keeper.kill();
        let _ = self.0.keeper.wait();
    }
}
