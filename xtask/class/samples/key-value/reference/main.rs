//! A store of keys and values that tells who watches a key when its value changes.
//!
//! The reference solution. It is kept with the assignment, which students never see.

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::{Domain, Socket, Type};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::process::ExitCode;
use std::{env, mem};

const DEFAULT_ADDRESS: &str = "127.0.0.1:<<port>>";
const BACKLOG: i32 = 128;
const EVENTS: usize = 256;
const BUFFER_SIZE: usize = 16 * 1024;

/// The longest line, its line feed included.
const LINE_SIZE: usize = 1024;

/// The most that waits to be sent to one client.
const QUEUE_SIZE: usize = 64 * 1024;

/// The most keys that there may be.
const KEYS: usize = <<keys>>;

/// A connected client. Dropping it closes the connection.
struct Client {
    socket: Socket,
    address: SocketAddr,
    /// What has come of a line that is not whole yet.
    line: Vec<u8>,
    /// What it is owed.
    queue: VecDeque<u8>,
    /// The keys whose changes it is told of. They go with it.
    watching: BTreeSet<Vec<u8>>,
    at_end: bool,
    watched_for: EpollFlags,
    /// Why it is to be closed, if it is.
    leaving: Option<io::Error>,
}

type Clients = BTreeMap<RawFd, Client>;
type Store = BTreeMap<Vec<u8>, Vec<u8>>;

fn main() -> ExitCode {
    let address = env::args().nth(1).unwrap_or(DEFAULT_ADDRESS.into());
    let Ok(address) = address.parse() else {
        eprintln!("usage: key-value [ADDR]");
        return ExitCode::from(2);
    };
    match listen(address).and_then(|listener| serve(&listener)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{address}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    listener.set_reuse_address(true)?;
    listener.bind(&address.into())?;
    listener.listen(BACKLOG)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.as_socket().unwrap_or(address);
    println!("listening on {address}");
    Ok(listener)
}

fn serve(listener: &Socket) -> io::Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(listener, EpollEvent::new(EpollFlags::EPOLLIN, u64::MAX))?;
    let mut clients = Clients::new();
    let mut store = Store::new();
    let mut events = [EpollEvent::empty(); EVENTS];
    loop {
        let count = match epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(count) => count,
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno.into()),
        };
        let mut somebody_waits = false;
        for event in &events[..count] {
            match event.data() {
                u64::MAX => somebody_waits = true,
                fd => turn(fd as RawFd, &mut clients, &mut store),
            }
        }
        // Whoever was told something is sent it now, and who cannot be sent it is closed: after all
        // turns, so that no event is left that could be taken for a newcomer's.
        for client in clients.values_mut() {
            if let Err(error) = settle(client, &epoll) {
                client.leaving = Some(error);
            }
        }
        clients.retain(|_, client| stays(client));
        if somebody_waits {
            admit(listener, &epoll, &mut clients)?;
        }
    }
}

/// Whether a client stays; if not, says so.
fn stays(client: &Client) -> bool {
    let address = client.address;
    match &client.leaving {
        Some(reason) => println!("closed {address}: {reason}"),
        None if client.at_end && client.queue.is_empty() => println!("closed {address}"),
        None => return true,
    }
    false
}

fn admit(listener: &Socket, epoll: &Epoll, clients: &mut Clients) -> io::Result<()> {
    let (socket, address) = match listener.accept() {
        Ok((socket, address)) => (socket, address),
        Err(error) if error.raw_os_error() == Some(Errno::EMFILE as i32) => return Err(error),
        Err(_) => return Ok(()), // The connection broke while it waited for us.
    };
    let Some(address) = address.as_socket() else {
        return Ok(());
    };
    socket.set_nonblocking(true)?;
    let fd = socket.as_raw_fd();
    let watched_for = EpollFlags::EPOLLIN;
    epoll.add(&socket, EpollEvent::new(watched_for, fd as u64))?;
    println!("accepted {address}");
    let client = Client {
        socket,
        address,
        line: Vec::new(),
        queue: VecDeque::new(),
        watching: BTreeSet::new(),
        at_end: false,
        watched_for,
        leaving: None,
    };
    clients.insert(fd, client);
    Ok(())
}

/// Does what the lines ask for that one recv of this client makes whole.
fn turn(fd: RawFd, clients: &mut Clients, store: &mut Store) {
    let Some(client) = clients.get_mut(&fd) else {
        return;
    };
    let mut lines = Vec::new();
    if let Err(error) = receive(client, &mut lines) {
        client.leaving = Some(error);
    }
    for line in lines {
        obey(fd, &line, clients, store);
    }
}

/// Takes what one recv brings, and the lines that it makes whole.
fn receive(client: &mut Client, lines: &mut Vec<Vec<u8>>) -> io::Result<()> {
    if client.at_end {
        return Ok(());
    }
    let mut buffer = [0; BUFFER_SIZE];
    let count = match client.socket.read(&mut buffer) {
        Ok(count) => count,
        Err(error) if is_no_failure(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    client.at_end = count == 0;
    for &byte in &buffer[..count] {
        if client.line.len() == LINE_SIZE {
            return Err(io::Error::other("the line is too long"));
        }
        match byte {
            b'\n' => lines.push(mem::take(&mut client.line)),
            byte => client.line.push(byte),
        }
    }
    if client.line.len() == LINE_SIZE {
        return Err(io::Error::other("the line is too long"));
    }
    Ok(())
}

/// Does what a line asks for.
fn obey(fd: RawFd, line: &[u8], clients: &mut Clients, store: &mut Store) {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let answer = match (words.next(), words.next(), words.next()) {
        (Some(b"set"), Some(key), Some(value)) if !key.is_empty() => {
            if store.len() == KEYS && !store.contains_key(key) {
                b"full\n".to_vec()
            } else {
                store.insert(key.to_vec(), value.to_vec());
                tell_watchers(fd, key, value, clients);
                b"ok\n".to_vec()
            }
        }
        (Some(b"get"), Some(key), None) => match store.get(key) {
            Some(value) => [b"is ", value.as_slice(), b"\n"].concat(),
            None => b"none\n".to_vec(),
        },
        (Some(b"watch"), Some(key), None) if !key.is_empty() => {
            if let Some(client) = clients.get_mut(&fd) {
                client.watching.insert(key.to_vec());
            }
            b"ok\n".to_vec()
        }
        _ => b"error\n".to_vec(),
    };
    if let Some(client) = clients.get_mut(&fd) {
        client.queue.extend(answer);
    }
}

/// Tells all who watch the key, but for the one who has set it.
fn tell_watchers(setter: RawFd, key: &[u8], value: &[u8], clients: &mut Clients) {
    let notice = [b"changed ", key, b" ", value, b"\n"].concat();
    for (fd, client) in clients {
        if *fd != setter && !client.at_end && client.watching.contains(key) {
            client.queue.extend(&notice);
        }
    }
}

/// Sends what can be sent, and has the client watched for what it needs then.
fn settle(client: &mut Client, epoll: &Epoll) -> io::Result<()> {
    if let Some(error) = client.leaving.take() {
        return Err(error);
    }
    while !client.queue.is_empty() {
        let (first, _) = client.queue.as_slices();
        match client.socket.write(first) {
            Ok(count) => drop(client.queue.drain(..count)),
            Err(error) if is_no_failure(&error) => break,
            Err(error) => return Err(error),
        }
    }
    if client.queue.len() > QUEUE_SIZE {
        return Err(io::Error::other("it does not read"));
    }
    let mut events = EpollFlags::empty();
    events.set(EpollFlags::EPOLLIN, !client.at_end);
    events.set(EpollFlags::EPOLLOUT, !client.queue.is_empty());
    if events != client.watched_for {
        let mut event = EpollEvent::new(events, client.socket.as_raw_fd() as u64);
        epoll.modify(&client.socket, &mut event)?;
        client.watched_for = events;
    }
    Ok(())
}

fn is_no_failure(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}
