//! The load: one thread that keeps a message under way on each busy connection, and checks every answer.

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Bytes of a message.
const MESSAGE: usize = 64;
/// The longest answer: a message and lesson 03's words.
const ANSWER: usize = MESSAGE + 16;
/// How many connections are made before the server is asked whether it has accepted them. Less than its backlog.
const BATCH: usize = 64;
const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// After so many echoes it is time for what else has to be done: the lines of so many fit into a pipe many times over.
const PAUSE: u64 = 256;
/// Who does not answer for so long, in milliseconds, will not.
const PATIENCE: u16 = 10_000;

/// A busy connection.
struct Connection {
    socket: Socket,
    /// The message that is under way.
    message: [u8; MESSAGE],
    answer: [u8; ANSWER],
    /// How much of the answer has come.
    come: usize,
    /// When the message was sent.
    sent: Instant,
}

/// Clients of one server.
pub(crate) struct Load {
    epoll: Epoll,
    busy: Vec<Connection>,
    idle: Vec<Socket>,
    /// What follows the message in an answer.
    suffix: &'static [u8],
    /// Counts messages, so that no two are equal.
    count: u64,
}

/// When a round is over: the messages under way are still waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Enough {
    /// After this time.
    Time(Duration),
    /// When each connection has had one answer.
    OneEach,
}

/// What happened in a round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) echoes: u64,
    pub(crate) took: Duration,
}

impl Load {
    /// A load without connections, for a server that adds `suffix` to what it sends back.
    pub(crate) fn new(suffix: &'static [u8]) -> Result<Load> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("cannot make an epoll")?;
        Ok(Load {
            epoll,
            busy: Vec::new(),
            idle: Vec::new(),
            suffix,
            count: 0,
        })
    }

    /// Makes `busy` and `idle` connections; returns when the server has accepted them. `pause` is called now and then.
    ///
    /// # Errors
    /// The server does not accept them.
    pub(crate) fn connect(
        &mut self,
        address: SocketAddr,
        (busy, idle): (usize, usize),
        mut pause: impl FnMut(),
    ) -> Result<()> {
        for number in 0..busy + idle {
            let socket = open(address)?;
            // The server accepts in the order of arrival: when the last of a batch is answered, all have been accepted.
            if number % BATCH == BATCH - 1 || number == busy + idle - 1 {
                self.ask(&socket)?;
                pause();
            }
            socket.set_nonblocking(true)?;
            // The idle ones come first: so they have the small numbers, which is no advantage for anybody.
            match number < idle {
                true => self.idle.push(socket),
                false => self.add_busy(socket)?,
            }
        }
        Ok(())
    }

    fn add_busy(&mut self, socket: Socket) -> Result<()> {
        let event = EpollEvent::new(EpollFlags::EPOLLIN, self.busy.len() as u64);
        self.epoll.add(&socket, event)?;
        self.busy.push(Connection {
            socket,
            message: [0; MESSAGE],
            answer: [0; ANSWER],
            come: 0,
            sent: Instant::now(),
        });
        Ok(())
    }

    /// Sends a message and waits for the answer.
    fn ask(&self, mut socket: &Socket) -> Result<()> {
        let mut answer = vec![0; MESSAGE + self.suffix.len()];
        socket.set_read_timeout(Some(Duration::from_millis(PATIENCE.into())))?;
        socket.write_all(&[b'?'; MESSAGE])?;
        socket
            .read_exact(&mut answer)
            .context("it does not answer")?;
        Ok(())
    }

    /// Keeps all busy connections busy until it is enough, and then until nothing is under way. Adds to `latencies`, in
    /// nanoseconds. `pause` is called now and then.
    ///
    /// # Errors
    /// An answer is wrong, or does not come.
    pub(crate) fn round(
        &mut self,
        enough: Enough,
        latencies: &mut Histogram<u64>,
        mut pause: impl FnMut(),
    ) -> Result<Round> {
        let begin = Instant::now();
        let mut echoes = 0;
        for index in 0..self.busy.len() {
            self.say(index, begin)?;
        }
        let mut under_way = self.busy.len();
        let mut events = vec![EpollEvent::empty(); self.busy.len()];
        while under_way > 0 {
            let count = match self.epoll.wait(&mut events, EpollTimeout::from(PATIENCE)) {
                Ok(0) => bail!("it does not answer"),
                Err(Errno::EINTR) => continue,
                result => result?,
            };
            for event in &events[..count] {
                let index = event.data() as usize;
                if !self.hear(index)? {
                    continue;
                }
                let now = Instant::now();
                let latency = now - self.busy[index].sent;
                latencies.saturating_record(u64::try_from(latency.as_nanos())?);
                echoes += 1;
                if echoes % PAUSE == 0 {
                    pause();
                }
                let is_enough = match enough {
                    Enough::Time(time) => now - begin >= time,
                    Enough::OneEach => true,
                };
                match is_enough {
                    true => under_way -= 1,
                    false => self.say(index, now)?,
                }
            }
        }
        let took = begin.elapsed();
        Ok(Round { echoes, took })
    }

    /// Sends the next message of a connection.
    fn say(&mut self, index: usize, now: Instant) -> Result<()> {
        self.count += 1;
        let connection = &mut self.busy[index];
        // Of digits, as lesson 07 prints it: other bytes would make long lines.
        let number = (index as u64) << 40 | self.count;
        for (place, byte) in connection.message.iter_mut().enumerate() {
            *byte = DIGITS[(number >> (place % DIGITS.len() * 4)) as usize % DIGITS.len()];
        }
        connection.sent = now;
        let sent = connection.socket.send(&connection.message)?;
        if sent < MESSAGE {
            bail!("the kernel takes no {MESSAGE} bytes although nothing is under way");
        }
        Ok(())
    }

    /// Receives for a connection. Returns whether its answer is complete.
    fn hear(&mut self, index: usize) -> Result<bool> {
        let connection = &mut self.busy[index];
        let length = MESSAGE + self.suffix.len();
        let rest = &mut connection.answer[connection.come..length];
        match (&connection.socket).read(rest) {
            Ok(0) => bail!("it has closed a connection"),
            Ok(count) => connection.come += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if connection.come < length {
            return Ok(false);
        }
        connection.come = 0;
        let (echo, suffix) = connection.answer[..length].split_at(MESSAGE);
        if echo != connection.message || suffix != self.suffix {
            bail!("it has answered with wrong bytes");
        }
        Ok(true)
    }
}

/// A connection that does not wait to fill a segment, and leaves no trace when it is closed.
fn open(address: SocketAddr) -> Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_tcp_nodelay(true)?;
    // It is reset, not closed: tens of thousands in TIME_WAIT would be in the way of the next run.
    socket.set_linger(Some(Duration::ZERO))?;
    socket
        .connect(&address.into())
        .context("it cannot be reached")?;
    Ok(socket)
}

/// Latencies up to a minute, to two figures.
pub(crate) fn latencies() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000_000, 2)?)
}
