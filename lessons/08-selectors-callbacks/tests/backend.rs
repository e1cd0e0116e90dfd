//! What a selector makes of what its backend says.

#![allow(clippy::unwrap_used)]

use selectors::{Backend, Events, Selector, Watched};
use std::cell::RefCell;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What has happened, in order.
type Log = Rc<RefCell<Vec<String>>>;

/// What a wait is to return, given the timeout.
type Wait = Box<dyn FnMut(Option<Duration>) -> io::Result<Vec<(RawFd, Events)>>>;

/// Writes down what it is told, and does what the test says.
struct Fake {
    log: Log,
    /// The call that fails.
    fails: &'static str,
    wait: Wait,
}

impl Fake {
    fn new(log: &Log) -> Fake {
        Fake {
            log: Rc::clone(log),
            fails: "",
            wait: Box::new(|_| Ok(Vec::new())),
        }
    }

    fn told(&mut self, call: &str) -> io::Result<()> {
        self.log.borrow_mut().push(call.to_owned());
        if call == self.fails {
            return Err(io::Error::other("the backend fails"));
        }
        Ok(())
    }
}

impl Backend for Fake {
    fn add(&mut self, _: Watched<'_>) -> io::Result<()> {
        self.told("add")
    }

    fn modify(&mut self, _: Watched<'_>) -> io::Result<()> {
        self.told("modify")
    }

    fn delete(&mut self, _: Watched<'_>) -> io::Result<()> {
        self.told("delete")
    }

    fn wait<'a>(
        &mut self,
        _: &mut dyn Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(RawFd, Events)>> {
        (self.wait)(timeout)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.log.borrow_mut().push("backend dropped".into());
    }
}

/// A source that writes down when it is closed.
struct Source {
    socket: UnixStream,
    log: Log,
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.log.borrow_mut().push("source closed".into());
    }
}

/// A source and its other end.
fn source(log: &Log) -> (Source, UnixStream) {
    let (socket, other) = UnixStream::pair().unwrap();
    let log = Rc::clone(log);
    (Source { socket, log }, other)
}

/// What has happened since this was asked last.
fn taken(log: &Log) -> Vec<String> {
    log.take()
}

#[test]
fn the_backend_is_not_told_of_new_data() {
    let log = Log::default();
    let mut selector = Selector::new(Fake::new(&log));
    let token = selector.register(source(&log).0, Events::READ, 1).unwrap();
    selector.modify(token, Events::READ, 2).unwrap();
    assert_eq!(taken(&log), ["add"]);
    assert_eq!(selector.get_key(token).unwrap().data, 2);
    selector.modify(token, Events::WRITE, 2).unwrap();
    assert_eq!(taken(&log), ["modify"]);
}

#[test]
fn what_cannot_be_watched_is_not_registered() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    fake.fails = "add";
    let mut selector = Selector::new(fake);
    let error = selector.register(source(&log).0, Events::READ, ());
    assert_eq!(error.unwrap_err().to_string(), "the backend fails");
    assert!(selector.get_map().is_empty());
    assert_eq!(taken(&log), ["add", "source closed"]);
}

#[test]
fn a_key_that_cannot_be_modified_is_dropped() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    fake.fails = "modify";
    let mut selector = Selector::new(fake);
    let (source, mut other) = source(&log);
    let token = selector.register(source, Events::READ, ()).unwrap();
    let error = selector.modify(token, Events::WRITE, ()).unwrap_err();
    assert_eq!(error.to_string(), "the backend fails");
    let gone = selector.get_key(token).map(|_| ()).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    assert_eq!(taken(&log), ["add", "modify", "delete", "source closed"]);
    assert_eq!(other.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_key_is_dropped_even_if_the_backend_did_not_know_it() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    fake.fails = "delete";
    let mut selector = Selector::new(fake);
    let token = selector.register(source(&log).0, Events::READ, ()).unwrap();
    let error = selector.unregister(token).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the backend fails");
    assert!(selector.get_map().is_empty());
}

#[test]
fn the_backend_hears_of_the_end_before_a_source_is_closed() {
    let log = Log::default();
    let mut selector = Selector::new(Fake::new(&log));
    let token = selector.register(source(&log).0, Events::READ, ()).unwrap();
    selector.register(source(&log).0, Events::READ, ()).unwrap();
    taken(&log);
    drop(selector.unregister(token));
    assert_eq!(taken(&log), ["delete", "source closed"]);
    drop(selector);
    assert_eq!(taken(&log), ["backend dropped", "source closed"]);
}

#[test]
fn a_signal_does_not_shorten_the_wait() {
    let log = Log::default();
    let timeouts = Rc::new(RefCell::new(Vec::new()));
    let mut fake = Fake::new(&log);
    let seen = Rc::clone(&timeouts);
    // Interrupted at once, again and again, until there is nothing left to wait for.
    fake.wait = Box::new(move |left| {
        seen.borrow_mut().push(left.unwrap());
        match left {
            Some(Duration::ZERO) => Ok(Vec::new()),
            _ => Err(ErrorKind::Interrupted.into()),
        }
    });
    let mut selector: Selector<UnixStream, ()> = Selector::new(fake);
    let timeout = Duration::from_millis(5);
    let before = Instant::now();
    assert!(selector.select(Some(timeout)).unwrap().is_empty());
    assert!(before.elapsed() >= timeout);
    let timeouts = timeouts.borrow();
    assert!(timeouts.is_sorted_by(|longer, shorter| longer >= shorter));
    assert!(timeouts[0] <= timeout && timeouts.len() > 1);
}

#[test]
fn a_signal_does_not_end_a_wait_without_a_timeout() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    let (source, _other) = source(&log);
    let fd = source.as_fd().as_raw_fd();
    let mut interruptions = 3;
    fake.wait = Box::new(move |left| {
        assert_eq!(left, None);
        if interruptions == 0 {
            return Ok(vec![(fd, Events::READ)]);
        }
        interruptions -= 1;
        Err(ErrorKind::Interrupted.into())
    });
    let mut selector = Selector::new(fake);
    let token = selector.register(source, Events::READ, ()).unwrap();
    assert_eq!(selector.select(None).unwrap(), [(token, Events::READ)]);
}

#[test]
fn a_wait_that_returned_early_goes_on() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    let (source, _other) = source(&log);
    let fd = source.as_fd().as_raw_fd();
    let mut early = 3;
    fake.wait = Box::new(move |_| {
        if early == 0 {
            return Ok(vec![(fd, Events::READ)]);
        }
        early -= 1;
        Ok(Vec::new())
    });
    let mut selector = Selector::new(fake);
    let token = selector.register(source, Events::READ, ()).unwrap();
    assert_eq!(selector.select(None).unwrap(), [(token, Events::READ)]);
}

#[test]
fn an_error_of_the_wait_is_told() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    fake.wait = Box::new(|_| Err(io::Error::other("no wait")));
    let mut selector: Selector<UnixStream, ()> = Selector::new(fake);
    let error = selector.select(None).unwrap_err();
    assert_eq!(error.to_string(), "no wait");
}

#[test]
fn what_was_not_asked_for_is_not_told() {
    let log = Log::default();
    let mut fake = Fake::new(&log);
    let ((ada, _to_ada), (bob, _to_bob)) = (source(&log), source(&log));
    let fds = [&ada, &bob].map(|source| source.as_fd().as_raw_fd());
    // Errors are reported as ready for everything; and a number that nobody has registered.
    fake.wait = Box::new(move |_| {
        Ok(vec![
            (fds[0], Events::BOTH),
            (fds[1], Events::BOTH),
            (-7, Events::BOTH),
        ])
    });
    let mut selector = Selector::new(fake);
    let ada = selector.register(ada, Events::READ, ()).unwrap();
    let bob = selector.register(bob, Events::WRITE, ()).unwrap();
    let ready = selector.select(None).unwrap();
    assert_eq!(ready, [(ada, Events::READ), (bob, Events::WRITE)]);
}
