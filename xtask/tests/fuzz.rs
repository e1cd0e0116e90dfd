//! `cargo xtask fuzz` from outside: it finds servers that are known to be bad, and what it leaves behind is a script that `verify`
//! fails on for the same reason.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use harness::lesson::Lesson;
use harness::prove::apply::sources;
use harness::prove::bug::Bug;
use harness::prove::workspace::{Variant, build};
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn xtask(words: &[&str]) -> Command {
    let mut command = Command::cargo_bin("xtask").unwrap();
    command.current_dir(root()).args(words);
    command
}

/// The program of a known-bad server.
fn bad_program(lesson: u32, name: &str) -> PathBuf {
    let lessons = Lesson::all(root()).unwrap();
    let lesson = lessons.iter().find(|it| it.number == lesson).unwrap();
    let scripts: Vec<_> = lesson.scripts().unwrap().into_iter().flatten().collect();
    let scripts: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    let bugs = Bug::all(lesson, &scripts).unwrap();
    let mut bugs = bugs.into_iter().map(|bug| bug.unwrap());
    let bug = bugs.find(|bug| bug.name() == name).unwrap();
    let variant = Variant::new(lesson, &bug.patch, &sources(lesson).unwrap()).unwrap();
    // All are built in one folder.
    static BUILDING: Mutex<()> = Mutex::new(());
    let _alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    build(root(), &[variant]).unwrap().remove(0).program
}

/// What a report says first, without its numbers: ports differ, and so does how much of what is sent has
/// come when the server looks, which is the server's luck.
fn reason(report: &str) -> String {
    let first = report.lines().find(|line| line.starts_with("error: "));
    let first = first.expect("a report begins with an error");
    first
        .chars()
        .filter(|char| !char.is_ascii_digit() && *char != '.')
        .collect()
}

/// The fuzz finds the bug and makes a script of at most this many steps of it, which fails each time, and for the same reason. That
/// is certain only of a bug that needs no luck: what a server makes of bytes is, how many of them one event finds there is not.
#[track_caller]
fn finds(lesson: u32, bug: &str, steps: usize) {
    let lesson_word = lesson.to_string();
    let program = bad_program(lesson, bug);
    let program = program.to_str().unwrap();
    // A seed of its own: the file that is kept has its number.
    let seed = (1_000_000 + bug.len() as u64 * 100 + u64::from(lesson)).to_string();
    let words = [
        "fuzz",
        &lesson_word,
        "--seed",
        &seed,
        "--operations",
        "4000",
        "--program",
        program,
    ];
    let found = xtask(&words).assert().code(1);
    let found = String::from_utf8_lossy(&found.get_output().stdout).into_owned();
    assert!(
        found.contains(" smaller scripts. It fails ") && !found.contains("luck"),
        "not each time:\n{found}"
    );
    let again = found.lines().last().unwrap().trim();
    let file = again
        .split(" --script ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let script = std::fs::read_to_string(root().join(file)).unwrap();
    let left = script.split("\n\n").last().unwrap().lines().count();
    assert!(left <= steps, "{left} steps are left:\n{script}");
    let words = shlex::split(again).unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let replayed = xtask(&words[2..]).assert().code(1);
    let replayed = String::from_utf8_lossy(&replayed.get_output().stdout).into_owned();
    assert_eq!(reason(&found), reason(&replayed), "{found}\n{replayed}");
}

#[test]
fn a_server_that_expects_text_is_found() {
    finds(3, "text-only", 12);
}

#[test]
fn a_server_that_ignores_an_end_is_found() {
    finds(5, "eof-ignored", 20);
}

/// A command that starts these two in turn, whoever starts it.
fn in_turn(first: &Path, second: &Path, folder: &Path) -> String {
    // Of two who take a number, one finds the file there already. Nobody waits for anybody: who sleeps before it listens is wrong.
    let choose = format!(
        "set -C; n=0
         until command : > '{}'/$n; do n=$((n + 1)); done 2> /dev/null
         if [ $((n % 2)) = 0 ]; then exec '{}' \"$@\"; else exec '{}' \"$@\"; fi",
        folder.display(),
        first.display(),
        second.display()
    );
    let script = folder.join("in-turn.sh");
    std::fs::write(&script, choose).unwrap();
    format!("sh '{}'", script.display())
}

#[test]
fn a_script_that_fails_every_other_time_is_said_to_depend_on_luck() {
    let bad = bad_program(3, "text-only");
    let good = harness::build::programs(root(), &["select-one-port"]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = in_turn(&bad, &good["select-one-port"], folder.path());
    let words = ["fuzz", "3", "--seed", "1000099", "--program", &program];
    let found = xtask(&words).assert().code(1);
    let found = String::from_utf8_lossy(&found.get_output().stdout).into_owned();
    // What is left is small all the same: it is not given up when it passes once.
    let steps = found
        .split("\n\n")
        .last()
        .and_then(|it| it.split(' ').next());
    let steps: usize = steps.and_then(|it| it.parse().ok()).unwrap();
    assert!(steps <= 12, "{found}");
    let rate = " It failed 5 of 10 times: it depends on luck. ";
    assert!(found.contains(rate), "{found}");
    assert!(found.contains(" --repeat 6 --program "), "{found}");
}

#[test]
#[ignore = "takes long: cargo test -p xtask --test fuzz -- --ignored"]
fn a_server_that_keeps_a_second_handle_is_found() {
    finds(10, "second-handle", 20);
}

#[test]
#[ignore = "takes long: cargo test -p xtask --test fuzz -- --ignored"]
fn a_server_that_keeps_whoever_is_gone_is_found() {
    finds(7, "keeps-the-gone", 12);
}

#[test]
fn the_same_seed_is_the_same_words() {
    let first_line =
        starts_with("checking the LESSON's program lessons/02-select-multi-port\nseed 77\n");
    xtask(&["fuzz", "2", "--seed", "77", "--operations", "100"])
        .assert()
        .success()
        .stdout(first_line.and(contains(": nothing found\n")));
}

#[test]
fn what_cannot_be_tried_is_said() {
    let refuses = |words: &[&str], why: &str| {
        let said = contains(why.to_owned());
        xtask(words).assert().code(2).stderr(said);
    };
    refuses(
        &["fuzz", "4"],
        "4 is no lesson that can be tried; those are 01-blocking-echo, ",
    );
    refuses(
        &["fuzz", "3", "--program", "./there-is-none"],
        "there-is-none",
    );
    refuses(
        &["fuzz", "all", "--program", "true"],
        "--program is tried against one lesson",
    );
    refuses(
        &["fuzz", "3", "--bugs", "there-is-none"],
        "there is no such bug",
    );
}

#[test]
fn help_tells_of_every_option() {
    let options = ["--seconds", "--operations", "--seed", "--program", "--bugs"];
    let help = xtask(&["fuzz", "--help"]).assert().success();
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    for option in options {
        assert!(help.contains(option), "{option} is not in:\n{help}");
    }
}

#[test]
fn ctrl_c_ends_it_with_a_count_of_what_was_played() {
    let mut fuzz = std::process::Command::new(assert_cmd::cargo::cargo_bin!("xtask"))
        .args(["fuzz", "2", "--seconds", "1000"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(fuzz.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("seed ") {
        line.clear();
        said.read_line(&mut line).unwrap();
    }
    let pid = fuzz.id().to_string();
    let status = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(status.unwrap().success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(fuzz.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains(" operations in "), "{rest}");
}
