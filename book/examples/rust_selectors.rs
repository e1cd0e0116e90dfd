//! What lesson 08's selector and Rust's sockets say in situations that everybody meets. python_selectors.py asks the same.

use selectors::{Events, PollSelector, Selector};
use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

fn main() -> io::Result<()> {
    let mut selector: Selector<UnixStream, &str> = Selector::new(PollSelector);
    let (mut ada, server) = UnixStream::pair()?;
    server.set_nonblocking(true)?;
    let copy = server.try_clone()?;
    let token = selector.register(server, Events::READ, "ada")?;

    show(
        "select, and nobody is ready",
        selector.select(Some(Duration::ZERO))?,
    );
    ada.write_all(b"hi")?;
    let ready = selector.select(None)?;
    let (token_of_ready, events) = ready[0];
    let key = selector.get_key(token_of_ready)?;
    show(
        "select, and ada has sent something",
        (key.data, events.to_read()),
    );
    show("recv", (&key.source).read(&mut [0; 10]));
    show(
        "recv, and nothing is there",
        kind((&key.source).read(&mut [0; 10])),
    );

    selector.modify(token, Events::BOTH, "ada, both")?;
    show("modify, then get_key", selector.get_key(token)?.data);
    drop(ada);
    show("recv at the end", (&copy).read(&mut [0; 10]));
    show("send to who is gone", kind((&copy).write(b"hi")));

    let key = selector.unregister(token)?;
    show("unregister gives back", key.data);
    show("unregister again", kind(selector.unregister(token)));
    show("get_map", selector.get_map().len());
    show(
        "connect to a closed port",
        kind(TcpStream::connect("127.0.0.1:1")),
    );
    Ok(())
}

/// What kind of error it is.
fn kind<T>(result: io::Result<T>) -> Option<io::ErrorKind> {
    result.err().map(|error| error.kind())
}

fn show(situation: &str, what: impl Debug) {
    println!("{situation:37}{what:?}");
}
