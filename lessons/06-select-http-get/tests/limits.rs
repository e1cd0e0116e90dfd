//! A socket with a descriptor beyond FD_SETSIZE. A script cannot have one: its client starts with three open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::error::Error;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Command, Stdio};

/// The first descriptor that a set has no room for: FD_SETSIZE.
const TOO_HIGH: i32 = 1024;

/// Takes all descriptors below that from the programs that are started from now on; `None`, in words, where the system does
/// not allow as many.
fn take_the_low_ones() -> Result<Option<Vec<OwnedFd>>, Box<dyn Error>> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = TOO_HIGH as u64 + 100;
    if limit.maximum.is_some_and(|maximum| maximum < wanted) {
        eprintln!("skipped: `ulimit -Hn` is below {wanted}");
        return Ok(None);
    }
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(wanted),
            ..limit
        },
    )?;
    // Unlike the standard library's, the copies that dup makes are inherited (dup(2)).
    let mut taken = vec![rustix::io::dup(std::io::stdin())?];
    while taken
        .last()
        .is_some_and(|last| last.as_raw_fd() < TOO_HIGH - 1)
    {
        taken.push(rustix::io::dup(std::io::stdin())?);
    }
    Ok(Some(taken))
}

#[test]
fn a_socket_that_select_has_no_room_for_is_refused_in_words() -> Result<(), Box<dyn Error>> {
    let Some(_taken) = take_the_low_ones()? else {
        return Ok(());
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let output = Command::new(env!("CARGO_BIN_EXE_select-http-get"))
        .arg(format!("http://{}/", listener.local_addr()?))
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("select watches only descriptors below 1024, this one is 1024"),
        "{said}"
    );
    Ok(())
}
