//! `cargo xtask trace`: what it tells, of whom, and what it says when it cannot.

#![cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn trace(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("xtask").unwrap();
    command.current_dir(root()).arg("trace").args(arguments);
    command
}

fn told(arguments: &[&str]) -> String {
    let output = trace(arguments).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

/// The part of a timeline that begins with this step and ends before the next that the program had something to do about.
fn scene<'t>(text: &'t str, step: &str) -> &'t str {
    let from = text
        .find(step)
        .unwrap_or_else(|| panic!("no {step}: {text}"));
    text[from..].split("\n\n").next().unwrap()
}

#[test]
fn the_story_of_a_slow_reader_shows_whom_the_server_waits_for() {
    let text = told(&["05", "slow-reader"]);
    assert!(
        text.starts_with(
            "tracing the LESSON's program lessons/05-select-read-write: slow-reader\n"
        )
    );
    let bob = scene(&text, " bob sends \"hi\\n\"");
    for line in [
        "→ ready: read {bob}",
        "recv(bob) = \"hi\\n\"",
        "select: read {listener, bob}, write {bob, ada}",
        "send(bob, \"hi\\n\")",
        "main.rs:",
    ] {
        assert!(bob.contains(line), "no `{line}` in:\n{bob}");
    }
    let ada = scene(&text, " ada sends ");
    assert!(ada.contains("(ada still has "), "{ada}");
    assert!(ada.contains("× select "), "{ada}");
    assert!(text.contains("1 of 1 script passes"), "{text}");
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(100), "{text}");
}

#[test]
fn an_edge_triggered_epoll_and_a_batch_are_told() {
    let text = told(&["11", "three-come-at-once"]);
    assert!(
        text.contains("epoll_ctl(EPOLL_CTL_ADD, ada): read, write,"),
        "{text}"
    );
    let thaw = scene(&text, " server thaws");
    assert!(thaw.contains("accept(listener) = ada"), "{thaw}");
    assert!(thaw.contains("accept(listener) = bob"), "{thaw}");
    assert!(thaw.contains("EAGAIN: nobody else is waiting"), "{thaw}");
}

#[test]
fn a_client_and_its_terminal_are_told_of() {
    let text = told(&["04", "at-a-terminal", "--format", "plain"]);
    assert!(
        text.contains("read(stdin) = \"one\\n\", from line "),
        "{text}"
    );
    assert!(text.contains("Ready: read {peer}."), "{text}");
    assert!(text.contains("the program exits with 0."), "{text}");
}

#[test]
fn json_is_the_format_of_a_recording() {
    let text = told(&["03", "silent-client", "--format", "json"]);
    assert!(text.starts_with("{\n  \"format\": 1,\n"), "{text}");
    assert!(text.contains(r#"{"call":{"name":"accept","on":"listener","result":{"new":"ada"}"#));
}

/// A server that reads from whom it has just accepted, and so waits for somebody who has nothing to say.
const READS_AT_ACCEPT: &str = "\
import socket, sys
host, port = sys.argv[1].split(':')
listener = socket.create_server((host, int(port)))
print('listening on %s:%d' % listener.getsockname(), flush=True)
while True:
    client, address = listener.accept()
    print('accepted %s:%d' % address, flush=True)
    client.recv(1024)
";

#[test]
fn a_program_that_fails_is_told_with_what_is_wrong_with_it() {
    if std::process::Command::new("python3")
        .arg("-V")
        .output()
        .is_err()
    {
        return; // the command is the same for any other program
    }
    let file = tempfile::Builder::new().suffix(".py").tempfile().unwrap();
    fs::write(file.path(), READS_AT_ACCEPT).unwrap();
    let program = format!("python3 {}", file.path().display());
    let script = [
        "03",
        "silent-client",
        "--program",
        &program,
        "--waits-in",
        "accept",
    ];
    trace(&script)
        .assert()
        .code(1)
        .stdout(contains("tracing YOUR program python3 "))
        .stdout(
            contains("accept(listener) = ada").or(contains("accept(listener, SOCK_CLOEXEC) = ada")),
        )
        .stdout(contains("    recv(ada) …"))
        .stdout(contains("server: asleep in recv, reading from ada"));
}

#[test]
fn the_timeline_in_the_readme_is_what_is_printed() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme
        .split_once("cargo xtask trace 05 slow-reader\n")
        .unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    let (shown, _) = rest.split_once("```\n").unwrap();
    let text = told(&["05", "slow-reader"]);
    assert!(text.contains(shown), "{text}");
}

#[test]
fn what_is_not_there_is_said() {
    trace(&["05", "slow-raeder"])
        .assert()
        .code(2)
        .stderr(contains(
            "there is no script slow-raeder; did you mean slow-reader?",
        ));
    trace(&["05"]).assert().code(2);
    trace(&["--check", "05", "slow-reader"]).assert().code(2);
}

#[test]
fn a_proxy_is_told_with_both_of_its_sides() {
    let text = told(&["10", "there-and-back", "--task", "proxy"]);
    assert!(text.starts_with(
        "tracing the TASK's reference solution lessons/10-epoll/tasks/proxy/reference.patch: there-and-back\n"
    ));
    let asked = scene(&text, " ada sends \"hi\\n\"");
    for line in ["recv(ada) = \"hi\\n\"", "send(backend, \"hi\\n\")"] {
        assert!(asked.contains(line), "no `{line}` in:\n{asked}");
    }
}

#[test]
fn a_test_of_a_library_cannot_be_traced() {
    let test = "a_look_does_not_wait";
    trace(&["08", test, "--task", "epoll-selector"])
        .assert()
        .code(2)
        .stderr(format!(
            "error: {test} is a test, not a script: there is nothing to be traced\n"
        ));
}
