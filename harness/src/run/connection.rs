//! A connection of the script, both ends of it: whether anything is under way.

use crate::look::{End, TcpState};

/// Both ends of a connection, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection {
    /// Whether the client has it open still.
    pub(super) open: bool,
    /// Whether it was the program who connected.
    pub(super) accepted: bool,
    /// The client's end; `None` when it is gone.
    pub(super) ours: Option<End>,
    /// The program's end; `None` when it is gone.
    pub(super) theirs: Option<End>,
}

impl Connection {
    /// Whether something of it will still arrive without anybody's doing: bytes, an end, a reset.
    pub(super) fn is_moving(&self) -> bool {
        match (self.ours, self.theirs) {
            // A closed descriptor lives on, for a moment, in every process that is just being started by another thread.
            (Some(ours), _) if !self.open && is_open(ours.state) => true,
            (Some(ours), Some(theirs)) => {
                let (our_syn, their_syn) = (u64::from(!self.accepted), u64::from(self.accepted));
                is_end_under_way(ours, theirs)
                    || is_end_under_way(theirs, ours)
                    || are_bytes_under_way(ours, theirs, our_syn)
                    || are_bytes_under_way(theirs, ours, their_syn)
            }
            // One end was reset; the other may not know yet, or wait for an answer that the kernel will give.
            (None, Some(end)) | (Some(end), None) => {
                (is_open(end.state) && !self.open) || end.state.is_passing()
            }
            (None, None) => false,
        }
    }

    /// Whether the client's kernel has done with it, and another client may get its port.
    pub(super) fn is_over(&self) -> bool {
        let is_done = |end: End| matches!(end.state, TcpState::Close | TcpState::TimeWait);
        self.ours.is_none_or(is_done)
    }

    /// Whether the program has not accepted it yet.
    pub(super) fn waits_to_be_accepted(&self) -> bool {
        self.theirs
            .is_some_and(|theirs| theirs.inode == 0 && is_open(theirs.state))
    }

    /// Whether it is for the program to go on: bytes have arrived that it has not read, and it knows how much of its own has arrived,
    /// which may take 40 ms (RFC 1122, section 4.2.3.2). Also where that cannot be asked.
    pub(super) fn waits_for_the_program(&self) -> bool {
        let (Some(ours), Some(theirs)) = (self.ours, self.theirs) else {
            return true;
        };
        theirs.unread > 0 && theirs.acknowledged == ours.received + u64::from(self.accepted)
    }

    /// Bytes that the program has read from it and not written back; `None` when it holds the connection no more. An urgent byte
    /// counts as read once the stream has been read beyond it.
    pub(super) fn owed(&self) -> Option<u64> {
        self.owed_from(self)
    }

    /// Bytes that the program has read from `other` and not written to this; `None` when it holds one of them no more.
    pub(super) fn owed_from(&self, other: &Connection) -> Option<u64> {
        Some(other.read()?.saturating_sub(self.written()?))
    }

    /// Bytes that the program has read from it.
    fn read(&self) -> Option<u64> {
        let theirs = self.theirs.filter(|theirs| theirs.inode != 0)?;
        // The end of the stream counts as a byte that arrives.
        let end = theirs.state == TcpState::CloseWait && theirs.unread == 0;
        Some(theirs.received - u64::from(theirs.unread) - u64::from(end))
    }

    /// Bytes that the program has written to it.
    fn written(&self) -> Option<u64> {
        let theirs = self.theirs.filter(|theirs| theirs.inode != 0)?;
        let written = theirs.acknowledged + u64::from(theirs.unacknowledged);
        // Whoever connected had its SYN acknowledged, too.
        Some(written.saturating_sub(u64::from(self.accepted)))
    }

    /// Whether the program may be working on an answer: it has read what it has not answered, and the answer would be taken.
    pub(super) fn may_be_thought_about(&self) -> bool {
        let is_taken = self.theirs.is_some_and(|theirs| theirs.unacknowledged == 0);
        is_taken && self.owed().is_some_and(|owed| owed > 0)
    }
}

fn is_open(state: TcpState) -> bool {
    matches!(
        state,
        TcpState::Established | TcpState::CloseWait | TcpState::SynSent | TcpState::SynReceived
    )
}

/// Whether an end has begun or ended the connection, and the other has not heard of it.
fn is_end_under_way(from: End, to: End) -> bool {
    let heard_of_it = matches!(
        to.state,
        TcpState::CloseWait
            | TcpState::LastAck
            | TcpState::Closing
            | TcpState::TimeWait
            | TcpState::Close
    );
    from.state.is_passing() && !from.blocked && !heard_of_it
}

/// Whether bytes of one end are under way to the other. What has arrived is not, although it may be acknowledged only 40 ms later
/// (RFC 1122, section 4.2.3.2). Whoever connected had its SYN acknowledged, too, which is no byte that arrives.
fn are_bytes_under_way(from: End, to: End, syn: u64) -> bool {
    let written = from.acknowledged + u64::from(from.unacknowledged);
    from.unacknowledged > 0 && !from.blocked && written != to.received + syn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(state: TcpState) -> End {
        End {
            state,
            unread: 0,
            unacknowledged: 0,
            blocked: false,
            acknowledged: 0,
            received: 0,
            inode: 7,
        }
    }

    fn connection() -> Connection {
        Connection {
            open: true,
            accepted: false,
            ours: None,
            theirs: None,
        }
    }

    /// The program's end, of which the client has sent `received` bytes and got `acknowledged` back.
    fn owed(state: TcpState, received: u64, unread: u32, written: (u64, u32)) -> Option<u64> {
        let theirs = End {
            unread,
            unacknowledged: written.1,
            acknowledged: written.0,
            received,
            ..end(state)
        };
        let connection = Connection {
            theirs: Some(theirs),
            ..connection()
        };
        connection.owed()
    }

    #[test]
    fn a_connection_is_over_when_its_port_may_be_given_to_somebody_else() {
        use TcpState::{Close, CloseWait, Established, FinWait2, TimeWait};
        let is_over = |state| {
            let connection = Connection {
                ours: Some(end(state)),
                ..connection()
            };
            connection.is_over()
        };
        assert!([Close, TimeWait].into_iter().all(is_over));
        assert!(![Established, CloseWait, FinWait2].into_iter().any(is_over));
        assert!(connection().is_over(), "it is gone");
    }

    #[test]
    fn a_program_is_waited_for_when_all_that_it_has_to_know_has_arrived() {
        let waits = |unread, acknowledged, received| {
            let theirs = End {
                unread,
                acknowledged,
                ..end(TcpState::Established)
            };
            let ours = End {
                received,
                ..end(TcpState::Established)
            };
            let connection = Connection {
                ours: Some(ours),
                theirs: Some(theirs),
                ..connection()
            };
            connection.waits_for_the_program()
        };
        assert!(waits(36_000, 62_000, 62_000));
        assert!(!waits(0, 62_000, 62_000), "that there is room is under way");
        assert!(!waits(36_000, 16_000, 62_000), "an acknowledgement is");
        assert!(connection().waits_for_the_program(), "nobody can tell");
    }

    #[test]
    fn owed_is_what_was_read_and_not_written() {
        use TcpState::{CloseWait, Established};
        assert_eq!(owed(Established, 1000, 300, (500, 80)), Some(120));
        assert_eq!(owed(Established, 1000, 0, (1000, 0)), Some(0));
        // A greeting was never owed.
        assert_eq!(owed(Established, 0, 0, (5, 0)), Some(0));
        // The end of the stream is not read yet, and then it is.
        assert_eq!(owed(CloseWait, 1001, 1, (0, 0)), Some(1000));
        assert_eq!(owed(CloseWait, 1001, 0, (0, 0)), Some(1000));
    }
}
