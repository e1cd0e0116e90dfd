//! Real peers: nc and socat against an echo server or a chat server, as somebody at a terminal would use them.
//!
//! There is no clock in it. A peer ends by itself when the server has ended the connection, and the server is ended when the
//! test is over.

use crate::program::{Launch, Output, Program};
use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use rustix::event::{PollFd, PollFlags, poll};
use std::ffi::OsString;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

/// Open files that the server is allowed; what most systems give.
const OPEN_FILES: u64 = 1024;
/// More than the queue of a client holds, and more than one recv or send takes.
const MUCH: usize = 1024 * 1024;

/// The main function of a lesson's `tests/peers.rs`: each peer talks to `program`, an echo server, which is started with
/// `arguments` before its address. Peers that are not installed are skipped, in words.
pub fn test_echo(program: &str, arguments: &[&str]) -> ExitCode {
    crate::program::serve_if_asked();
    let mut command: Vec<OsString> = vec![program.into()];
    command.extend(arguments.iter().map(OsString::from));
    command.push("127.0.0.1:0".into());
    let trials = [NC, SOCAT].into_iter().flat_map(|peer| {
        [
            trial(&peer, "gets its line back", &command, one_line),
            trial(&peer, "gets a MiB back", &command, much),
            trial(&peer, "waits for nobody", &command, beside_a_silent_one),
        ]
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// The same for a chat server: what one peer says, another one hears.
pub fn test_chat(program: &str) -> ExitCode {
    crate::program::serve_if_asked();
    let command: Vec<OsString> = vec![program.into(), "127.0.0.1:0".into()];
    let trials = [NC, SOCAT].map(|peer| trial(&peer, "hears what is said", &command, overhears));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn trial(peer: &Peer, what: &str, command: &[OsString], test: Test) -> Trial {
    let (peer, command) = (*peer, command.to_vec());
    Trial::ignorable_test(format!("{} {what}", peer.name), move || {
        if let Some(why) = peer.missing() {
            return Ok(Completion::ignored_with(why));
        }
        let mut server = Server::start(&command).map_err(failed)?;
        test(&peer, &mut server).map_err(failed)?;
        Ok(Completion::Completed)
    })
}

type Test = fn(&Peer, &mut Server) -> Result<()>;

fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}

fn one_line(peer: &Peer, server: &mut Server) -> Result<()> {
    expect_back(peer, server, b"hello\n")
}

fn much(peer: &Peer, server: &mut Server) -> Result<()> {
    // Bytes of every value; a piece that is lost or comes twice shifts all that follow.
    let bytes: Vec<u8> = (0..MUCH).map(|at| (at % 251) as u8).collect();
    expect_back(peer, server, &bytes)
}

fn beside_a_silent_one(peer: &Peer, server: &mut Server) -> Result<()> {
    let mut silent = Running::start(peer, server, Stdio::piped())?;
    expect_back(peer, server, b"hello\n")?;
    // The end of its input: it has been connected all the time.
    drop(silent.0.stdin.take());
    let heard = silent.rest(server)?;
    ensure!(heard.is_empty(), "a silent {} got {heard:?}", peer.name);
    Ok(())
}

fn overhears(peer: &Peer, server: &mut Server) -> Result<()> {
    let mut silent = Running::start(peer, server, Stdio::piped())?;
    server.drain_until_accepted()?;
    let answer = answer_to(peer, server, b"hello\nhalf a line")?;
    ensure!(answer.is_empty(), "who spoke got {answer:?}");
    drop(silent.0.stdin.take());
    let heard = String::from_utf8(silent.rest(server)?)?;
    let name = heard.split(' ').next().unwrap_or_default();
    let wanted = format!("{name} joined\n{name}: hello\n{name}: half a line\n{name} left\n");
    ensure!(
        name.starts_with("127.0.0.1:") && heard == wanted,
        "{} heard {heard:?}",
        peer.name
    );
    Ok(())
}

/// What the peer gets for what it sends, until the server ends the connection.
fn answer_to(peer: &Peer, server: &mut Server, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut input = tempfile::tempfile()?;
    input.write_all(bytes)?;
    input.rewind()?;
    Running::start(peer, server, input.into())?.rest(server)
}

/// That the peer gets back what it sends, and then ends.
fn expect_back(peer: &Peer, server: &mut Server, bytes: &[u8]) -> Result<()> {
    let heard = answer_to(peer, server, bytes)?;
    let same = heard.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    ensure!(
        heard == bytes,
        "{} sent {} bytes and got {} back, of which the first {same} are right",
        peer.name,
        bytes.len(),
        heard.len()
    );
    Ok(())
}

/// A program that talks to servers.
#[derive(Clone, Copy)]
struct Peer {
    name: &'static str,
    /// How it is asked for its options, and what has to be among them.
    help: (&'static str, &'static str),
    /// Connects its standard input and output to a port of this machine, and half-closes at the end of its input.
    arguments: fn(u16) -> Vec<String>,
}

/// The nc of OpenBSD; others do not half-close.
const NC: Peer = Peer {
    name: "nc",
    help: ("-h", "-N"),
    arguments: |port| vec!["-N".into(), "127.0.0.1".into(), port.to_string()],
};

const SOCAT: Peer = Peer {
    name: "socat",
    help: ("-h", "-t<timeout>"),
    // Without -t, it waits for only half a second after the end of its input.
    arguments: |port| vec!["-t60".into(), "-".into(), format!("TCP:127.0.0.1:{port}")],
};

impl Peer {
    /// Why it cannot be played here.
    fn missing(&self) -> Option<String> {
        let (option, needed) = self.help;
        let name = self.name;
        match Command::new(name).arg(option).output() {
            Err(error) => Some(format!("{name} cannot be run: {error}")),
            Ok(help) => {
                let text = [help.stdout, help.stderr].concat();
                let has_it = String::from_utf8_lossy(&text).contains(needed);
                (!has_it).then(|| format!("this {name} has no option {needed}"))
            }
        }
    }
}

/// A peer that talks to the server; it is gone when this is dropped.
struct Running(Child);

impl Running {
    fn start(peer: &Peer, server: &Server, input: Stdio) -> Result<Running> {
        let child = Command::new(peer.name)
            .args((peer.arguments)(server.port))
            .stdin(input)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", peer.name))?;
        Ok(Running(child))
    }

    /// What it prints until it ends.
    fn rest(mut self, server: &mut Server) -> Result<Vec<u8>> {
        let mut stdout = self.0.stdout.take().context("it has been read before")?;
        let mut heard = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            // Whoever prints all it receives stops when nobody takes that.
            if !server.drain_until(stdout.as_fd())? {
                continue;
            }
            match stdout.read(&mut buffer)? {
                0 => return Ok(heard),
                count => heard.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server that the peers talk to.
struct Server {
    program: Program,
    port: u16,
}

impl Server {
    fn start(command: &[OsString]) -> Result<Server> {
        let launch = Launch {
            command,
            directory: Path::new("."),
            open_files: OPEN_FILES,
        };
        let program = Program::start(&launch).map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut server = Server { program, port: 0 };
        while server.port == 0 {
            if let Some(exit) = server.program.exit() {
                bail!("the server ended before it listened: {exit:?}");
            }
            server.drain()?;
            server.port = announced(server.program.output()).unwrap_or(0);
        }
        Ok(server)
    }

    /// Waits until the server has printed something, or has ended.
    fn drain(&mut self) -> io::Result<()> {
        let mut watched: Vec<_> = self.program.watched().map(readable).collect();
        wait(&mut watched)?;
        self.program.output().drain().map(drop)
    }

    /// Waits until the server has accepted somebody.
    fn drain_until_accepted(&mut self) -> Result<()> {
        while !self.has_accepted() {
            if let Some(exit) = self.program.exit() {
                bail!("the server ended before it accepted anybody: {exit:?}");
            }
            self.drain()?;
        }
        Ok(())
    }

    fn has_accepted(&mut self) -> bool {
        let mut lines = self.program.output().lines();
        lines.any(|line| line.starts_with("accepted "))
    }

    /// Waits for either; returns whether `other` is readable.
    fn drain_until(&mut self, other: BorrowedFd<'_>) -> io::Result<bool> {
        let mut watched: Vec<_> = self.program.output().pipes().map(readable).collect();
        watched.push(readable(other));
        wait(&mut watched)?;
        let is_readable = watched
            .last()
            .is_some_and(|last| !last.revents().is_empty());
        self.program.output().drain()?;
        Ok(is_readable)
    }
}

/// The port that the server says it listens on.
fn announced(output: &Output) -> Option<u16> {
    let mut addresses = output
        .lines()
        .filter_map(|line| line.strip_prefix("listening on 127.0.0.1:"));
    addresses.next()?.parse().ok()
}

fn readable(fd: BorrowedFd<'_>) -> PollFd<'_> {
    PollFd::from_borrowed_fd(fd, PollFlags::IN)
}

fn wait(watched: &mut [PollFd<'_>]) -> io::Result<()> {
    match poll(watched, None) {
        Err(rustix::io::Errno::INTR) | Ok(_) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}
