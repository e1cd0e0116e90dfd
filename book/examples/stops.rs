//! An echo server that is told to stop, and stops in order: Ctrl-C, or `kill`.
//!
//! It is lesson 08's loop with one more kind of source. What it echoes are short lines of well-behaved clients: it sends
//! on blocking sockets, as lesson 03 does, and gives up when accept fails, so that nothing but the stopping is new.

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use selectors::{DefaultSelector, Events, Selector, Token};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How long clients may stay after the signal.
const GRACE: Duration = Duration::from_secs(10);

enum Source {
    Listener(TcpListener),
    Client(TcpStream, SocketAddr),
    Signals(SignalFd),
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Source::Listener(listener) => listener.as_fd(),
            Source::Client(socket, _) => socket.as_fd(),
            Source::Signals(signals) => signals.as_fd(),
        }
    }
}

struct Server {
    selector: Selector<Source, ()>,
    /// When clients must have left; `None` before the signal.
    deadline: Option<Instant>,
}

fn main() -> io::Result<()> {
    // Before anything else, and before any thread is made: a thread has the mask of the one that made it.
    let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]);
    signals.thread_block()?;

    let listener = TcpListener::bind("127.0.0.1:18020")?;
    println!("listening on {}", listener.local_addr()?);
    let mut selector = Selector::new(DefaultSelector::new()?);
    selector.register(Source::Listener(listener), Events::READ, ())?;
    selector.register(Source::Signals(SignalFd::new(&signals)?), Events::READ, ())?;
    let mut server = Server {
        selector,
        deadline: None,
    };
    server.serve()
}

impl Server {
    /// Serves until the signal has come and all clients have left, or their time is over.
    fn serve(&mut self) -> io::Result<()> {
        while self.deadline.is_none() || !self.selector.get_map().is_empty() {
            let left = self
                .deadline
                .map(|end| end.saturating_duration_since(Instant::now()));
            let ready = self.selector.select(left)?;
            if ready.is_empty() {
                println!("their time is over");
                return Ok(()); // The kernel closes what is open.
            }
            for (token, _) in ready {
                self.turn(token)?;
            }
        }
        println!("all have left");
        Ok(())
    }

    fn turn(&mut self, token: Token) -> io::Result<()> {
        // In this turn, the signal may have taken the listener away.
        let Ok(key) = self.selector.get_key(token) else {
            return Ok(());
        };
        match &key.source {
            Source::Listener(listener) => {
                let (socket, address) = listener.accept()?;
                println!("accepted {address}");
                self.selector
                    .register(Source::Client(socket, address), Events::READ, ())?;
            }
            Source::Client(socket, address) => {
                if let Err(reason) = echo(socket) {
                    println!("closed {address}: {reason}");
                    self.selector.unregister(token)?;
                }
            }
            Source::Signals(signals) => {
                signals.read_signal()?;
                self.stop()?;
            }
        }
        Ok(())
    }

    /// From now on nobody is accepted, and a second signal ends the program at once.
    fn stop(&mut self) -> io::Result<()> {
        let keys = self.selector.get_map().values();
        let (clients, others): (Vec<_>, Vec<_>) =
            keys.partition(|key| matches!(key.source, Source::Client(..)));
        println!("stopping; clients who are still there: {}", clients.len());
        let others: Vec<Token> = others.into_iter().map(|key| key.token()).collect();
        for token in others {
            self.selector.unregister(token)?; // What is dropped here is closed.
        }
        SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM]).thread_unblock()?;
        self.deadline = Some(Instant::now() + GRACE);
        Ok(())
    }
}

/// One recv, one answer. An error also says that the client is at its end.
fn echo(mut socket: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    match socket.read(&mut buffer)? {
        0 => Err(io::Error::other("it has left")),
        count => socket.write_all(&buffer[..count]),
    }
}
