//! A program that the harness starts is its own from the first moment to the last.

mod actors;

use harness::program::{Exit, Launch, Program, StartError, serve_if_asked};
use libtest_mimic::{Arguments, Failed, Trial};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Resource, Signal, getrlimit, pidfd_open};
use rustix::process::{kill_process, kill_process_group};
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::{env, fs, thread};

/// What nothing here takes unless it hangs.
const FOREVER: Timespec = Timespec {
    tv_sec: 20,
    tv_nsec: 0,
};

type Test = fn() -> Result<(), Failed>;

const TESTS: &[(&str, Test)] = &[
    ("how_a_program_ends_is_told", how_a_program_ends_is_told),
    (
        "a_program_that_ended_still_has_its_number",
        a_program_that_ended_still_has_its_number,
    ),
    (
        "what_cannot_be_started_is_said_in_a_sentence",
        what_cannot_be_started_is_said_in_a_sentence,
    ),
    (
        "output_comes_in_lines_and_need_not_be_text",
        output_comes_in_lines_and_need_not_be_text,
    ),
    (
        "a_flood_is_taken_in_small_portions_and_forgotten",
        a_flood_is_taken_in_small_portions_and_forgotten,
    ),
    (
        "a_program_may_open_as_many_files_as_it_was_given",
        a_program_may_open_as_many_files_as_it_was_given,
    ),
    (
        "a_program_starts_with_its_signals_at_default",
        a_program_starts_with_its_signals_at_default,
    ),
    (
        "a_program_inherits_no_descriptor_of_anybody",
        a_program_inherits_no_descriptor_of_anybody,
    ),
    ("a_signal_reaches_the_program", a_signal_reaches_the_program),
    (
        "stubborn_children_end_with_the_program",
        stubborn_children_end_with_the_program,
    ),
    (
        "children_of_a_program_that_ended_end_too",
        children_of_a_program_that_ended_end_too,
    ),
    (
        "a_daemon_ends_with_the_program",
        a_daemon_ends_with_the_program,
    ),
    (
        "a_program_that_runs_away_is_caught",
        a_program_that_runs_away_is_caught,
    ),
    (
        "descendants_are_seen_as_they_come_and_go",
        descendants_are_seen_as_they_come_and_go,
    ),
    (
        "an_orphan_is_a_descendant_and_a_thread_is_none",
        an_orphan_is_a_descendant_and_a_thread_is_none,
    ),
    (
        "nothing_outlives_a_harness_that_was_killed",
        nothing_outlives_a_harness_that_was_killed,
    ),
    (
        "nothing_outlives_a_harness_that_was_interrupted",
        nothing_outlives_a_harness_that_was_interrupted,
    ),
    (
        "nothing_outlives_a_keeper_that_was_killed",
        nothing_outlives_a_keeper_that_was_killed,
    ),
    (
        "a_keeper_obeys_no_signal_but_kill",
        a_keeper_obeys_no_signal_but_kill,
    ),
];

fn main() -> ExitCode {
    serve_if_asked();
    let arguments: Vec<String> = env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    if let ["act", part @ ..] = &words[..] {
        return match actors::act(part) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{part:?}: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let trials = TESTS.iter().map(|(name, test)| Trial::test(*name, *test));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn start(part: &[&str]) -> Result<Program, StartError> {
    start_command(&actors::command(part))
}

fn start_command(command: &[OsString]) -> Result<Program, StartError> {
    Program::start(&Launch {
        command,
        directory: Path::new(env!("CARGO_MANIFEST_DIR")),
        open_files: 1024,
    })
}

/// Waits until there is something to read, or the end.
fn await_readable(fd: BorrowedFd<'_>) -> Result<(), Failed> {
    match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&FOREVER))? {
        0 => Err("nothing came".into()),
        _ => Ok(()),
    }
}

fn await_exit(program: &mut Program) -> Result<Exit, Failed> {
    loop {
        await_readable(program.control_fd())?;
        if let Some(exit) = program.exit() {
            return Ok(exit);
        }
    }
}

/// Waits until there is some output, or an end of it; false after the last.
fn await_output(program: &mut Program) -> io::Result<bool> {
    let pipes = program.output().pipes();
    let mut pipes: Vec<PollFd> = pipes
        .map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN))
        .collect();
    if pipes.is_empty() {
        return Ok(false);
    }
    match poll(&mut pipes, Some(&FOREVER))? {
        0 => Err(io::Error::other("nothing came")),
        _ => Ok(true),
    }
}

/// All of a short standard output, when it has ended.
fn whole_output(program: &mut Program) -> io::Result<String> {
    while await_output(program)? {
        program.output().drain()?;
    }
    Ok(program.output().stdout().into_owned())
}

/// Sees whom a program starts, and that they are gone: each that lives is connected to this socket.
struct Witness {
    _folder: tempfile::TempDir,
    path: PathBuf,
    listener: UnixListener,
}

impl Witness {
    fn new() -> Result<Witness, Failed> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("witness");
        Ok(Witness {
            listener: UnixListener::bind(&path)?,
            _folder: folder,
            path,
        })
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap_or_default()
    }

    /// Waits until so many have come.
    fn await_living(&self, count: usize) -> Result<Vec<(Pid, UnixStream)>, Failed> {
        let mut living = Vec::new();
        while living.len() < count {
            await_readable(self.listener.as_fd())?;
            let (mut stream, _) = self.listener.accept()?;
            let mut number = [0; 4];
            stream.read_exact(&mut number)?;
            let pid =
                Pid::from_raw(i32::from_ne_bytes(number)).ok_or("a process without a number")?;
            living.push((pid, stream));
        }
        Ok(living)
    }

    /// Nobody who was given this witness is left, at this very moment; a zombie has no command line any more.
    #[track_caller]
    fn assert_nobody_left(&self) {
        let folders = fs::read_dir("/proc").expect("there is /proc");
        for folder in folders.flatten() {
            let command = fs::read(folder.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command);
            assert!(!command.contains(self.path()), "left: {command:?}");
        }
    }
}

/// Waits until all these have ended.
fn await_ends(living: Vec<(Pid, UnixStream)>) -> Result<(), Failed> {
    for (_, mut stream) in living {
        await_readable(stream.as_fd())?;
        assert_eq!(stream.read(&mut [0])?, 0);
    }
    Ok(())
}

fn pids(living: &[(Pid, UnixStream)]) -> HashSet<Pid> {
    living.iter().map(|(pid, _)| *pid).collect()
}

fn how_a_program_ends_is_told() -> Result<(), Failed> {
    assert_eq!(await_exit(&mut start(&["exit", "0"])?)?, Exit::Status(0));
    assert_eq!(
        await_exit(&mut start(&["exit", "101"])?)?,
        Exit::Status(101)
    );
    let by_term = Exit::Signal(Signal::TERM.as_raw());
    assert_eq!(await_exit(&mut start(&["dies"])?)?, by_term);
    Ok(())
}

fn a_program_that_ended_still_has_its_number() -> Result<(), Failed> {
    let mut program = start(&["exit", "0"])?;
    await_exit(&mut program)?;
    let stat = fs::read_to_string(format!("/proc/{}/stat", program.pid().as_raw_nonzero()))?;
    assert!(stat.contains(") Z "), "{stat}");
    program.signal(Signal::INT)?;
    assert_eq!(program.exit(), Some(Exit::Status(0)));
    Ok(())
}

fn what_cannot_be_started_is_said_in_a_sentence() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str, mode, text: &str| -> io::Result<String> {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        Ok(path.to_string_lossy().into_owned())
    };
    for (program, sentence) in [
        (
            "there-is-no-such-program".to_owned(),
            "no folder in PATH has it",
        ),
        ("./there/is/none".to_owned(), "there is no such file"),
        ("./src".to_owned(), "it is a folder"),
        (
            file("plain", 0o644, "#!/bin/sh\n")?,
            "you may not execute it",
        ),
        (file("text", 0o755, "hello\n")?, "neither machine code"),
        (
            file("script", 0o755, "#!/no/interpreter\n")?,
            "it needs another program to run",
        ),
        ("a\0b".to_owned(), "NUL byte"),
    ] {
        let error = match start_command(&[program.clone().into()]) {
            Ok(_) => return Err(format!("{program} was started").into()),
            Err(error) => error.to_string(),
        };
        assert!(
            error.contains(&program) && error.contains(sentence),
            "{error}"
        );
    }
    let nowhere = Launch {
        command: &["true".into()],
        directory: Path::new("/there/is/no/such/folder"),
        open_files: 1024,
    };
    let error = Program::start(&nowhere)
        .err()
        .ok_or("it was started")?
        .to_string();
    assert!(
        error.contains("there is no folder /there/is/no/such/folder"),
        "{error}"
    );
    Ok(())
}

fn output_comes_in_lines_and_need_not_be_text() -> Result<(), Failed> {
    let mut program = start(&["says badly"])?;
    whole_output(&mut program)?;
    let output = program.output();
    assert_eq!(output.lines().collect::<Vec<_>>(), ["caf\u{fffd}"]);
    assert_eq!(output.unfinished_line().as_deref(), Some("open"));
    assert_eq!(output.stderr(), "");
    Ok(())
}

fn a_flood_is_taken_in_small_portions_and_forgotten() -> Result<(), Failed> {
    let mut program = start(&["floods"])?;
    let mut taken = 0;
    while taken < 16 << 20 {
        assert!(await_output(&mut program)?);
        let portion = program.output().drain()?;
        assert!(portion <= 128 << 10, "{portion} bytes at once");
        taken += portion;
    }
    let output = program.output();
    assert!(output.stdout().len() <= 64 << 10 && output.stderr().len() <= 64 << 10);
    assert!(output.lines().len() <= 10_000 && output.lost_lines() > 0);
    Ok(())
}

fn a_program_may_open_as_many_files_as_it_was_given() -> Result<(), Failed> {
    let hard = getrlimit(Resource::Nofile).maximum;
    let command = actors::command(&["limits"]);
    let mut launch = Launch {
        command: &command,
        directory: Path::new("."),
        open_files: 100,
    };
    let limits = whole_output(&mut Program::start(&launch)?)?;
    assert_eq!(limits, format!("Some(100) {hard:?}\n"));
    if let Some(hard) = hard {
        launch.open_files = hard + 1;
        let error = Program::start(&launch).err().ok_or("it was started")?;
        assert!(
            matches!(error, StartError::LimitTooLow { asked, hard: at_most }
            if asked == hard + 1 && at_most == hard)
        );
    }
    Ok(())
}

fn a_program_starts_with_its_signals_at_default() -> Result<(), Failed> {
    let command = actors::command(&["relay", "signals"]);
    let ignoring = r#"trap "" HUP INT QUIT TERM USR1 USR2 CHLD; exec "$0" "$@""#;
    let output = Command::new("sh")
        .args(["-c", ignoring])
        .args(command)
        .output()?;
    for mask in String::from_utf8_lossy(&output.stdout).lines() {
        let (name, signals) = mask.split_once(":\t").ok_or("no mask")?;
        // The C library has signals 32 and 33 for itself.
        let signals = u64::from_str_radix(signals, 16)? & 0x7fff_ffff;
        // Rust's own runtime ignores SIGPIPE, as it does in any program.
        let usual = if name == "SigIgn" {
            1 << (Signal::PIPE.as_raw() - 1)
        } else {
            0
        };
        assert_eq!(signals, usual, "{mask}");
    }
    assert_eq!(output.stdout.split(|&byte| byte == b'\n').count(), 3);
    Ok(())
}

fn a_program_inherits_no_descriptor_of_anybody() -> Result<(), Failed> {
    // What this test was itself given, by whoever started it, is not the harness's doing.
    let command = actors::command(&["descriptors"]);
    let given = Command::new(&command[0]).args(&command[1..]).output()?;
    let given = String::from_utf8_lossy(&given.stdout).into_owned();
    let start_some = || -> Result<(), String> {
        for _ in 0..10 {
            let mut program = start(&["descriptors"]).map_err(|error| error.to_string())?;
            let has = whole_output(&mut program).map_err(|error| error.to_string())?;
            assert_eq!(has, given);
        }
        Ok(())
    };
    let results = thread::scope(|scope| {
        let starters = [(); 8].map(|()| scope.spawn(start_some));
        starters.map(|starter| starter.join().expect("see above"))
    });
    Ok(results.into_iter().collect::<Result<(), String>>()?)
}

fn a_signal_reaches_the_program() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["stays", witness.path()])?;
    witness.await_living(1)?;
    assert_eq!(program.exit(), None);
    program.signal(Signal::INT)?;
    let by_int = Exit::Signal(Signal::INT.as_raw());
    assert_eq!(await_exit(&mut program)?, by_int);
    Ok(())
}

fn stubborn_children_end_with_the_program() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let program = start(&["parent", witness.path()])?;
    let living = witness.await_living(4)?;
    drop(program);
    witness.assert_nobody_left();
    await_ends(living)
}

fn children_of_a_program_that_ended_end_too() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["daemon's starter", witness.path()])?;
    let living = witness.await_living(1)?;
    assert_eq!(await_exit(&mut program)?, Exit::Status(0));
    drop(program);
    witness.assert_nobody_left();
    await_ends(living)
}

fn a_daemon_ends_with_the_program() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let program = start(&["daemon's parent", witness.path()])?;
    let living = witness.await_living(2)?;
    drop(program);
    witness.assert_nobody_left();
    await_ends(living)
}

fn a_program_that_runs_away_is_caught() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let program = start(&["runaway", witness.path()])?;
    for _ in 0..20 {
        await_readable(witness.listener.as_fd())?;
        witness.listener.accept()?;
    }
    drop(program);
    witness.assert_nobody_left();
    Ok(())
}

fn descendants_are_seen_as_they_come_and_go() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["parent", witness.path()])?;
    program.descendants(); // Whoever is there now must be found, and whoever comes later, too.
    let mut expected = pids(&witness.await_living(4)?);
    expected.remove(&program.pid());
    let seen = |pids: Vec<Pid>| pids.into_iter().collect::<HashSet<_>>();
    assert_eq!(seen(program.descendants()), expected);
    assert_eq!(seen(program.descendants_for_certain()), expected);

    let goes = *expected.iter().next().ok_or("no descendant")?;
    expected.remove(&goes);
    let end = pidfd_open(goes, PidfdFlags::empty())?;
    kill_process(goes, Signal::KILL)?;
    await_readable(end.as_fd())?;
    assert_eq!(seen(program.descendants()), expected);
    assert_eq!(seen(program.descendants_for_certain()), expected);
    Ok(())
}

fn an_orphan_is_a_descendant_and_a_thread_is_none() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["daemon's parent", witness.path()])?;
    let mut expected = pids(&witness.await_living(2)?);
    expected.remove(&program.pid());
    let seen: HashSet<Pid> = program.descendants().into_iter().collect();
    assert_eq!(seen, expected);

    let mut program = start(&["threads", witness.path()])?;
    witness.await_living(1)?;
    assert_eq!(program.descendants(), []);
    assert_eq!(program.descendants_for_certain(), []);
    Ok(())
}

/// A harness in a process of its own, with a process group as a shell gives it, and the keeper of its program.
fn start_harness(witness: &Witness) -> Result<(Child, std::os::fd::OwnedFd), Failed> {
    let command = actors::command(&["harness", witness.path()]);
    let mut harness = Command::new(&command[0])
        .args(&command[1..])
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut keeper = String::new();
    BufReader::new(harness.stdout.take().ok_or("no pipe")?).read_line(&mut keeper)?;
    let keeper = Pid::from_raw(keeper.trim().parse()?).ok_or("no keeper")?;
    Ok((harness, pidfd_open(keeper, PidfdFlags::empty())?))
}

fn nothing_outlives_a_harness_that_gets(signal: Signal) -> Result<(), Failed> {
    let witness = Witness::new()?;
    let (mut harness, keeper) = start_harness(&witness)?;
    let living = witness.await_living(4)?;
    kill_process_group(Pid::from_child(&harness), signal)?;
    harness.wait()?;
    await_ends(living)?;
    await_readable(keeper.as_fd())
}

fn nothing_outlives_a_harness_that_was_killed() -> Result<(), Failed> {
    nothing_outlives_a_harness_that_gets(Signal::KILL)
}

fn nothing_outlives_a_harness_that_was_interrupted() -> Result<(), Failed> {
    nothing_outlives_a_harness_that_gets(Signal::INT)
}

fn nothing_outlives_a_keeper_that_was_killed() -> Result<(), Failed> {
    for (part, count) in [("parent", 4), ("daemon's parent", 2)] {
        let witness = Witness::new()?;
        let mut program = start(&[part, witness.path()])?;
        let living = witness.await_living(count)?;
        kill_process(program.keeper_pid(), Signal::KILL)?;
        assert_eq!(await_exit(&mut program)?, Exit::Lost);
        drop(program);
        witness.assert_nobody_left();
        await_ends(living)?;
    }
    Ok(())
}

fn a_keeper_obeys_no_signal_but_kill() -> Result<(), Failed> {
    let witness = Witness::new()?;
    let mut program = start(&["stays", witness.path()])?;
    witness.await_living(1)?;
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::CHILD] {
        kill_process(program.keeper_pid(), signal)?;
    }
    program.signal(Signal::KILL)?;
    let by_kill = Exit::Signal(Signal::KILL.as_raw());
    assert_eq!(await_exit(&mut program)?, by_kill);
    Ok(())
}
