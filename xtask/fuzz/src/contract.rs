//! What the lessons' servers promise, as far as scripts made by chance can hold them to it.

/// What a lesson's server promises to its clients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contract {
    /// What it answers.
    pub(crate) answer: Answer,
    /// How many listeners it has.
    pub(crate) ports: usize,
    /// The most that a client may leave unread, in bytes: beyond it a server that writes at once may be held up, and may be right.
    pub(crate) most_owed: u64,
    /// How many clients it serves at a time, the first who came first; `None` for as many as come.
    pub(crate) at_a_time: Option<usize>,
    /// Whether it goes on serving when it has no descriptor for one more client.
    pub(crate) bears_shortage: bool,
    /// Whether it keeps at most [`QUEUE`] for a client who does not read.
    pub(crate) has_queues: bool,
    /// Whether it prints urgent data.
    pub(crate) prints_urgent: bool,
    /// Whether it prints what each recv has brought.
    pub(crate) prints_received: bool,
}

/// What a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What it has received.
    Echo,
    /// What one recv of up to [`RECV`] bytes has brought, and [`ROGER`] after it.
    Roger,
    /// [`HELLO`], unasked; then it closes.
    Hello,
}

/// The most that one recv of lesson 03 takes, in bytes.
pub(crate) const RECV: usize = 1024;
/// What lesson 03 adds.
pub(crate) const ROGER: &[u8] = b"Roger that.";
/// What lesson 02 says.
pub(crate) const HELLO: &[u8] = b"Hello";
/// What may wait for a client in the server's memory, as a script says it.
pub(crate) const QUEUE: &str = "64 KiB";
/// Bytes that the kernel takes for a client who reads nothing, on any system.
pub(crate) const SURELY_SENT: u64 = 16 << 10;
/// The same for one with small buffers.
pub(crate) const SURELY_SENT_TO_SMALL: u64 = 4 << 10;

impl Contract {
    /// The contract of a lesson; `None` if its program is no server, or one that this knows nothing of.
    pub(crate) fn of(lesson: u32) -> Option<Contract> {
        let simple = Contract {
            answer: Answer::Echo,
            ports: 1,
            most_owed: SURELY_SENT,
            at_a_time: None,
            bears_shortage: false,
            has_queues: false,
            prints_urgent: false,
            prints_received: false,
        };
        let with_queues = Contract {
            most_owed: 24 << 20,
            has_queues: true,
            ..simple
        };
        let from_07_on = Contract {
            bears_shortage: true,
            ..with_queues
        };
        Some(match lesson {
            1 => Contract {
                at_a_time: Some(1),
                ..simple
            },
            2 => Contract {
                answer: Answer::Hello,
                ports: 3,
                ..simple
            },
            3 => Contract {
                answer: Answer::Roger,
                ..simple
            },
            5 => Contract {
                prints_urgent: true,
                ..with_queues
            },
            7 => Contract {
                prints_urgent: true,
                prints_received: true,
                ..from_07_on
            },
            8 | 10 | 11 => from_07_on,
            _ => return None,
        })
    }
}
