//! Programs that never serve anybody.

use super::quirks::Quirks;
use super::{Done, listen, nap, say, start};
use rustix::process::{Signal, getpid, kill_process, setsid};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Plays one of them. What they need more is in `quirks`: a number, or words to say.
pub(super) fn act(part: &str, quirks: &Quirks, addresses: &[SocketAddr]) -> Done {
    let words = quirks.words.join(" ");
    let first = || addresses.first().copied().ok_or("no address");
    match part {
        "exits" => process::exit(words.parse()?),
        "fails" => {
            eprintln!("{words}");
            process::exit(1);
        }
        "panics" => panic!("{words}"),
        "is-killed" => kill_process(getpid(), Signal::KILL)?,
        "spins" => loop {
            std::hint::spin_loop();
        },
        "stays" => stays(),
        "sleeps-for-ever" => nap(Duration::from_secs(1_000_000_000)),
        "accepts-in-secret" => drop(TcpListener::bind(first()?)?.accept()?),
        "says" => {
            say(&words)?;
            stays();
        }
        "says-half" => {
            write!(io::stdout(), "{words}")?;
            io::stdout().flush()?;
            stays();
        }
        "says-on-stderr" => {
            eprintln!("{words}");
            stays();
        }
        "forgets-port" => {
            let listener = TcpListener::bind(first()?)?;
            say(&format!("listening on {}", first()?))?;
            stays();
            drop(listener);
        }
        "listens-once" => {
            let listener = listen(first()?)?;
            stays();
            drop(listener);
        }
        "listens-elsewhere" => {
            let listener = listen(words.parse()?)?;
            stays();
            drop(listener);
        }
        "listens-and-exits" => {
            drop(listen(first()?)?);
            process::exit(words.parse()?);
        }
        "floods" => floods()?,
        "listens-and-floods" => {
            let listener = listen(first()?)?;
            floods()?;
            drop(listener);
        }
        "leaves-children" => leaves_children(&quirks.mark)?,
        "stubborn" => stubborn()?,
        "daemon-starter" => {
            setsid()?;
            start(&quirks.mark, "stubborn")?;
        }
        _ => return Err(format!("there is no part {part}").into()),
    }
    Ok(())
}

fn stays() {
    loop {
        thread::park();
    }
}

/// Gigabytes, as fast as somebody takes them.
fn floods() -> Done {
    let flood = "a line of the flood\n".repeat(5000);
    loop {
        io::stdout().write_all(flood.as_bytes())?;
        io::stderr().write_all(flood.as_bytes())?;
    }
}

/// Children that do not obey, one of them by a double fork and in a session of its own; then it ends.
fn leaves_children(mark: &str) -> Done {
    start(mark, "stubborn")?;
    start(mark, "daemon-starter")?.wait()?;
    process::exit(0);
}

/// Ends of SIGKILL only.
fn stubborn() -> Done {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        signal_hook::flag::register(signal.as_raw(), Arc::default())?;
    }
    stays();
    Ok(())
}
