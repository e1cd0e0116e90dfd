//! What callbacks may do while events are being dispatched.

use super::{LOOK, pair, receive, send};
use selectors::{Backend, Events, Selector, Token};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

type Callback = fn(&mut Server, Token) -> io::Result<()>;

/// A server as lesson 08's: a key's data is the callback to run.
struct Server {
    selector: Selector<UnixStream, Callback>,
    /// Whom callbacks were run for.
    called: Vec<Token>,
    /// Whom `unregister_victim` is about, or what `register_spare` has registered.
    victim: Option<Token>,
    /// What `register_spare` registers.
    spare: Option<UnixStream>,
}

impl Server {
    fn new<B: Backend + 'static>(new: fn() -> B) -> Server {
        Server {
            selector: Selector::new(new()),
            called: Vec::new(),
            victim: None,
            spare: None,
        }
    }

    /// A client that has something to say, and its other end.
    fn talker(&mut self, callback: Callback) -> (Token, UnixStream) {
        let (socket, other) = pair();
        send(&other, b"x");
        let token = self.selector.register(socket, Events::READ, callback);
        (token.unwrap(), other)
    }

    /// One turn of the loop; returns whom callbacks were run for.
    fn turn(&mut self) -> Vec<Token> {
        self.called.clear();
        for (token, _) in self.selector.select(LOOK).unwrap() {
            if let Ok(key) = self.selector.get_key(token) {
                let callback = key.data;
                self.called.push(token);
                callback(self, token).unwrap();
            }
        }
        self.called.clone()
    }
}

/// Takes what has come.
fn take(server: &mut Server, token: Token) -> io::Result<()> {
    receive(&server.selector.get_key(token)?.source);
    Ok(())
}

/// The first of two that is called unregisters the other one.
fn unregister_the_other(server: &mut Server, token: Token) -> io::Result<()> {
    let keys = server.selector.get_map().values();
    let other = keys.map(|key| key.token()).find(|other| *other != token);
    server.selector.unregister(other.unwrap())?;
    take(server, token)
}

fn unregister_itself(server: &mut Server, token: Token) -> io::Result<()> {
    server.selector.unregister(token).map(drop)
}

/// From now on waits for room, to be called back by another callback.
fn turn_around(server: &mut Server, token: Token) -> io::Result<()> {
    server
        .selector
        .modify(token, Events::WRITE, unregister_itself)
}

fn register_spare(server: &mut Server, token: Token) -> io::Result<()> {
    if let Some(spare) = server.spare.take() {
        let spare = server.selector.register(spare, Events::READ, take)?;
        server.victim = Some(spare);
    }
    take(server, token)
}

/// The first of two that is called closes the other one and registers a new source in its place,
/// under the same number.
fn replace_the_other(server: &mut Server, token: Token) -> io::Result<()> {
    let keys = server.selector.get_map().values();
    let other = keys.map(|key| key.token()).find(|other| *other != token);
    let source = server.selector.unregister(other.unwrap())?.source;
    // dup2 would do the same, were it not for tests beside this one that open files as well.
    let again = server
        .selector
        .register(source, Events::WRITE, |_, _| unreachable!())?;
    server.victim = Some(again);
    take(server, token)
}

pub(crate) fn a_callback_can_unregister_another_that_is_ready<B: Backend + 'static>(
    new: fn() -> B,
) {
    let mut server = Server::new(new);
    let (_, _ada) = server.talker(unregister_the_other);
    let (_, _bob) = server.talker(unregister_the_other);
    assert_eq!(server.selector.select(LOOK).unwrap().len(), 2);
    // Whoever of them comes first is the only one.
    assert_eq!(server.turn().len(), 1);
    assert_eq!(server.selector.get_map().len(), 1);
    assert!(server.turn().is_empty());
}

pub(crate) fn a_callback_can_unregister_itself<B: Backend + 'static>(new: fn() -> B) {
    let mut server = Server::new(new);
    let (ada, other) = server.talker(unregister_itself);
    let (bob, _bob) = server.talker(take);
    let mut called = server.turn();
    called.sort_unstable();
    let mut both = [ada, bob];
    both.sort_unstable();
    assert_eq!(called, both);
    assert_eq!(server.selector.get_map().len(), 1);
    // The key was dropped, and with it her socket, although she had said something.
    assert!(io::Write::write(&mut &other, b"y").is_err());
}

pub(crate) fn a_callback_can_change_its_own_key<B: Backend + 'static>(new: fn() -> B) {
    let mut server = Server::new(new);
    let (ada, _other) = server.talker(turn_around);
    assert_eq!(server.turn(), [ada]);
    assert_eq!(server.selector.get_key(ada).unwrap().events, Events::WRITE);
    assert_eq!(server.turn(), [ada]); // there is room; she unregisters herself
    assert!(server.selector.get_map().is_empty());
}

pub(crate) fn a_callback_can_register_another<B: Backend + 'static>(new: fn() -> B) {
    let mut server = Server::new(new);
    let (spare, other) = pair();
    send(&other, b"x");
    server.spare = Some(spare);
    let (ada, _other) = server.talker(register_spare);
    // The new one is ready too, but not in this turn's list.
    assert_eq!(server.turn(), [ada]);
    let spare = server.victim.unwrap();
    assert_eq!(server.turn(), [spare]);
}

pub(crate) fn a_number_that_is_used_again_in_the_same_turn_is_somebody_else<
    B: Backend + 'static,
>(
    new: fn() -> B,
) {
    let mut server = Server::new(new);
    let (ada, _ada) = server.talker(replace_the_other);
    let (bob, _bob) = server.talker(replace_the_other);
    let called = server.turn();
    // One of them was called. The event of the other was not taken for one of its successor, whose
    // callback would have panicked.
    assert_eq!(called.len(), 1);
    let (gone, again) = (
        if called == [ada] { bob } else { ada },
        server.victim.unwrap(),
    );
    assert_ne!(gone, again);
    assert!(server.selector.get_key(gone).is_err());
    let key = server.selector.get_key(again).unwrap();
    assert_eq!(key.fd, key.source.as_raw_fd());
}
