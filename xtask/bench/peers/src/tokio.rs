//! Lesson 10's server on tokio, with a task for each client and one thread for all of them.
//!
//! A task reads, and writes what it has read, as tokio's own example does. So it needs no queue: while it writes, it does not
//! read. Its buffer is as large as lesson 10's.
//!
//! ```text
//! peer-tokio 127.0.0.1:0
//! ```

use std::env;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

/// The most that one read takes.
const BUFFER_SIZE: usize = 4 * 1024;

fn main() -> io::Result<()> {
    let address = env::args().nth(1);
    let address = address.ok_or_else(|| io::Error::other("usage: peer-tokio ADDR"))?;
    let runtime = Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(serve(&address))
}

async fn serve(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, address) = listener.accept().await?;
        println!("accepted {address}");
        tokio::spawn(attend(socket, address));
    }
}

/// Serves a client until it ends.
async fn attend(socket: TcpStream, address: SocketAddr) {
    match converse(socket).await {
        Ok(()) => println!("closed {address}"),
        Err(error) => println!("closed {address}: {error}"),
    }
}

async fn converse(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        match socket.read(&mut buffer).await? {
            0 => return Ok(()),
            count => socket.write_all(&buffer[..count]).await?,
        }
    }
}
