//! The programs that the tests start: this test binary, run with `act` and a part to play.

use crate::support::{await_readable, start, whole_output};
use rustix::process::{
    PidfdFlags, Resource, Signal, getpid, getrlimit, kill_process, pidfd_open, setsid,
};
use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::sync::Arc;
use std::{env, fs, process, thread};

type Done = Result<(), Box<dyn Error>>;

/// The command that plays `part`.
pub(crate) fn command(part: &[&str]) -> Vec<std::ffi::OsString> {
    let this = env::current_exe().expect("this test's binary has a path");
    let mut command = vec![this.into(), "act".into()];
    command.extend(part.iter().map(Into::into));
    command
}

/// Plays a part. `witness`, where there is one, is the path of a socket that tells the test who is alive.
pub(crate) fn act(part: &[&str]) -> Done {
    match *part {
        ["exit", status] => process::exit(status.parse()?),
        ["dies"] => Ok(kill_process(getpid(), Signal::TERM)?),
        ["says", words] => Ok(writeln!(io::stdout(), "{words}")?),
        ["says badly"] => Ok(io::stdout().write_all(b"caf\xe9\nopen")?),
        ["floods"] => floods(),
        ["limits"] => limits(),
        ["signals"] => signals(),
        ["descriptors"] => descriptors(),
        ["backtrace"] => {
            println!("{:?}", env::var("RUST_BACKTRACE"));
            Ok(())
        }
        ["repeats"] => {
            io::copy(&mut io::stdin(), &mut io::stdout())?;
            Ok(())
        }
        ["terminal"] => terminal(),
        ["stays", witness] => stays(witness),
        ["threads", witness] => {
            (0..20).for_each(|_| drop(thread::spawn(thread::park)));
            stays(witness)
        }
        ["stubborn", witness] => {
            setsid()?;
            for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
                signal_hook::flag::register(signal.as_raw(), Arc::default())?;
            }
            stays(witness)
        }
        ["parent", witness] => {
            let children = [(); 3].map(|()| plays(&["stubborn", witness]));
            let stayed = stays(witness);
            children.into_iter().flatten().for_each(wait_for);
            stayed
        }
        ["daemon's parent", witness] => {
            wait_for(plays(&["daemon's starter", witness])?);
            stays(witness)
        }
        ["daemon's starter", witness] => {
            let _ = setsid(); // It may be the program itself, which leads a group already.
            leave(plays(&["stays", witness])?)
        }
        ["runaway", witness] => {
            let _ = setsid();
            let _ = UnixStream::connect(witness);
            leave(plays(&["runaway", witness])?)
        }
        ["harness", witness] => is_harness(witness),
        ["relay", ref part @ ..] => relays(part),
        ["one after another"] => starts_one_after_another(),
        _ => Err(format!("there is no part {part:?}").into()),
    }
}

fn plays(part: &[&str]) -> io::Result<Child> {
    let words = command(part);
    Command::new(&words[0]).args(&words[1..]).spawn()
}

fn wait_for(mut child: Child) {
    let _ = child.wait();
}

/// Ends without waiting for the child, which becomes an orphan.
fn leave(_child: Child) -> Done {
    process::exit(0)
}

/// Shows the witness who it is, and stays for ever.
fn stays(witness: &str) -> Done {
    let mut witness = UnixStream::connect(witness)?;
    witness.write_all(&process::id().to_ne_bytes())?;
    loop {
        thread::park();
    }
}

fn floods() -> Done {
    let flood = "a line of the flood\n".repeat(5000);
    loop {
        io::stdout().write_all(flood.as_bytes())?;
        io::stderr().write_all(flood.as_bytes())?;
    }
}

fn limits() -> Done {
    let limit = getrlimit(Resource::Nofile);
    Ok(writeln!(
        io::stdout(),
        "{:?} {:?}",
        limit.current,
        limit.maximum
    )?)
}

/// Whether standard input is the controlling terminal, and this the process group in front of it.
fn terminal() -> Done {
    let in_front = rustix::termios::tcgetpgrp(io::stdin()).ok();
    let leader = rustix::process::getsid(None).ok();
    let own = Some(getpid());
    println!("{} {}", in_front == own, leader == own);
    repeats_lines()
}

/// Says each line again, as soon as it has come.
fn repeats_lines() -> Done {
    for line in io::stdin().lines() {
        println!("{}", line?);
    }
    Ok(())
}

/// The signals that are ignored, and those that are blocked, as in proc(5).
fn signals() -> Done {
    let status = fs::read_to_string("/proc/self/status")?;
    let masks = status
        .lines()
        .filter(|line| line.starts_with("SigIgn") || line.starts_with("SigBlk"));
    masks.for_each(|mask| println!("{mask}"));
    Ok(())
}

fn descriptors() -> Done {
    Ok(writeln!(io::stdout(), "{:?}", open_descriptors()?)?)
}

/// The numbers of this process's descriptors, in order, without the one that looking takes.
fn open_descriptors() -> io::Result<Vec<u32>> {
    let folder = fs::read_dir("/proc/self/fd")?;
    let numbers = folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut numbers: Vec<u32> = numbers.collect();
    // The folder's own descriptor is closed by now.
    numbers.retain(|number| fs::symlink_metadata(format!("/proc/self/fd/{number}")).is_ok());
    numbers.sort_unstable();
    Ok(numbers)
}

/// Starts a program as the harness does, says who its keeper is, and waits to be killed or interrupted.
fn is_harness(witness: &str) -> Done {
    // Whoever started the tests in the background has had a shell ignore this signal, and all that they start inherits that.
    let interrupted = 128 + Signal::INT.as_raw();
    let at_once = Arc::new(true.into());
    signal_hook::flag::register_conditional_shutdown(Signal::INT.as_raw(), interrupted, at_once)?;
    let program = start(&["parent", witness])?;
    writeln!(io::stdout(), "{}", program.keeper_pid().as_raw_nonzero())?;
    loop {
        thread::park();
    }
}

/// Starts a program as the harness does, and passes its output on.
fn relays(part: &[&str]) -> Done {
    let mut program = start(part)?;
    let output = whole_output(&mut program)?;
    Ok(io::stdout().write_all(output.as_bytes())?)
}

/// Starts programs as the harness does, and says what they are like and how many keepers they have had; then one more, after
/// somebody has killed the keeper.
fn starts_one_after_another() -> Done {
    let mut keepers = HashSet::new();
    for part in ["descriptors", "limits", "signals"].repeat(2) {
        let mut program = start(&[part])?;
        keepers.insert(program.keeper_pid());
        print!("{}", whole_output(&mut program)?);
    }
    println!("{}", keepers.len());
    for keeper in keepers {
        let end = pidfd_open(keeper, PidfdFlags::empty())?;
        kill_process(keeper, Signal::KILL)?;
        await_readable(end.as_fd()).map_err(|_| "it does not end")?;
    }
    print!("{}", whole_output(&mut start(&["says", "still here"])?)?);
    Ok(())
}
