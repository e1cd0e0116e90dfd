//! Descriptors beyond FD_SETSIZE. Beside the others' tests these would take their low numbers away.

#![allow(clippy::unwrap_used)]

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use selectors::{Backend, DefaultSelector, Events, PollSelector, SelectSelector, Selector};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

const LOOK: Option<Duration> = Some(Duration::ZERO);

/// select's FD_SETSIZE, and some more.
const MANY: usize = 1100;

/// Writable sockets, of which some have a descriptor of 1024 or more; `None`, in words, where the
/// system does not allow as many.
fn many_sockets() -> Option<Vec<UnixStream>> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let wanted = 8 * MANY as u64; // the tests of this file run side by side
    if maximum.is_some_and(|maximum| maximum < wanted) {
        eprintln!("skipped: `ulimit -Hn` is below {wanted}");
        return None;
    }
    let current = Some(wanted);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    let (socket, other) = UnixStream::pair().unwrap();
    let mut sockets: Vec<_> = (1..MANY).map(|_| socket.try_clone().unwrap()).collect();
    sockets.extend([socket, other]);
    Some(sockets)
}

fn everybody_is_told(backend: impl Backend + 'static) {
    let Some(sockets) = many_sockets() else {
        return;
    };
    let mut selector = Selector::new(backend);
    for socket in sockets {
        selector.register(socket, Events::WRITE, ()).unwrap();
    }
    // One wait may bring only some of them.
    while !selector.get_map().is_empty() {
        let ready = selector.select(LOOK).unwrap();
        assert!(!ready.is_empty(), "{} are left", selector.get_map().len());
        for (token, events) in ready {
            assert_eq!(events, Events::WRITE);
            selector.unregister(token).unwrap();
        }
    }
}

#[test]
fn poll_watches_descriptors_beyond_fd_setsize() {
    everybody_is_told(PollSelector);
}

#[test]
fn the_default_selector_watches_descriptors_beyond_fd_setsize() {
    everybody_is_told(DefaultSelector::new().unwrap());
}

#[test]
fn select_refuses_descriptors_beyond_fd_setsize_in_words() {
    let Some(sockets) = many_sockets() else {
        return;
    };
    let mut selector = Selector::new(SelectSelector);
    for socket in sockets {
        let fd = socket.as_raw_fd();
        match selector.register(socket, Events::WRITE, ()) {
            Ok(_) => assert!(fd < 1024),
            Err(error) => {
                let expected =
                    format!("select watches only descriptors below 1024, this one is {fd}");
                assert_eq!(error.to_string(), expected);
                assert!(fd >= 1024 && !selector.get_map().contains_key(&fd));
            }
        }
    }
    // Those below are watched as ever.
    let ready = selector.select(LOOK).unwrap();
    assert_eq!(ready.len(), selector.get_map().len());
}
