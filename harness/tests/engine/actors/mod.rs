//! The programs under test: this binary, run with `act`, a mark, and a part to play.
//!
//! The parts that serve are in [`server`] and [`one_by_one`]; those that never come to it are in [`never`]. What makes one of them
//! special are words after the part, called quirks: `serves swallows`.

mod client;
mod never;
mod one_by_one;
mod quirks;
mod server;
mod wait;

use quirks::Quirks;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::time::Duration;

/// What the harness asks a program to listen on.
const ANY_PORT: &str = "127.0.0.1:0";

/// What a part comes to.
pub(crate) type Done = Result<(), Box<dyn Error>>;

/// The command that plays `part`.
pub(crate) fn command(mark: &str, part: &str) -> Vec<OsString> {
    let this = env::current_exe().expect("this test's binary has a path");
    let words = ["act", mark].into_iter().chain(part.split(' '));
    let words = words.map(OsString::from);
    std::iter::once(this.into()).chain(words).collect()
}

/// Plays a part, given what comes after `act` in [`command`], and the addresses that the harness appends.
pub(crate) fn act(words: &[String]) -> Done {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let count = words
        .iter()
        .rev()
        .take_while(|word| **word == ANY_PORT)
        .count();
    let (words, addresses) = words.split_at(words.len() - count);
    let addresses: Result<Vec<SocketAddr>, _> = addresses.iter().map(|it| it.parse()).collect();
    let addresses = addresses?;
    let [mark, part, quirks @ ..] = words else {
        return Err("a mark and a part are missing".into());
    };
    let quirks = Quirks::new(mark, quirks);
    match *part {
        "serves" => server::serve(quirks, &addresses),
        "one-by-one" => one_by_one::serve(&quirks, &addresses),
        part => never::act(part, &quirks, &addresses),
    }
}

/// Starts another process of this kind, with the same mark.
fn start(mark: &str, part: &str) -> io::Result<Child> {
    let words = command(mark, part);
    Command::new(&words[0]).args(&words[1..]).spawn()
}

/// A listener, announced as the contract asks.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    say(&format!("listening on {}", listener.local_addr()?))?;
    Ok(listener)
}

/// A line to stdout, at once.
fn say(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Asleep in nanosleep.
fn nap(time: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "programs that sleep are what is tested here"
    )]
    std::thread::sleep(time);
}

/// Uses so much CPU time for something of its own.
fn think(time: Duration) {
    let thread_time = || {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
    };
    let end = thread_time() + time;
    // Mostly not in the system call that tells the time.
    while thread_time() < end {
        std::hint::black_box((0..100_000_u64).fold(0, |sum, number| sum ^ number));
    }
}
