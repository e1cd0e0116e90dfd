//! `cargo xtask connect`, as somebody types it who has no nc.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

fn connect(word: &str) -> Command {
    let mut command = Command::cargo_bin("xtask").unwrap();
    command.args(["connect", word]);
    command
}

#[test]
fn what_is_typed_is_sent_and_what_comes_back_is_printed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut said = String::new();
        client.read_to_string(&mut said).unwrap();
        client.write_all(b"Roger that.").unwrap();
        said
    });
    connect(&port.to_string())
        .write_stdin("hi\n")
        .assert()
        .success()
        .stdout(contains("Roger that."));
    assert_eq!(server.join().unwrap(), "hi\n");
}

#[test]
fn a_server_that_is_not_there_is_told_by_its_address() {
    // Port 1 is tcpmux's, which nobody runs.
    connect("127.0.0.1:1")
        .assert()
        .code(1)
        .stderr(contains("127.0.0.1:1").and(contains("refused")));
}

#[test]
fn what_is_no_address_is_told_with_what_is_one() {
    connect("everybody")
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(
            "error: everybody is no address; write an IP address and a port, 127.0.0.1:8002, a port alone, 8002, or a lesson, 03\n",
        );
}
