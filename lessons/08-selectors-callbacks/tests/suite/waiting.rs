//! Who is ready, for what, and how long it takes.

use super::{LOOK, Named, named, pair, ready, receive, send};
use selectors::{Backend, Events, Selector};
use socket2::{Domain, Socket, Type};
use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

/// A time that no test takes. Where it would end a test, that test hangs instead.
const LONG: Option<Duration> = Some(Duration::from_secs(3600));

pub(crate) fn only_who_is_ready_is_told<B: Backend + 'static>(new: fn() -> B) {
    let ((ada, to_ada), (bob, _to_bob)) = (pair(), pair());
    let mut selector = named(new);
    selector.register(ada, Events::READ, "ada").unwrap();
    selector.register(bob, Events::READ, "bob").unwrap();
    assert!(ready(&mut selector, LOOK).is_empty());
    send(&to_ada, b"x");
    assert_eq!(ready(&mut selector, LONG), ["ada"]);
}

pub(crate) fn each_of_many_is_told_apart<B: Backend + 'static>(new: fn() -> B) {
    let mut selector = Selector::new(new());
    let mut others = Vec::new();
    for number in 0..12 {
        let (socket, other) = pair();
        let token = selector.register(socket, Events::READ, number).unwrap();
        others.push((number, token, other));
    }
    for (number, token, other) in others {
        send(&other, b"x");
        assert_eq!(selector.select(LONG).unwrap(), [(token, Events::READ)]);
        let key = selector.unregister(token).unwrap();
        assert_eq!(key.data, number);
        assert_eq!(receive(&key.source), b"x");
    }
    assert!(selector.get_map().is_empty());
}

pub(crate) fn only_what_was_asked_for_is_told<B: Backend + 'static>(new: fn() -> B) {
    let ((ada, to_ada), (bob, to_bob)) = (pair(), pair());
    send(&to_ada, b"x");
    send(&to_bob, b"x");
    // Both are ready to read and to write.
    let mut selector = named(new);
    let ada = selector.register(ada, Events::READ, "ada").unwrap();
    let bob = selector.register(bob, Events::WRITE, "bob").unwrap();
    let mut ready = selector.select(LOOK).unwrap();
    ready.sort_by_key(|(token, _)| *token);
    let mut expected = [(ada, Events::READ), (bob, Events::WRITE)];
    expected.sort_by_key(|(token, _)| *token);
    assert_eq!(ready, expected);
}

pub(crate) fn both_events_come_as_one_entry<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    send(&to_ada, b"x");
    let mut selector = named(new);
    let token = selector.register(ada, Events::BOTH, "ada").unwrap();
    assert_eq!(selector.select(LOOK).unwrap(), [(token, Events::BOTH)]);
}

pub(crate) fn ready_is_told_until_it_is_drained<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    send(&to_ada, b"x");
    let mut selector = named(new);
    let token = selector.register(ada, Events::READ, "ada").unwrap();
    for _ in 0..3 {
        assert_eq!(ready(&mut selector, LOOK), ["ada"]);
    }
    receive(&selector.get_key(token).unwrap().source);
    assert!(ready(&mut selector, LOOK).is_empty());
    send(&to_ada, b"y");
    assert_eq!(ready(&mut selector, LOOK), ["ada"]);
}

pub(crate) fn what_was_ready_last_time_is_not_told_again<B: Backend + 'static>(new: fn() -> B) {
    let ((ada, to_ada), (bob, to_bob)) = (pair(), pair());
    let mut selector = named(new);
    let ada = selector.register(ada, Events::READ, "ada").unwrap();
    selector.register(bob, Events::READ, "bob").unwrap();
    send(&to_ada, b"x");
    assert_eq!(ready(&mut selector, LONG), ["ada"]);
    receive(&selector.get_key(ada).unwrap().source);
    send(&to_bob, b"x");
    assert_eq!(ready(&mut selector, LONG), ["bob"]);
}

pub(crate) fn a_new_interest_holds_from_the_next_wait_on<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    send(&to_ada, b"x");
    let mut selector = named(new);
    let token = selector.register(ada, Events::READ, "ada").unwrap();
    for events in [Events::WRITE, Events::BOTH, Events::READ] {
        selector.modify(token, events, "ada").unwrap();
        assert_eq!(selector.select(LOOK).unwrap(), [(token, events)]);
    }
}

pub(crate) fn what_was_unregistered_is_told_no_more<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    send(&to_ada, b"x");
    let mut selector = named(new);
    let token = selector.register(ada, Events::READ, "ada").unwrap();
    assert_eq!(ready(&mut selector, LOOK), ["ada"]);
    let _still_open = selector.unregister(token).unwrap();
    assert!(ready(&mut selector, LOOK).is_empty());
}

pub(crate) fn the_end_of_a_stream_is_ready_to_read<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    let mut selector = named(new);
    let token = selector.register(ada, Events::READ, "ada").unwrap();
    drop(to_ada);
    assert_eq!(selector.select(LONG).unwrap(), [(token, Events::READ)]);
    assert_eq!(receive(&selector.get_key(token).unwrap().source), b"");
}

pub(crate) fn the_end_of_a_pipe_is_ready_to_read<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = io::pipe().unwrap();
    let mut selector = Selector::new(new());
    let token = selector.register(ada, Events::READ, ()).unwrap();
    drop(to_ada);
    // Of a socket, poll would say POLLIN, too; of an empty pipe it says POLLHUP, and that is all.
    assert_eq!(selector.select(LOOK).unwrap(), [(token, Events::READ)]);
}

pub(crate) fn a_broken_source_is_ready_for_what_was_asked<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    drop(to_ada);
    // The kernel says that it is hung up. What is told is what was asked for, and no more.
    let mut selector: Named = named(new);
    let token = selector.register(ada, Events::READ, "ada").unwrap();
    for events in [Events::READ, Events::WRITE, Events::BOTH] {
        selector.modify(token, events, "ada").unwrap();
        assert_eq!(selector.select(LOOK).unwrap(), [(token, events)]);
    }
}

pub(crate) fn a_reset_is_ready_to_read<B: Backend + 'static>(new: fn() -> B) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    listener.bind(&any_port.into()).unwrap();
    listener.listen(1).unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.connect(&listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let mut selector = Selector::new(new());
    let token = selector.register(accepted, Events::READ, ()).unwrap();
    // Closed like this, a connection ends with a reset.
    client.set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    assert_eq!(selector.select(LONG).unwrap(), [(token, Events::READ)]);
    let mut socket = &selector.get_key(token).unwrap().source;
    let error = socket.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

pub(crate) fn a_look_does_not_wait<B: Backend + 'static>(new: fn() -> B) {
    let (ada, _to_ada) = pair();
    let mut selector = named(new);
    // Were one of these to wait, it would be for ever.
    assert!(ready(&mut selector, LOOK).is_empty());
    selector.register(ada, Events::READ, "ada").unwrap();
    assert!(ready(&mut selector, LOOK).is_empty());
}

pub(crate) fn a_timeout_never_ends_early<B: Backend + 'static>(new: fn() -> B) {
    let (ada, _to_ada) = pair();
    let mut selector = named(new);
    selector.register(ada, Events::READ, "ada").unwrap();
    // None of them is a whole number of the units that the calls count in.
    for micros in [1, 999, 1_500, 20_100] {
        let timeout = Duration::from_micros(micros) + Duration::from_nanos(1);
        let before = Instant::now();
        assert!(ready(&mut selector, Some(timeout)).is_empty());
        let took = before.elapsed();
        assert!(took >= timeout, "{took:?} instead of {timeout:?}");
    }
}

pub(crate) fn a_timeout_is_kept_when_nothing_is_registered<B: Backend + 'static>(new: fn() -> B) {
    let mut selector = named(new);
    let timeout = Duration::from_millis(10);
    let before = Instant::now();
    assert!(ready(&mut selector, Some(timeout)).is_empty());
    assert!(before.elapsed() >= timeout);
}

pub(crate) fn whoever_is_ready_ends_the_wait<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    let mut selector = named(new);
    selector.register(ada, Events::READ, "ada").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| send(&to_ada, b"x"));
        assert_eq!(ready(&mut selector, None), ["ada"]);
    });
}

pub(crate) fn a_timeout_can_be_longer_than_any_clock<B: Backend + 'static>(new: fn() -> B) {
    let (ada, to_ada) = pair();
    send(&to_ada, b"x");
    let mut selector = named(new);
    selector.register(ada, Events::READ, "ada").unwrap();
    for timeout in [Duration::MAX, Duration::from_secs(u64::from(u32::MAX))] {
        assert_eq!(ready(&mut selector, Some(timeout)), ["ada"]);
    }
}
