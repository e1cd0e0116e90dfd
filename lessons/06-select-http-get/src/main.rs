//! Fetches several pages over HTTP at once.
//!
//! It connects to all servers at the same time, and waits for none of them: a connect on a
//! non-blocking socket only begins. A socket that connects is *writable* when it is connected, or
//! when that has failed; select tells when. The bodies go to stdout in the order of the URLs, and a
//! line for each URL goes to stderr.
//!
//! Serve a folder in one terminal:
//!
//! ```text
//! python3 -m http.server 8000
//! ```
//!
//! and fetch from another one:
//!
//! ```text
//! cargo run -p select-http-get http://127.0.0.1:8000/ http://example.org/ --timeout 5
//! ```

mod http;

use http::{Answer, Url};
use nix::errno::Errno;
use nix::sys::select::{FD_SETSIZE, FdSet, select};
use nix::sys::time::TimeVal;
use socket2::{Domain, Socket, Type};
use std::collections::BTreeSet;
use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "usage: select-http-get URL... [--timeout SECONDS]

A URL is like http://example.org:8000/path; the port 80 and the path / can be left out.
SECONDS is how long all of it may take; without it, it takes as long as it takes.";

/// The most that one recv takes.
const BUFFER_SIZE: usize = 16 * 1024;

/// One URL, and how far we are with it.
struct Transfer {
    url: Url,
    state: State,
}

/// What a transfer waits for.
enum State {
    /// Until the socket is writable: then it is connected, or that has failed.
    Connecting(Socket, SocketAddr),
    /// Until there is room for what is left of the request.
    Sending(Socket, Vec<u8>),
    /// For more than what there is of the response.
    Receiving(Socket, Vec<u8>),
    /// For nothing.
    Done(io::Result<Answer>),
}

fn main() -> ExitCode {
    let (urls, timeout) = match arguments() {
        Ok(arguments) => arguments,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(2);
        }
    };
    let transfers = urls.into_iter().map(begin).collect();
    match fetch(transfers, timeout).and_then(|transfers| report(&transfers)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What to fetch, and how long it may take; or what is wrong with the arguments.
fn arguments() -> Result<(Vec<Url>, Option<Duration>), String> {
    let (mut urls, mut timeout) = (Vec::new(), None);
    let mut arguments = env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        if argument == "--timeout" {
            let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
            let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            timeout = Some(duration.ok_or(USAGE)?);
        } else {
            urls.push(Url::parse(&argument)?);
        }
    }
    match urls.is_empty() {
        true => Err(USAGE.to_owned()),
        false => Ok((urls, timeout)),
    }
}

// ANCHOR: begin
/// Looks up a URL's host and begins to connect to it.
fn begin(url: Url) -> Transfer {
    let state = match look_up(&url).and_then(connect) {
        Ok((socket, address)) => State::Connecting(socket, address),
        Err(error) => State::Done(Err(error)),
    };
    Transfer { url, state }
}

/// A host's address. This blocks, where the host is a name: a lookup has no descriptor that we could
/// wait for. So all of them come before the loop, and the timeout does not count them.
fn look_up(url: &Url) -> io::Result<SocketAddr> {
    let host = url.host.trim_matches(['[', ']']);
    let addresses: Vec<SocketAddr> = (host, url.port)
        .to_socket_addrs()
        .map_err(|error| cannot(format!("look up {host}"), error))?
        .collect();
    // Many a host has an IPv6 address that nobody serves.
    let ipv4 = addresses.iter().find(|address| address.is_ipv4());
    let address = ipv4.or(addresses.first()).copied();
    address.ok_or_else(|| io::Error::other(format!("{host} has no address")))
}

/// A socket that is about to be connected.
fn connect(address: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    check_fits_in_set(&socket)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        // The kernel has only sent a SYN. Within one machine, it may have the answer already.
        Err(error) if error.raw_os_error() != Some(Errno::EINPROGRESS as i32) => {
            Err(cannot(format!("connect to {address}"), error))
        }
        _ => Ok((socket, address)),
    }
}
// ANCHOR_END: begin

/// A set has room for the descriptors 0 to 1023. Inserting a higher one would be a panic.
fn check_fits_in_set(socket: &Socket) -> io::Result<()> {
    let fd = socket.as_raw_fd();
    if fd < FD_SETSIZE as RawFd {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "select watches only descriptors below {FD_SETSIZE}, this one is {fd}"
    )))
}

// ANCHOR: fetch
/// Goes on with every transfer that is ready, until all are done or the time is over.
fn fetch(mut transfers: Vec<Transfer>, timeout: Option<Duration>) -> io::Result<Vec<Transfer>> {
    // A deadline stays where it is, however often select returns in between.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    while transfers.iter().any(|transfer| transfer.socket().is_some()) {
        let ready = wait(&transfers, deadline)?;
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let turn = |transfer: Transfer| match transfer.socket().map(AsRawFd::as_raw_fd) {
            Some(fd) if ready.contains(&fd) => transfer.go_on(),
            Some(_) if is_late => transfer.done(Err(ErrorKind::TimedOut.into())),
            _ => transfer,
        };
        transfers = transfers.into_iter().map(turn).collect();
    }
    Ok(transfers)
}
// ANCHOR_END: fetch

// ANCHOR: wait
/// Sleeps until a socket is ready, or several are, or the time is over; returns the numbers of those
/// that are ready.
fn wait(transfers: &[Transfer], deadline: Option<Instant>) -> io::Result<BTreeSet<RawFd>> {
    loop {
        // select leaves in the sets only what is ready, so each turn needs new ones. The same goes
        // for the timeout: Linux leaves in it what was left of it.
        let (mut readable, mut writable) = (FdSet::new(), FdSet::new());
        for transfer in transfers {
            match &transfer.state {
                State::Connecting(socket, _) | State::Sending(socket, _) => {
                    writable.insert(socket.as_fd());
                }
                State::Receiving(socket, _) => readable.insert(socket.as_fd()),
                State::Done(_) => {}
            }
        }
        let mut left = deadline.map(time_until);
        match select(None, &mut readable, &mut writable, None, &mut left) {
            Ok(_) => {
                let ready = readable.fds(None).chain(writable.fds(None));
                return Ok(ready.map(|fd| fd.as_raw_fd()).collect());
            }
            Err(Errno::EINTR) => {} // A signal: ask again.
            Err(errno) => return Err(cannot("wait in select", errno.into())),
        }
    }
}

/// How long it is until the deadline. Rounded up: rounded down, its last microsecond would be a spin.
fn time_until(deadline: Instant) -> TimeVal {
    let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_nanos(999);
    let seconds = i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
    TimeVal::new(seconds, left.subsec_micros().into())
}
// ANCHOR_END: wait

impl Transfer {
    /// The socket that it waits for; `None` when it is done.
    fn socket(&self) -> Option<&Socket> {
        match &self.state {
            State::Connecting(socket, _)
            | State::Sending(socket, _)
            | State::Receiving(socket, _) => Some(socket),
            State::Done(_) => None,
        }
    }

    fn done(self, outcome: io::Result<Answer>) -> Transfer {
        let state = State::Done(outcome);
        Transfer { state, ..self }
    }

    // ANCHOR: go_on
    /// Does what it has waited for; its socket is ready.
    fn go_on(self) -> Transfer {
        let Transfer { url, state } = self;
        let next = match state {
            State::Connecting(socket, address) => connected(socket, address, url.request()),
            State::Sending(socket, unsent) => send(socket, unsent),
            State::Receiving(socket, received) => receive(socket, received),
            State::Done(outcome) => Ok(State::Done(outcome)),
        };
        // One broken transfer is done; the others go on.
        let state = next.unwrap_or_else(|error| State::Done(Err(error)));
        Transfer { url, state }
    }
    // ANCHOR_END: go_on
}

// ANCHOR: connected
/// Writable means connected, or failed. SO_ERROR knows which.
fn connected(socket: Socket, address: SocketAddr, request: Vec<u8>) -> io::Result<State> {
    match socket.take_error()? {
        None => send(socket, request),
        Some(error) => Err(cannot(format!("connect to {address}"), error)),
    }
}
// ANCHOR_END: connected

/// Sends as much as the kernel has room for.
fn send(mut socket: Socket, mut unsent: Vec<u8>) -> io::Result<State> {
    match socket.write(&unsent) {
        Ok(count) => drop(unsent.drain(..count)),
        Err(error) => ignore_if_harmless(error, "send the request")?,
    }
    Ok(match unsent.is_empty() {
        true => State::Receiving(socket, Vec::new()),
        false => State::Sending(socket, unsent),
    })
}

// ANCHOR: receive
/// Takes what one recv brings: a few bytes, a piece of the body, or the end.
fn receive(mut socket: Socket, mut received: Vec<u8>) -> io::Result<State> {
    let mut buffer = [0; BUFFER_SIZE];
    let mut ended = false;
    match socket.read(&mut buffer) {
        Ok(0) => ended = true, // End of stream: the server will send nothing more.
        Ok(count) => received.extend_from_slice(&buffer[..count]),
        Err(error) => ignore_if_harmless(error, "receive the response")?,
    }
    Ok(match Answer::read(&received, ended)? {
        Some(answer) => State::Done(Ok(answer)),
        None => State::Receiving(socket, received),
    })
}
// ANCHOR_END: receive

/// Prints the bodies, and a line for each URL; returns whether all went well. Of a response that is
/// not complete, nothing is printed.
fn report(transfers: &[Transfer]) -> io::Result<bool> {
    let mut all_well = true;
    for Transfer { url, state } in transfers {
        match state {
            State::Done(Ok(answer)) => {
                let mut output = io::stdout().lock();
                let printed = output.write_all(&answer.body).and_then(|()| output.flush());
                printed.map_err(|error| cannot("print", error))?;
                eprintln!("{}: {} {}", url.text, answer.status, answer.reason);
                all_well &= (200..300).contains(&answer.status);
            }
            State::Done(Err(error)) => {
                eprintln!("{}: {error}", url.text);
                all_well = false;
            }
            _ => {} // fetch has left none of these.
        }
    }
    Ok(all_well)
}

/// A signal, or no readiness after all, is no error: select will tell when there is something.
fn ignore_if_harmless(error: io::Error, what: &str) -> io::Result<()> {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::WouldBlock => Ok(()),
        _ => Err(cannot(what, error)),
    }
}

/// The same error, with what could not be done because of it.
fn cannot(what: impl Display, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what}: {error}"))
}
