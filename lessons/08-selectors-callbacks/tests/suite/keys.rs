//! What is registered, and under which name.

use super::{LOOK, named, pair, ready, receive, send};
use selectors::{Backend, Events, Selector};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

pub(crate) fn a_registered_source_has_a_key<B: Backend + 'static>(new: fn() -> B) {
    let (socket, _other) = pair();
    let fd = socket.as_raw_fd();
    let mut selector = named(new);
    let token = selector.register(socket, Events::READ, "ada").unwrap();
    let key = selector.get_key(token).unwrap();
    assert_eq!(key.source.as_raw_fd(), fd);
    assert_eq!(key.fd, fd);
    assert_eq!(key.events, Events::READ);
    assert_eq!(key.data, "ada");
    assert_eq!(key.token(), token);
}

pub(crate) fn a_descriptor_is_registered_only_once<B: Backend + 'static>(new: fn() -> B) {
    let (socket, other) = pair();
    let socket = Rc::new(socket);
    let mut selector = Selector::new(new());
    selector
        .register(Rc::clone(&socket), Events::READ, "first")
        .unwrap();
    let error = selector
        .register(Rc::clone(&socket), Events::WRITE, "second")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    // The first is watched as before.
    assert_eq!(selector.get_map()[&socket.as_raw_fd()].data, "first");
    send(&other, b"x");
    let ready = selector.select(LOOK).unwrap();
    assert_eq!(ready.len(), 1);
    assert_eq!(ready[0].1, Events::READ);
}

pub(crate) fn a_source_that_is_not_registered_is_closed<B: Backend + 'static>(new: fn() -> B) {
    let (socket, _other) = pair();
    let socket = Rc::new(socket);
    let mut selector = Selector::new(new());
    selector
        .register(Rc::clone(&socket), Events::READ, ())
        .unwrap();
    selector
        .register(Rc::clone(&socket), Events::READ, ())
        .unwrap_err();
    assert_eq!(Rc::strong_count(&socket), 2); // ours, and that of the first key
}

pub(crate) fn unregister_gives_the_source_and_its_data_back<B: Backend + 'static>(new: fn() -> B) {
    let (socket, other) = pair();
    let fd = socket.as_raw_fd();
    let mut selector = named(new);
    let token = selector.register(socket, Events::READ, "ada").unwrap();
    let key = selector.unregister(token).unwrap();
    assert_eq!((key.source.as_raw_fd(), key.data), (fd, "ada"));
    assert!(selector.get_map().is_empty());
    // It is still open.
    send(&other, b"x");
    assert_eq!(receive(&key.source), b"x");
}

pub(crate) fn what_is_not_registered_is_not_found<B: Backend + 'static>(new: fn() -> B) {
    let (socket, _other) = pair();
    let mut selector = named(new);
    let token = selector.register(socket, Events::READ, "ada").unwrap();
    selector.unregister(token).unwrap();
    let get = selector.get_key(token).map(|_| ()).unwrap_err();
    let modify = selector.modify(token, Events::WRITE, "ada").unwrap_err();
    let twice = selector.unregister(token).map(|_| ()).unwrap_err();
    for error in [get, modify, twice] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

pub(crate) fn a_token_does_not_name_the_next_key_of_its_descriptor<B: Backend + 'static>(
    new: fn() -> B,
) {
    let (socket, _other) = pair();
    let mut selector = named(new);
    let old = selector.register(socket, Events::READ, "old").unwrap();
    let socket = selector.unregister(old).unwrap().source;
    let token = selector.register(socket, Events::READ, "new").unwrap();
    assert_ne!(old, token);
    let get = selector.get_key(old).map(|_| ()).unwrap_err();
    let modify = selector.modify(old, Events::WRITE, "old").unwrap_err();
    let unregister = selector.unregister(old).map(|_| ()).unwrap_err();
    for error in [get, modify, unregister] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    let key = selector.get_key(token).unwrap();
    assert_eq!((key.events, key.data), (Events::READ, "new"));
}

pub(crate) fn modify_changes_events_and_data<B: Backend + 'static>(new: fn() -> B) {
    let (socket, _other) = pair();
    let mut selector = named(new);
    let token = selector.register(socket, Events::READ, "before").unwrap();
    selector.modify(token, Events::BOTH, "after").unwrap();
    let key = selector.get_key(token).unwrap();
    assert_eq!((key.events, key.data), (Events::BOTH, "after"));
}

pub(crate) fn new_data_leaves_the_events_alone<B: Backend + 'static>(new: fn() -> B) {
    let (socket, other) = pair();
    let mut selector = named(new);
    let token = selector.register(socket, Events::READ, "before").unwrap();
    selector.modify(token, Events::READ, "after").unwrap();
    assert!(ready(&mut selector, LOOK).is_empty());
    send(&other, b"x");
    assert_eq!(ready(&mut selector, LOOK), ["after"]);
}

pub(crate) fn the_map_has_every_key_by_its_descriptor<B: Backend + 'static>(new: fn() -> B) {
    let (ada, bob) = pair();
    let fds = [ada.as_raw_fd(), bob.as_raw_fd()];
    let mut selector = named(new);
    let tokens = [(ada, "ada"), (bob, "bob")]
        .map(|(socket, name)| selector.register(socket, Events::READ, name).unwrap());
    let map = selector.get_map();
    assert_eq!(map.len(), 2);
    for (fd, token) in std::iter::zip(fds, tokens) {
        assert_eq!(map[&fd].token(), token);
    }
    selector.unregister(tokens[0]).unwrap();
    let left: Vec<_> = selector.get_map().values().map(|key| key.data).collect();
    assert_eq!(left, ["bob"]);
}

pub(crate) fn to_drop_a_selector_closes_what_it_watches<B: Backend + 'static>(new: fn() -> B) {
    let (socket, other): (UnixStream, UnixStream) = pair();
    let mut selector = named(new);
    selector.register(socket, Events::READ, "ada").unwrap();
    drop(selector);
    assert_eq!(receive(&other), b""); // the end
}
