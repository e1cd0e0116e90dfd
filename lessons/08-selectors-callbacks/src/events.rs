//! What a source is watched for, and what it is ready for.

use std::ops::BitOr;

/// To read, to write, or both: what a source is watched for, or what it is ready for. Never
/// nothing: whoever wants no events unregisters.
///
/// A source that is broken or hung up is ready for all that it is watched for. The call that is
/// then made returns the error, or the end of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events(u8);

impl Events {
    /// A read will not block: bytes have come, or a connection to accept, or the end.
    pub const READ: Events = Events(1);

    /// A write will not block: there is room for at least one byte.
    pub const WRITE: Events = Events(2);

    /// To read and to write.
    pub const BOTH: Events = Events(1 | 2);

    /// Whether READ is among them.
    pub fn to_read(self) -> bool {
        self.common(Events::READ).is_some()
    }

    /// Whether WRITE is among them.
    pub fn to_write(self) -> bool {
        self.common(Events::WRITE).is_some()
    }

    /// What these and the others have in common, if anything.
    pub fn common(self, others: Events) -> Option<Events> {
        match self.0 & others.0 {
            0 => None,
            common => Some(Events(common)),
        }
    }

    /// What is true, if anything is.
    pub fn ready(to_read: bool, to_write: bool) -> Option<Events> {
        match (to_read, to_write) {
            (true, true) => Some(Events::BOTH),
            (true, false) => Some(Events::READ),
            (false, true) => Some(Events::WRITE),
            (false, false) => None,
        }
    }
}

/// `READ | WRITE` is `BOTH`.
impl BitOr for Events {
    type Output = Events;

    fn bitor(self, others: Events) -> Events {
        Events(self.0 | others.0)
    }
}
