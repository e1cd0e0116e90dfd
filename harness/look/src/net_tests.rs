//! What the kernel says of connections that are made here.

use super::*;
use rustix::event::{Timespec, poll};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

fn v4(address: SocketAddr) -> SocketAddrV4 {
    match address {
        SocketAddr::V4(address) => address,
        SocketAddr::V6(address) => panic!("{address} is not IPv4"),
    }
}

fn pair() -> (TcpListener, TcpStream, SocketAddrV4, SocketAddrV4) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let client = TcpStream::connect(address).expect("listening");
    let local = v4(client.local_addr().expect("connected"));
    (listener, client, v4(address), local)
}

#[test]
fn both_ends_of_a_connection_are_found() {
    let (_listener, mut client, server_address, client_address) = pair();
    client.write_all(b"abc").expect("room");
    let net = Net::open().expect("sock_diag");
    let ends = net
        .ends(&[
            (client_address, server_address),
            (server_address, client_address),
        ])
        .expect("an answer");
    let [Some(own), Some(other)] = ends[..] else {
        panic!("not both found: {ends:?}");
    };
    assert_eq!(
        (own.state, other.state),
        (TcpState::Established, TcpState::Established)
    );
    assert_eq!(other.unread, 3);
    assert_eq!(other.inode, 0, "nobody has accepted it");
    assert!(own.inode != 0);
}

#[test]
fn a_listener_tells_how_many_wait_to_be_accepted() {
    let (_listener, _client, server_address, _) = pair();
    let end = Net::open()
        .expect("sock_diag")
        .listener(server_address)
        .expect("an answer");
    assert_eq!(end.expect("it listens").unread, 1);
}

#[test]
fn a_connection_that_never_was_is_not_mistaken_for_its_listener() {
    let (_listener, _client, server_address, client_address) = pair();
    let stranger = SocketAddrV4::new(*client_address.ip(), 1);
    let ends = Net::open()
        .expect("sock_diag")
        .ends(&[(server_address, stranger)]);
    assert_eq!(ends.expect("an answer"), [None]);
}

#[test]
fn more_connections_than_fit_in_one_question_are_all_answered() {
    let (_listener, _client, server_address, client_address) = pair();
    let pairs = vec![(client_address, server_address); 3 * BATCH + 1];
    let ends = Net::open()
        .expect("sock_diag")
        .ends(&pairs)
        .expect("an answer");
    assert_eq!(ends.iter().flatten().count(), pairs.len());
}

/// Waits for the kernel's timers, which are not to be hurried.
fn until(what: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(Instant::now() < patience, "it never came");
        let soon = Timespec::try_from(Duration::from_millis(10));
        poll(&mut [], soon.as_ref().ok()).expect("nothing to wait for");
    }
}

#[test]
fn what_is_dropped_again_and_again_for_want_of_memory_is_not_under_way() {
    let (listener, mut client, server_address, client_address) = pair();
    let (mut server, _) = listener.accept().expect("somebody has connected");
    client.write_all(&[0; 20_000]).expect("room");
    let net = Net::open().expect("sock_diag");
    let is_blocked = || {
        let ends = net.ends(&[(client_address, server_address)]);
        ends.expect("an answer")[0].expect("it is there").blocked
    };
    // The window is open still, and what is unread takes more memory than there may be from now on.
    let memory = SockRef::from(&server).set_recv_buffer_size(1);
    memory.expect("any size will do");
    client.write_all(&[0; 20_000]).expect("room");
    assert!(!is_blocked(), "it was sent once, and not tried again");
    until(is_blocked);
    server.read_exact(&mut [0; 20_000]).expect("the first part");
    until(|| !is_blocked());
}
