//! Two listeners with SO_REUSEPORT share a port. One of them is closed before it has accepted anybody.

use socket2::{Domain, SockAddr, Socket, Type};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

const CLIENTS: u8 = 200;

fn main() -> io::Result<()> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let first = listener(&any.into())?;
    let address = first.local_addr()?;
    let second = listener(&address)?;

    let address = address.as_socket().unwrap_or(any);
    let clients: io::Result<Vec<TcpStream>> =
        (0..CLIENTS).map(|_| TcpStream::connect(address)).collect();
    let clients = clients?;
    println!("connected, and nobody has been accepted: {}", clients.len());

    drop(first);
    second.set_nonblocking(true)?;
    let accepted = std::iter::from_fn(|| second.accept().ok()).count();
    let mut reset = 0;
    for mut client in clients {
        client.set_nonblocking(true)?;
        let error = client.read(&mut [0]).map_err(|error| error.kind());
        reset += usize::from(error == Err(io::ErrorKind::ConnectionReset));
    }
    println!("the second listener has {}", percent(accepted));
    println!("reset, when the first one was closed: {}", percent(reset));
    println!(
        "lost without a word: {}",
        usize::from(CLIENTS) - accepted - reset
    );
    Ok(())
}

fn listener(address: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_port(true)?;
    socket.bind(address)?;
    socket.listen(i32::from(CLIENTS))?;
    Ok(socket)
}

/// How many of the clients that is.
fn percent(count: usize) -> String {
    format!("{:.1} %", 100.0 * count as f64 / f64::from(CLIENTS))
}
