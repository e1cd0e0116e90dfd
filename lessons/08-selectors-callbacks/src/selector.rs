//! The selector: what is registered, and which of it is ready.

use crate::{Backend, Events, Watched};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::{Duration, Instant};

/// Names a key; see [the crate's page](crate#tokens). Means something only to the selector that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    fd: RawFd,
    /// Which registration this was, counted from 1 and never given twice.
    generation: u64,
}

// ANCHOR: key
/// What is registered.
#[derive(Debug)]
pub struct Key<S, D> {
    /// What is watched, such as a socket.
    pub source: S,
    /// The number of its descriptor.
    pub fd: RawFd,
    /// What it is watched for.
    pub events: Events,
    /// Yours, such as the callback to run when it is ready.
    pub data: D,
    generation: u64,
}
// ANCHOR_END: key

impl<S, D> Key<S, D> {
    /// The name of this key.
    pub fn token(&self) -> Token {
        Token {
            fd: self.fd,
            generation: self.generation,
        }
    }
}

impl<S: AsFd, D> Key<S, D> {
    fn watched(&self) -> Watched<'_> {
        Watched::new(self.source.as_fd(), self.events)
    }
}

/// Waits for many sources at once. Owns them: to drop it closes them all.
///
/// So nobody closes a source that is still watched:
///
/// ```compile_fail,E0382
/// # use selectors::{Events, PollSelector, Selector};
/// # use std::os::unix::net::UnixStream;
/// let mut selector = Selector::new(PollSelector);
/// let (reader, _writer) = UnixStream::pair()?;
/// selector.register(reader, Events::READ, ())?;
/// drop(reader); // It is the selector's now.
/// # std::io::Result::Ok(())
/// ```
///
/// but has it given back first:
///
/// ```
/// # use selectors::{Events, PollSelector, Selector};
/// # use std::os::unix::net::UnixStream;
/// let mut selector = Selector::new(PollSelector);
/// let (reader, _writer) = UnixStream::pair()?;
/// let token = selector.register(reader, Events::READ, ())?;
/// let reader = selector.unregister(token)?.source;
/// drop(reader);
/// # std::io::Result::Ok(())
/// ```
///
/// A map of keys cannot be held while something is registered:
///
/// ```compile_fail,E0502
/// # use selectors::{Events, PollSelector, Selector};
/// # use std::os::unix::net::UnixStream;
/// let mut selector = Selector::new(PollSelector);
/// let (reader, _writer) = UnixStream::pair()?;
/// let map = selector.get_map();
/// selector.register(reader, Events::READ, ())?;
/// assert_eq!(map.len(), 1); // There may be another map now.
/// # std::io::Result::Ok(())
/// ```
pub struct Selector<S, D> {
    /// Watches what is in `keys`, no less and no more. Stands before them, since fields are
    /// dropped in their order: it ends before the sources that it watches are closed.
    backend: Box<dyn Backend>,
    /// By descriptor. Each key is watched for its `events`.
    keys: BTreeMap<RawFd, Key<S, D>>,
    /// The generation of the last key.
    generation: u64,
}

impl<S: AsFd, D> Selector<S, D> {
    /// A selector that waits in this way and watches nothing yet.
    pub fn new(backend: impl Backend + 'static) -> Selector<S, D> {
        Selector {
            backend: Box::new(backend),
            keys: BTreeMap::new(),
            generation: 0,
        }
    }

    // ANCHOR: register
    /// Begins to watch a source.
    ///
    /// # Errors
    /// - `AlreadyExists`: this descriptor is registered.
    /// - This kind of source, or this number, cannot be watched in this way.
    ///
    /// Nothing is registered then, and the source is dropped.
    pub fn register(&mut self, source: S, events: Events, data: D) -> io::Result<Token> {
        let fd = source.as_fd().as_raw_fd();
        if self.keys.contains_key(&fd) {
            let message = format!("descriptor {fd} is registered already");
            return Err(io::Error::new(ErrorKind::AlreadyExists, message));
        }
        self.backend.add(Watched::new(source.as_fd(), events))?;
        self.generation += 1;
        let key = Key {
            source,
            fd,
            events,
            data,
            generation: self.generation,
        };
        let token = key.token();
        self.keys.insert(fd, key);
        Ok(token)
    }
    // ANCHOR_END: register

    // ANCHOR: modify
    /// Goes on watching a source, now for these events and with this data.
    ///
    /// # Errors
    /// - `NotFound`: the key is gone.
    /// - The system cannot. What it watches now, nobody knows; so the key is dropped, and with it the source.
    pub fn modify(&mut self, token: Token, events: Events, data: D) -> io::Result<()> {
        let key = self.keys.get_mut(&token.fd);
        let key = key.filter(|key| key.token() == token).ok_or_else(gone)?;
        key.data = data;
        if key.events == events {
            return Ok(()); // Of data, the system knows nothing.
        }
        key.events = events;
        let result = self.backend.modify(key.watched());
        if result.is_err() {
            // The first error says more than a second one could.
            let _ = self.unregister(token);
        }
        result
    }
    // ANCHOR_END: modify

    // ANCHOR: unregister
    /// Watches a source no longer, and gives it back with its data.
    ///
    /// # Errors
    /// - `NotFound`: the key is gone.
    /// - The system had not watched it. The key is dropped all the same.
    pub fn unregister(&mut self, token: Token) -> io::Result<Key<S, D>> {
        self.get_key(token)?;
        let key = self.keys.remove(&token.fd).ok_or_else(gone)?;
        self.backend.delete(key.watched())?;
        Ok(key)
    }
    // ANCHOR_END: unregister

    // ANCHOR: select
    /// Waits until a source is ready, or several are; returns which, and for what. Empty only if
    /// nothing was ready for the whole of `timeout`; `None` is for ever, zero is only a look.
    ///
    /// A source is told as long as it is ready: nothing is lost that is left for the next time.
    /// The keys may change while the answer is gone through: look each one up before it is used.
    /// A source may also turn out not to be ready after all, as after a checksum that was wrong.
    ///
    /// # Errors
    /// The system cannot wait. A signal is no error: the rest of the time is waited for.
    pub fn select(&mut self, timeout: Option<Duration>) -> io::Result<Vec<(Token, Events)>> {
        // A timeout so long that no clock will show its end is none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
            let ready = self.look(left);
            match ready {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(ready) if ready.is_empty() && left != Some(Duration::ZERO) => {}
                ready => return ready,
            }
        }
    }
    // ANCHOR_END: select

    /// Waits once, and gives what the system has told in numbers its meaning.
    fn look(&mut self, timeout: Option<Duration>) -> io::Result<Vec<(Token, Events)>> {
        let mut sources = self.keys.values().map(Key::watched);
        let ready = self.backend.wait(&mut sources, timeout)?;
        let ready = ready.into_iter().filter_map(|(fd, events)| {
            let key = self.keys.get(&fd)?;
            // Only what was asked for: errors are told as ready to read and to write.
            Some((key.token(), events.common(key.events)?))
        });
        Ok(ready.collect())
    }

    /// The key that a token names.
    ///
    /// # Errors
    /// `NotFound`: the key is gone.
    pub fn get_key(&self, token: Token) -> io::Result<&Key<S, D>> {
        let key = self.keys.get(&token.fd);
        key.filter(|key| key.token() == token).ok_or_else(gone)
    }

    /// All keys, by descriptor.
    pub fn get_map(&self) -> &BTreeMap<RawFd, Key<S, D>> {
        &self.keys
    }
}

fn gone() -> io::Error {
    io::Error::new(ErrorKind::NotFound, "this key is not registered any more")
}
