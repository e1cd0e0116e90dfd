//! A server whose clients may ask for work that takes long: done in the loop, and done by another thread.
//!
//! ada asks for it, and bob says hi. What is printed is how long each has waited for the answer.

use nix::sys::eventfd::EventFd;
use selectors::{Events, PollSelector, Selector, Token};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

fn main() -> io::Result<()> {
    measure("in the loop", By::TheLoop)?;
    measure("by a worker", By::AWorker)
}

/// Who does the work.
#[derive(Clone, Copy)]
enum By {
    TheLoop,
    AWorker,
}

// ANCHOR: worker
/// A thread that does one piece of work after the other, as the loop knows it.
struct Worker {
    /// Ready to read when there are results.
    done: Arc<EventFd>,
    /// For whom, and what it came to.
    results: Receiver<(Token, usize)>,
}

impl Worker {
    /// Starts it. What is sent to it is for whom it works; to drop the sender ends it.
    fn start() -> io::Result<(Worker, Sender<Token>)> {
        let (jobs, to_do) = channel();
        let (finished, results) = channel();
        let done = Arc::new(EventFd::new()?);
        let wake = Arc::clone(&done);
        thread::spawn(move || {
            for client in to_do {
                // First the result, then the wake-up: who is woken must find it.
                if finished.send((client, primes())).is_err() || wake.write(1).is_err() {
                    return;
                }
            }
        });
        Ok((Worker { done, results }, jobs))
    }

    /// The results there are; to be called when `done` is ready.
    fn take(&self) -> io::Result<Vec<(Token, usize)>> {
        // First the wake-ups, then the results: what comes in between wakes the loop once more, for nothing.
        self.done.read()?;
        Ok(self.results.try_iter().collect())
    }
}
// ANCHOR_END: worker

enum Source {
    Client(UnixStream),
    Worker(Worker),
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Source::Client(socket) => socket.as_fd(),
            Source::Worker(worker) => worker.done.as_fd(),
        }
    }
}

// ANCHOR: serve
/// Serves until all clients have left. Whoever says `work` is answered when it is done, others at once.
fn serve(clients: [UnixStream; 2], by: By) -> io::Result<()> {
    let mut selector = Selector::new(PollSelector);
    let (worker, jobs) = Worker::start()?;
    selector.register(Source::Worker(worker), Events::READ, ())?;
    for client in clients {
        selector.register(Source::Client(client), Events::READ, ())?;
    }
    while selector.get_map().len() > 1 {
        for (token, _) in selector.select(None)? {
            match &selector.get_key(token)?.source {
                Source::Client(socket) => {
                    let mut socket = socket;
                    let mut buffer = [0; 64];
                    let count = socket.read(&mut buffer)?;
                    match (&buffer[..count], by) {
                        (b"", _) => drop(selector.unregister(token)?),
                        (b"work\n", By::TheLoop) => answer(socket, primes())?,
                        (b"work\n", By::AWorker) => jobs.send(token).map_err(io::Error::other)?,
                        (other, _) => socket.write_all(other)?,
                    }
                }
                Source::Worker(worker) => {
                    for (token, result) in worker.take()? {
                        // Who has left meanwhile is not found, and nobody else in that place.
                        if let Ok(key) = selector.get_key(token)
                            && let Source::Client(socket) = &key.source
                        {
                            answer(socket, result)?;
                        }
                    }
                }
            }
        }
    }
    Ok(())
}
// ANCHOR_END: serve

fn answer(mut socket: &UnixStream, result: usize) -> io::Result<()> {
    writeln!(socket, "{result}")
}

/// How many primes there are below 100,000, found out in a slow way.
fn primes() -> usize {
    let is_prime = |n: &u32| {
        (2..*n)
            .take_while(|d| d * d <= *n)
            .all(|d| !n.is_multiple_of(d))
    };
    (2..100_000).filter(is_prime).count()
}

fn measure(how: &str, by: By) -> io::Result<()> {
    let ((mut ada, at_ada), (mut bob, at_bob)) = (UnixStream::pair()?, UnixStream::pair()?);
    ada.write_all(b"work\n")?;
    bob.write_all(b"hi\n")?;
    println!("the work is done {how}:");
    let start = Instant::now();
    let server = thread::spawn(move || serve([at_ada, at_bob], by));
    // ada is ready before bob, and in the same turn.
    let waiting = [("ada", ada), ("bob", bob)].map(|(name, socket)| {
        thread::spawn(move || -> io::Result<String> {
            let mut answer = String::new();
            BufReader::new(&socket).read_line(&mut answer)?;
            let ms = start.elapsed().as_secs_f64() * 1000.0;
            Ok(format!(
                "{name} has the answer {:?} after {ms:.1} ms",
                answer.trim()
            ))
        })
    });
    for client in waiting {
        println!("  {}", client.join().expect("it does not panic")?);
    }
    server.join().expect("it does not panic")
}
