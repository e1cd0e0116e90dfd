//! What a program reads.

use crate::actors;
use crate::support::{Test, await_exit, await_output, whole_output};
use harness::program::{Exit, Input, Launch, Program, StartError};
use libtest_mimic::Failed;
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The tests of this file.
pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_program_reads_a_pipe", a_program_reads_a_pipe),
    ("a_program_reads_a_file", a_program_reads_a_file),
    ("a_program_reads_a_terminal", a_program_reads_a_terminal),
    ("a_terminal_interrupts", a_terminal_interrupts),
    ("a_terminal_hangs_up", a_terminal_hangs_up),
    (
        "what_cannot_start_in_a_terminal_says_so",
        what_cannot_start_in_a_terminal_says_so,
    ),
];

fn start(part: &[&str], input: Input<'_>) -> Result<Program, StartError> {
    let launch = Launch {
        command: &actors::command(part),
        directory: Path::new(env!("CARGO_MANIFEST_DIR")),
        open_files: 1024,
    };
    Program::start_with_input(&launch, input)
}

fn a_program_reads_a_pipe() -> Result<(), Failed> {
    let (reader, mut writer) = io::pipe()?;
    let mut program = start(&["repeats"], Input::From(reader.as_fd()))?;
    drop(reader);
    writer.write_all(b"one\ntwo")?;
    drop(writer);
    assert_eq!(whole_output(&mut program)?, "one\ntwo");
    assert_eq!(await_exit(&mut program)?, Exit::Status(0));
    Ok(())
}

fn a_program_reads_a_file() -> Result<(), Failed> {
    let mut file = tempfile::tempfile()?;
    file.write_all(b"from a file")?;
    file.rewind()?;
    let mut program = start(&["repeats"], Input::From(file.as_fd()))?;
    assert_eq!(whole_output(&mut program)?, "from a file");
    Ok(())
}

/// Both ends of a new terminal, the user's first.
fn terminal() -> Result<(OwnedFd, File), Failed> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let slave = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOCTTY)
        .open(name.to_str()?)?;
    Ok((master, slave))
}

fn await_line(program: &mut Program, line: &str) -> Result<(), Failed> {
    while !program.output().lines().any(|printed| printed == line) {
        if !await_output(program)? {
            return Err(format!("it ended without {line}").into());
        }
        program.output().drain()?;
    }
    Ok(())
}

fn a_program_reads_a_terminal() -> Result<(), Failed> {
    let (master, slave) = terminal()?;
    let mut program = start(&["terminal"], Input::Terminal(slave.as_fd()))?;
    await_line(&mut program, "true true")?;
    rustix::io::write(&master, b"typed\n")?;
    await_line(&mut program, "typed")?;
    rustix::io::write(&master, b"\x04")?; // Ctrl-D
    assert_eq!(await_exit(&mut program)?, Exit::Status(0));
    Ok(())
}

fn a_terminal_interrupts() -> Result<(), Failed> {
    let (master, slave) = terminal()?;
    let mut program = start(&["terminal"], Input::Terminal(slave.as_fd()))?;
    await_line(&mut program, "true true")?;
    rustix::io::write(&master, b"\x03")?; // Ctrl-C
    let by_int = Exit::Signal(Signal::INT.as_raw());
    assert_eq!(await_exit(&mut program)?, by_int);
    Ok(())
}

fn a_terminal_hangs_up() -> Result<(), Failed> {
    let (master, slave) = terminal()?;
    let mut program = start(&["terminal"], Input::Terminal(slave.as_fd()))?;
    await_line(&mut program, "true true")?;
    drop(master);
    let by_hup = Exit::Signal(Signal::HUP.as_raw());
    assert_eq!(await_exit(&mut program)?, by_hup);
    Ok(())
}

fn what_cannot_start_in_a_terminal_says_so() -> Result<(), Failed> {
    let (_master, slave) = terminal()?;
    let launch = Launch {
        command: &["./no-such-program".into()],
        directory: Path::new(env!("CARGO_MANIFEST_DIR")),
        open_files: 1024,
    };
    let mut program = Program::start_with_input(&launch, Input::Terminal(slave.as_fd()))?;
    assert_eq!(await_exit(&mut program)?, Exit::Status(127));
    while await_output(&mut program)? {
        program.output().drain()?;
    }
    let said = program.output().stderr().into_owned();
    assert!(said.contains("cannot start"), "{said}");
    Ok(())
}
