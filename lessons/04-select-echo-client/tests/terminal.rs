//! The client at a terminal, with lesson 01's server at the other end: two real programs and a user.

use harness::build;
use harness::program::{Exit, Input, Launch, Program, serve_if_asked};
use libtest_mimic::{Arguments, Failed, Trial};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::ExitCode;

/// Longer than anything here takes on a busy machine.
const FOREVER: Timespec = Timespec {
    tv_sec: 20,
    tv_nsec: 0,
};

fn main() -> ExitCode {
    serve_if_asked();
    let test = Trial::test("a_user_talks_to_lesson_01", a_user_talks_to_lesson_01);
    libtest_mimic::run(&Arguments::from_args(), vec![test]).exit_code()
}

fn a_user_talks_to_lesson_01() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = folder.ancestors().nth(2).ok_or("no workspace")?;
    let server = build::programs(root, &["blocking-echo"])?
        .remove("blocking-echo")
        .ok_or("no server")?;
    let mut server = start(&[server.into(), "127.0.0.1:0".into()], Input::Nothing)?;
    let line = next_line(&mut server)?;
    let address = line.strip_prefix("listening on ").ok_or(line.clone())?;

    let (user, terminal) = terminal()?;
    let client = env!("CARGO_BIN_EXE_select-echo-client");
    let input = Input::Terminal(terminal.as_fd());
    let mut client = start(&[client.into(), address.into()], input)?;
    for line in ["hello", "grüße", "a third line"] {
        rustix::io::write(&user, format!("{line}\n").as_bytes())?;
        assert_eq!(next_line(&mut client)?, line);
    }
    rustix::io::write(&user, b"\x04")?; // Ctrl-D
    while client.exit().is_none() {
        wait(&client)?;
    }
    assert_eq!(client.exit(), Some(Exit::Status(0)));
    let accepted = next_line(&mut server)?;
    let closed = next_line(&mut server)?;
    let of_client = accepted.strip_prefix("accepted ").ok_or("not accepted")?;
    let of_client = of_client
        .strip_suffix(", number 1")
        .ok_or("not the first")?;
    assert_eq!(closed, format!("closed {of_client}"));
    Ok(())
}

fn start(command: &[OsString], input: Input<'_>) -> Result<Program, Failed> {
    let launch = Launch {
        command,
        directory: Path::new(env!("CARGO_MANIFEST_DIR")),
        open_files: 1024,
    };
    Ok(Program::start_with_input(&launch, input)?)
}

/// The user's end of a new terminal, and the program's.
fn terminal() -> Result<(OwnedFd, OwnedFd), Failed> {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&user)?;
    unlockpt(&user)?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let terminal = rustix::fs::open(ptsname(&user, Vec::new())?, flags, Mode::empty())?;
    Ok((user, terminal))
}

/// The next line that a program prints.
fn next_line(program: &mut Program) -> Result<String, Failed> {
    loop {
        if let Some(line) = program.output().take_line(0) {
            return Ok(line);
        }
        wait(program)?;
        if program.output().drain()? == 0 && program.exit().is_some() {
            let said = program.output().stderr().into_owned();
            return Err(format!("it ended without another line; stderr: {said}").into());
        }
    }
}

/// Waits until a program has printed something, or has ended.
fn wait(program: &Program) -> Result<(), Failed> {
    let mut watched: Vec<PollFd> = program
        .watched()
        .map(|descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN))
        .collect();
    match poll(&mut watched, Some(&FOREVER))? {
        0 => Err("nothing came".into()),
        _ => Ok(()),
    }
}
