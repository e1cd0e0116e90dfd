//! One round: whatever is ready is taken note of, and what can be sent is sent.

use super::{Line, World};
use crate::run::peer::Peer;
use crate::run::user::User;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::time::{Duration, Instant};

/// How many of the program's lines are kept.
const KEPT_LINES: usize = 10_000;

impl World {
    /// Waits until something happens, at most for `patience`, and takes note of it: sends what can be sent, drains what was
    /// printed. Returns whether anything happened, input for a client that waits for some included.
    ///
    /// # Errors
    /// The harness itself has trouble with its descriptors.
    pub(in crate::run) fn turn(&mut self, patience: Duration) -> io::Result<bool> {
        let ready = self.wait(patience)?;
        let heard = ready.program && self.hear_program()?;
        let mut moved = ready.input || ready.handshake;
        if ready.others {
            moved = true;
            self.user.as_mut().map(User::pump);
            for peer in &mut self.peers {
                peer.take_connections()?;
            }
        }
        if ready.output {
            for client in self.clients_mut() {
                moved |= client.connected && client.wants_output() && client.pump();
            }
        }
        if moved {
            self.caused_at = Instant::now();
        }
        if moved || heard {
            self.moved_at = Instant::now();
        }
        Ok(moved || heard)
    }

    fn wait(&self, patience: Duration) -> io::Result<Ready> {
        let mut watched: Vec<PollFd<'_>> = Vec::new();
        for descriptor in self.program.watched() {
            watched.push(PollFd::from_borrowed_fd(descriptor, PollFlags::IN));
        }
        let of_program = watched.len();
        for listener in self.peers.iter().filter_map(Peer::descriptor) {
            watched.push(PollFd::from_borrowed_fd(listener, PollFlags::IN));
        }
        if let Some(desk) = self.user.as_ref().and_then(User::descriptor) {
            watched.push(PollFd::from_borrowed_fd(desk, PollFlags::OUT));
        }
        let of_others = watched.len();
        let mut interests = Vec::new();
        for client in self.clients() {
            let Some(descriptor) = client.descriptor() else {
                continue;
            };
            let mut interest = PollFlags::empty();
            interest.set(PollFlags::IN, client.wants_input);
            interest.set(PollFlags::OUT, client.wants_output());
            // One that no step asks about is left out: poll would report its end again and again.
            if !interest.is_empty() {
                watched.push(PollFd::from_borrowed_fd(descriptor, interest));
                interests.push((interest, client.connected));
            }
        }
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        match poll(&mut watched, Some(&patience)) {
            Err(rustix::io::Errno::INTR) => return Ok(Ready::default()),
            other => other?,
        };
        let mut ready = Ready {
            program: watched[..of_program].iter().any(is_ready),
            others: watched[of_program..of_others].iter().any(is_ready),
            ..Ready::default()
        };
        for (polled, (interest, connected)) in watched[of_others..].iter().zip(interests) {
            if is_ready(polled) {
                // An error or a hang-up is reported as both: whoever waits will find it out.
                ready.handshake |= !connected;
                ready.output |= connected && interest.contains(PollFlags::OUT);
                ready.input |=
                    connected && interest.contains(PollFlags::IN) && !is_only_writable(polled);
            }
        }
        Ok(ready)
    }

    fn hear_program(&mut self) -> io::Result<bool> {
        let count = self.program.output().drain()?;
        self.printed += count as u64;
        let mut moved = count > 0;
        let fresh = self.program.output().take_bytes();
        self.printed_bytes.extend(fresh);
        while let Some(text) = self.program.output().take_line(0) {
            self.ledger.note(&text);
            self.lines.push(Line { text, taken: false });
        }
        if self.lines.len() > 2 * KEPT_LINES {
            self.lines.drain(..KEPT_LINES);
        }
        if self.exit.is_none() {
            self.exit = self.program.exit();
            moved |= self.exit.is_some();
        }
        Ok(moved)
    }
}

#[derive(Default)]
struct Ready {
    program: bool,
    others: bool,
    handshake: bool,
    output: bool,
    input: bool,
}

fn is_ready(polled: &PollFd<'_>) -> bool {
    !polled.revents().is_empty()
}

fn is_only_writable(polled: &PollFd<'_>) -> bool {
    polled.revents() == PollFlags::OUT
}
