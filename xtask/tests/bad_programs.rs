//! `cargo xtask verify --program` from outside, with programs that are no servers: one clear sentence, the exit status, and
//! nobody left.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// What nothing here takes unless somebody is left.
const FOREVER: Duration = Duration::from_secs(20);

/// A workspace with one lesson of two scripts, and a shell script as the program to be checked.
struct Bad {
    root: TempDir,
}

impl Bad {
    fn new(program: &str) -> Bad {
        let root = TempDir::new().unwrap();
        let lesson = root.path().join("lessons/01-one");
        fs::create_dir_all(root.path().join("xtask")).unwrap();
        fs::write(root.path().join("xtask/Cargo.toml"), "").unwrap();
        fs::create_dir_all(lesson.join("scripts")).unwrap();
        let about = "title = \"One\"\nidea = \"An idea.\"\nintroduces = []\nassumes = []\n\
             default_addresses = [\"127.0.0.1:8001\"]\nwaits_in = \"select\"\nmay_sleep_in = [\"select\"]\n";
        fs::write(lesson.join("lesson.toml"), about).unwrap();
        let bad = Bad { root };
        bad.both_scripts("ada connects");
        fs::write(bad.program(), format!("#!/bin/sh\n{program}\n")).unwrap();
        fs::set_permissions(bad.program(), fs::Permissions::from_mode(0o755)).unwrap();
        bad
    }

    /// Both scripts have these steps.
    fn both_scripts(&self, steps: &str) {
        for name in ["first", "second"] {
            let path = format!("lessons/01-one/scripts/{name}.script");
            fs::write(
                self.root.path().join(path),
                format!("# {name}\n\n{steps}\n"),
            )
            .unwrap();
        }
    }

    fn program(&self) -> PathBuf {
        self.root.path().join("bad-server")
    }

    /// The words of the command line that checks it.
    fn verify(&self) -> [String; 4] {
        let program = self.program().display().to_string();
        ["verify".into(), "1".into(), "--program".into(), program]
    }

    fn command(&self) -> Command {
        let mut command = Command::cargo_bin("xtask").unwrap();
        command.current_dir(self.root.path()).args(self.verify());
        command
    }
}

/// The program is red, with this sentence, and both scripts are.
fn is_red(program: &str, sentence: &str) {
    Bad::new(program)
        .command()
        .assert()
        .code(1)
        .stdout(
            starts_with("checking YOUR program ")
                .and(contains(format!("error: {sentence}\n")))
                .and(contains("0 of 2 scripts pass"))
                .and(contains("\n0 passed, 2 failed in ")),
        )
        .stderr("");
}

#[test]
fn a_program_that_ends_is_told_with_how() {
    is_red("exit 0", "the server exited with 0 before it listened");
    is_red(
        "kill -KILL $$",
        "the server died of SIGKILL before it listened",
    );
    is_red(
        "kill -SEGV $$",
        "the server died of SIGSEGV before it listened",
    );
}

#[test]
fn a_program_that_never_listens_is_told_with_where_it_is() {
    let never =
        "the server never printed `listening on ADDRESS`: it is asleep and has printed nothing";
    is_red("exec sleep infinity", never);
    is_red("sleep 1000000000", never);
    is_red("exec sleep 1000000000", never);
    let other = "the server never printed `listening on ADDRESS`: it is asleep";
    is_red("echo 'Server ready.'; exec sleep infinity", other);
}

#[test]
fn a_program_that_listens_elsewhere_is_told_where() {
    let says = |address: &str| format!("echo listening on {address}; exec sleep infinity");
    is_red(
        &says("127.0.0.1:1"),
        "the server says that it listens on 127.0.0.1:1, but nobody does",
    );
    is_red(
        &says("0.0.0.0:80"),
        "the server was asked to listen on 127.0.0.1, and says that it listens on 0.0.0.0:80",
    );
    is_red(
        &says("'[::1]:80'"),
        "the server was asked to listen on 127.0.0.1, and says that it listens on [::1]:80",
    );
    is_red(
        &says("port 80"),
        "the server printed \"listening on port 80\", which names no address like 127.0.0.1:8002",
    );
    is_red(&says("$1"), "the server says that it listens on port 0");
}

#[test]
fn a_flood_is_told_and_ends() {
    for program in ["exec yes", "exec cat /dev/zero", "exec yes >&2"] {
        let floods = contains("error: the server floods its output: ");
        let output = Bad::new(program).command().assert().code(1).stdout(floods);
        let told = output.get_output().stdout.len();
        assert!(told < 10_000, "{told} bytes were told of {program}");
    }
}

#[test]
fn plain_and_documents_tell_the_same() {
    let bad = Bad::new("exit 3");
    let sentence = "the server exited with 3 before it listened";
    for format in ["plain", "json", "junit"] {
        bad.command()
            .args(["--format", format])
            .assert()
            .code(1)
            .stdout(contains(sentence));
    }
}

/// A `verify` under way, and a pipe that every process below has inherited: it ends when nobody is left.
fn under_way(bad: &Bad) -> (Child, BufReader<ChildStdout>) {
    // The harness gives its children nothing but the three standard descriptors, of what it knows; it knows nothing of this one.
    let mut child = std::process::Command::new("sh")
        .args(["-c", "exec 9>&1 1>/dev/null 2>&1; exec \"$@\"", "sh"])
        .arg(assert_cmd::cargo::cargo_bin!("xtask"))
        .args(bad.verify())
        .args(["--repeat", "50", "--jobs", "2", "--waits-in", "any"])
        .current_dir(bad.root.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let everybody = BufReader::new(child.stdout.take().unwrap());
    (child, everybody)
}

/// The next line that somebody below says.
fn next_line(everybody: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    everybody.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "everybody has gone");
    line
}

/// Ends a `verify` by a signal, and waits until nobody is left.
fn end(mut verify: Child, signal: &str, mut everybody: BufReader<ChildStdout>) {
    let pid = verify.id().to_string();
    let status = std::process::Command::new("kill")
        .args([signal, &pid])
        .status();
    assert!(status.unwrap().success());
    let status = verify.wait().unwrap();
    assert!(!status.success(), "{status}");
    let (gone, are_gone) = mpsc::channel();
    thread::spawn(move || gone.send(everybody.read_to_end(&mut Vec::new()).is_ok()));
    let ended = are_gone.recv_timeout(FOREVER);
    assert_eq!(ended, Ok(true), "somebody outlived {signal}");
}

fn nobody_outlives_a_verify_that_gets(signal: &str) {
    // A child in the background, one in a session of its own, and itself, deaf to all signals that can be ignored.
    let bad = Bad::new(
        "trap '' TERM INT HUP\nsleep 1000 &\nsetsid sleep 1000 &\necho here >&9\nwhile :; do sleep 1; done",
    );
    let (verify, mut everybody) = under_way(&bad);
    for _ in 0..2 {
        assert_eq!(next_line(&mut everybody), "here\n");
    }
    end(verify, signal, everybody);
}

#[test]
fn nobody_outlives_a_verify_that_is_killed() {
    nobody_outlives_a_verify_that_gets("-KILL");
}

#[test]
fn nobody_outlives_a_verify_that_is_interrupted() {
    nobody_outlives_a_verify_that_gets("-INT");
    nobody_outlives_a_verify_that_gets("-TERM");
}

#[test]
fn no_socket_outlives_a_verify_that_is_killed_amid_its_scripts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let server = &harness::build::program(root, "select-one-port").unwrap();
    // The server is not the process that the harness has started, and what it says is heard here, too.
    let bad = Bad::new(&format!(
        "setsid sleep 1000 &\n\"{}\" \"$@\" | while read line; do echo \"$line\"; echo \"$line\" >&9; done",
        server.display()
    ));
    bad.both_scripts("ada connects\nbob connects\nada receives \"x\" within 50 s");
    let (verify, mut everybody) = under_way(&bad);
    let (mut addresses, mut accepted) = (Vec::new(), 0);
    while accepted < 4 {
        let line = next_line(&mut everybody);
        addresses.extend(line.trim().strip_prefix("listening on ").map(String::from));
        accepted += u32::from(line.starts_with("accepted "));
    }
    assert_eq!(addresses.len(), 2);
    end(verify, "-KILL", everybody);
    for address in addresses {
        let refused = TcpStream::connect(&address).map_err(|error| error.kind());
        assert_eq!(
            refused.err(),
            Some(ErrorKind::ConnectionRefused),
            "{address}"
        );
    }
}
