//! What the kernel saw of a program while a script was played: call by call, beside what the clients did.
//!
//! The data flows one way. While a script is played, the [`tracer`] reads the program's calls and the run writes what the clients do, both into one [`log`]. Of that a [`story`] is made, in which sockets have the names of the script.
//! A story is drawn as a [`timeline`], or made repeatable ([`normal`]) and kept as a [`recording`].

pub mod call;
mod fold;
pub(crate) mod log;
mod names;
mod normal;
mod plain;
pub mod recording;
pub mod story;
mod teller;
pub mod timeline;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod tracer;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
#[path = "no_tracer.rs"]
mod tracer;
mod wording;

pub(crate) use log::{Entry, Left, Log};
pub(crate) use tracer::Tracer;

use crate::script::Script;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use story::Story;
use tracer::Lines;

/// Why no program can be followed here from call to call; `None` if one can.
pub fn why_not() -> Option<&'static str> {
    let is_known = cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ));
    match is_known {
        false => Some("a program can be traced only on Linux, on x86-64 and aarch64 processors"),
        true if !Path::new("/proc/self/mem").exists() => {
            Some("a program can be traced only where there is /proc: `mount -t proc proc /proc`")
        }
        true => None,
    }
}

/// The trace of one run. Give it to [`Target::traced`](crate::run::Target::traced), play a script, and ask for its story.
#[derive(Debug, Clone)]
pub struct Trace {
    log: Log,
    thread: Arc<Mutex<Option<JoinHandle<Lines>>>>,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace {
            log: Log::new(),
            thread: Arc::default(),
        }
    }
}

impl Trace {
    /// Begins to follow a program that was started by [`to_be_traced`](crate::program::to_be_traced).
    ///
    /// # Errors
    /// It may not be traced.
    pub(crate) fn attach(&self, pid: i32) -> io::Result<Tracer> {
        let (tracer, thread) = Tracer::start(pid, self.log.clone())?;
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(tracer)
    }

    /// Takes note of what the run does.
    pub(crate) fn write(&self, entry: Entry) {
        self.log.write(entry);
    }

    /// What happened while `script` was played; asked when that is over.
    pub fn story(&self, script: &Script) -> Story {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A tracer that panicked has left no lines behind; the calls are all there.
        let lines = thread.and_then(|thread| thread.join().ok());
        teller::tell(script, &self.log.entries(), &lines.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
