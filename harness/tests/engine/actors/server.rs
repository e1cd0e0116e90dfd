//! A server that waits for all its sockets at once, in one thread, and echoes.

use super::client::{Client, Next};
use super::quirks::Quirks;
use super::wait::wait;
use super::{Done, listen, nap, say, start};
use rustix::event::poll;
use rustix::process::Signal;
use socket2::SockRef;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Child;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// A server, and what it holds.
struct Server {
    quirks: Quirks,
    listeners: Vec<TcpListener>,
    clients: Vec<Client>,
    /// What it should let go of, and does not.
    kept: Vec<TcpStream>,
    files: Vec<File>,
    children: Vec<Child>,
}

/// Serves until something ends it.
///
/// - `late=300`: begins only after so many milliseconds
/// - `chatters`: says more than it must, on stdout and stderr
/// - `helpers`: has two more threads from the start
/// - `child`: has a child process from the start
/// - `pretends`: leaves the work to a thread that it has from the start
/// - `deaf`: ignores SIGINT and SIGTERM
/// - `tidy`: exits with 0 when it gets a SIGINT
/// - `--exit-with=7`: exits with 7 after its first client, as an option that a script gives
pub(super) fn serve(quirks: Quirks, addresses: &[SocketAddr]) -> Done {
    if let Some(unknown) = quirks.words.iter().find(|word| *word == "--unknown") {
        eprintln!("there is no option {unknown}");
        std::process::exit(2);
    }
    prepare(&quirks)?;
    let listeners: io::Result<Vec<_>> = addresses.iter().map(|address| listen(*address)).collect();
    let mut server = Server {
        children: match quirks.has("child") {
            true => vec![start(&quirks.mark, "stays")?],
            false => Vec::new(),
        },
        quirks,
        listeners: listeners?,
        clients: Vec::new(),
        kept: Vec::new(),
        files: Vec::new(),
    };
    if server.quirks.has("chatters") {
        say("ready when you are")?;
        eprintln!("this is a log");
    }
    if server.quirks.has("pretends") {
        return pretend(server);
    }
    loop {
        server.turn()?;
    }
}

/// Has a thread serve all clients, and is found asleep in poll itself.
fn pretend(mut server: Server) -> Done {
    thread::spawn(move || while server.turn().is_ok() {});
    loop {
        poll(&mut [], None)?;
    }
}

fn prepare(quirks: &Quirks) -> Done {
    if let Some(time) = quirks.millis("late") {
        nap(time);
    }
    if quirks.has("chatters") {
        say("good morning\n\nlistening is an art")?;
        eprintln!("listening on nothing yet");
    }
    if quirks.has("deaf") {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            signal_hook::flag::register(signal.as_raw(), Arc::default())?;
        }
    }
    if quirks.has("tidy") {
        let flag = Arc::new(true.into());
        signal_hook::flag::register_conditional_shutdown(Signal::INT.as_raw(), 0, flag)?;
    }
    if quirks.has("helpers") {
        thread::spawn(|| {
            loop {
                thread::park()
            }
        });
        thread::spawn(|| {
            loop {
                nap(Duration::from_millis(7))
            }
        });
    }
    Ok(())
}

impl Server {
    /// Waits, and serves whoever is ready.
    fn turn(&mut self) -> Done {
        let listeners = self.listeners.iter().map(AsFd::as_fd);
        let clients = self.clients.iter().map(|client| client.socket.as_fd());
        let sockets: Vec<BorrowedFd<'_>> = listeners.chain(clients).collect();
        let ready = match wait(&self.quirks, &sockets) {
            Err(error)
                if error.kind() == io::ErrorKind::Interrupted && !self.quirks.has("touchy") =>
            {
                return Ok(());
            }
            ready => ready?,
        };
        let watched = self.listeners.len();
        if self.quirks.has("counts") {
            say(&format!("{} ready", ready.len()))?;
        }
        if ready.is_empty() {
            return self.answer_late();
        }
        let mut gone = Vec::new();
        for index in ready {
            match index.checked_sub(watched) {
                None => self.admit(index)?,
                Some(index) => {
                    if let Next::Close(reason) = self.attend(index)? {
                        gone.push((index, reason));
                    }
                }
            }
        }
        for (index, reason) in gone.into_iter().rev() {
            self.dismiss(index, &reason)?;
        }
        Ok(())
    }

    /// Gives what is due when a timeout has passed.
    fn answer_late(&mut self) -> Done {
        for client in &mut self.clients {
            client.answer_late()?;
        }
        Ok(())
    }

    /// Takes a client.
    ///
    /// - `silent`: does not say so
    /// - `greets`, `hangs-up`, `resets`: says hello; ends the connection; resets it
    /// - `blocks`: waits for its first words before anything else
    /// - `threads`, `forks`, `forks-briefly`: has a thread or a process for each client
    /// - `files=3`: opens so many files, and keeps them
    /// - `last`: closes its listener, so that this client is the last
    /// - `ends=7`: exits with this status
    /// - `introduces`: tells those who are there who has come
    fn admit(&mut self, listener: usize) -> Done {
        let (mut socket, address) = self.listeners[listener].accept()?;
        let quirks = &self.quirks;
        if quirks.has("last") {
            self.listeners.clear();
        }
        if !quirks.has("silent") {
            say(&format!("accepted {address}"))?;
        }
        if quirks.has("greets") {
            socket.write_all(b"hello")?;
        }
        if quirks.has("blocks") {
            socket.read_exact(&mut [0])?;
        }
        if quirks.has("resets") {
            SockRef::from(&socket).set_linger(Some(Duration::ZERO))?;
        }
        if quirks.has("hangs-up") || quirks.has("resets") {
            return Ok(());
        }
        if quirks.has("threads") {
            thread::spawn(|| {
                loop {
                    thread::park()
                }
            });
        }
        if quirks.has("forks") {
            self.children.push(start(&quirks.mark, "stays")?);
        }
        if quirks.has("forks-briefly") {
            start(&quirks.mark, "exits 0")?.wait()?;
        }
        for _ in 0..quirks.number("files").unwrap_or(0) {
            self.files.push(File::open("/dev/null")?);
        }
        if let Some(status) = quirks.number("ends").or(quirks.number("--exit-with")) {
            std::process::exit(status as i32);
        }
        if quirks.has("introduces") {
            for client in &mut self.clients {
                writeln!(client.socket, "{address} joined")?;
            }
        }
        self.clients.push(Client::new(socket, address));
        Ok(())
    }

    fn attend(&mut self, index: usize) -> io::Result<Next> {
        let crossed = self.quirks.has("crosses") && self.clients.len() > 1;
        let other = crossed.then(|| {
            self.clients[(index + 1) % self.clients.len()]
                .socket
                .try_clone()
        });
        let other = other.transpose()?;
        self.clients[index].attend(&self.quirks, other)
    }

    /// Lets a client go.
    ///
    /// - `mute`: does not say so
    /// - `leaks`: keeps its socket open; `leaks-quietly` ends the stream, but keeps the socket
    fn dismiss(&mut self, index: usize, reason: &str) -> Done {
        let client = self.clients.remove(index);
        if !self.quirks.has("mute") {
            say(&format!("closed {}{reason}", client.address))?;
        }
        if self.quirks.has("leaks-quietly") {
            let _ = client.socket.shutdown(Shutdown::Both);
        }
        if self.quirks.has("leaks") || self.quirks.has("leaks-quietly") {
            self.kept.push(client.socket);
        }
        Ok(())
    }
}
