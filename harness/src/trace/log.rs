//! What happened, in the order in which it did: written by the run, which plays the clients, and by the tracer, which sees the program.

use super::call::Call;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Who writes into it shares it.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    began: Instant,
    entries: Arc<Mutex<Vec<(Duration, Entry)>>>,
}

/// What a descriptor of the program's stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Thing {
    /// A socket that listens on this port.
    Listener(u16),
    /// A socket whose other end has this port.
    Connection(u16),
    /// A socket that is neither.
    Socket,
    /// The standard input, output or error: 0, 1 or 2.
    Standard(u8),
    /// What epoll_create made.
    Epoll,
    /// Something else, as /proc calls it.
    Other(String),
    /// A number that is not in use.
    Closed(i32),
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// The other end with this port has this name from now on.
    Named { port: u16, name: String },
    /// The program's listeners, in their order.
    Listeners(Vec<u16>),
    /// The step of this index begins; or it was done before the program was started.
    Begins { step: usize, before: bool },
    /// All has come to rest after a step.
    Rests(Vec<Left>),
    /// The last step is over: all clients leave.
    Unasked,
    /// So many processes and threads the program was seen with.
    Beside { processes: usize, threads: usize },
    /// The verdict is known.
    Over,
    /// The program has become another: what was before only led to it.
    Becomes,
    /// The program enters a call, with the stack of this number.
    Enters(Call<Thing>, Option<usize>),
    /// It returns from the call that it entered last: what came of that, without for whom it waited.
    Returns(Call<Thing>),
    /// It was stopped in the middle of a call, which it goes on with as soon as it is continued.
    Interrupted,
    /// A signal reaches it.
    Signal(String),
    /// It has ended: how.
    Ended(String),
}

/// What is left over between the program and a client when all has come to rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// The client.
    pub(crate) name: String,
    /// Bytes that have reached the program, and that it has not read.
    pub(crate) for_program: u64,
    /// Bytes that have reached the client, and that it has not read.
    pub(crate) for_client: u64,
    /// Bytes that the client has still to send, and that the kernel does not take.
    pub(crate) unsent: u64,
    /// Whether the program has not accepted it.
    pub(crate) waits: bool,
}

impl Log {
    pub(crate) fn new() -> Log {
        Log {
            began: Instant::now(),
            entries: Arc::default(),
        }
    }

    pub(crate) fn write(&self, entry: Entry) {
        let at = self.began.elapsed();
        self.lock().push((at, entry));
    }

    /// All entries so far, with the time since the beginning.
    pub(crate) fn entries(&self) -> Vec<(Duration, Entry)> {
        self.lock().clone()
    }

    // A writer that panicked has not left half an entry behind.
    fn lock(&self) -> MutexGuard<'_, Vec<(Duration, Entry)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
