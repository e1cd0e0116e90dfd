//! How a program starts, what it is given, what it writes, and how it ends.

use crate::actors;
use crate::support::{Test, await_exit, await_output, start, start_command, whole_output};
use harness::program::{Exit, Launch, Program, StartError};
use libtest_mimic::Failed;
use rustix::process::{Resource, Signal, getrlimit};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::{fs, io, thread};

/// The tests of this file.
pub(crate) const TESTS: &[(&str, Test)] = &[
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
        "a_program_that_panics_is_not_to_draw_up_a_backtrace",
        a_program_that_panics_is_not_to_draw_up_a_backtrace,
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
    (
        "programs_with_the_same_keeper_are_alike",
        programs_with_the_same_keeper_are_alike,
    ),
];

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
    assert!(output.lines().len() <= 10_000);
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

fn a_program_that_panics_is_not_to_draw_up_a_backtrace() -> Result<(), Failed> {
    let command = actors::command(&["relay", "backtrace"]);
    let output = Command::new(&command[0])
        .args(&command[1..])
        .env("RUST_BACKTRACE", "full")
        .output()?;
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Ok(\"0\")\n");
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

fn programs_with_the_same_keeper_are_alike() -> Result<(), Failed> {
    let command = actors::command(&["one after another"]);
    let output = Command::new(&command[0]).args(&command[1..]).output()?;
    let output = String::from_utf8(output.stdout)?;
    let lines: Vec<&str> = output.lines().collect();
    let [programs @ .., keepers, after_a_kill] = &lines[..] else {
        return Err(format!("only {lines:?}").into());
    };
    let (once, again) = programs.split_at(programs.len() / 2);
    assert_eq!(once, again);
    assert_eq!((once.len(), *keepers), (4, "1"));
    assert_eq!(*after_a_kill, "still here");
    Ok(())
}
