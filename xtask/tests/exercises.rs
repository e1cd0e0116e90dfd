//! A learner's way through an exercise, from the first `start` to the last `diff`, by what the command line says.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod learner;

use learner::{alone, target, workspace, xtask};
use predicates::prelude::*;
use predicates::str::{contains, diff, ends_with, is_empty, starts_with};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{self, Stdio};
use tempfile::TempDir;

const NAME: &str = "03-select-one-port";
const MAIN: &str = "exercises/03-select-one-port/src/main.rs";
const PROGRESS: &str = "exercises/progress.txt";

fn text(root: &TempDir, file: &str) -> String {
    fs::read_to_string(root.path().join(file)).unwrap()
}

/// The lesson's `function`, instead of the hole in the exercise, changed from one word to another.
fn fill(root: &TempDir, function: &str, from: &str, to: &str) {
    let shown = xtask(root, &format!("exercise solution 03 {function} --show")).success();
    let shown = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    let body = shown[shown.find(&format!("\nfn {function}(")).unwrap()..].trim();
    let mine = text(root, MAIN);
    let start = mine.find(&format!("\nfn {function}(")).unwrap() + 1;
    let end = start + mine[start..].find("\n}\n").unwrap() + 2;
    let body = body.replace(from, to);
    let filled = format!("{}{body}{}", &mine[..start], &mine[end..]);
    fs::write(root.path().join(MAIN), filled).unwrap();
}

#[test]
fn a_learner_gets_from_the_first_hole_to_green() {
    let _alone = alone();
    let root = workspace();
    xtask(&root, "exercise start 3")
        .success()
        .stdout(contains("1  src/main.rs:").and(contains("cargo xtask verify 03 --mine")));

    // At first, everything stops at the first hole; and what lessons depend on is not built again.
    xtask(&root, "verify 03").success();
    xtask(&root, "verify 03 --mine")
        .code(1)
        .stdout(
            starts_with(format!(
                "checking YOUR program exercises/{NAME}\nerror: hole 1 of 3: serve: "
            ))
            .and(contains(format!("--> {MAIN}:")))
            .and(contains("todo!("))
            .and(contains(format!(
                "\n{NAME}   hole 1 of 3, 0 of 19 scripts pass"
            )))
            .and(contains("\n0 passed, 19 failed in ")),
        )
        .stderr(contains("Compiling my-select-one-port").and(contains("Compiling nix").not()));

    // The next hole is told when the first is filled.
    fill(&root, "serve", "", "");
    fill(&root, "wait", "", "");
    xtask(&root, "verify 03 --mine --script hello")
        .code(1)
        .stdout(contains("error: hole 3 of 3: answer: "));

    // What is wrong is told as it is of any program, one thing at a time.
    fill(&root, "answer", "Roger that.", "Roger.");
    xtask(&root, "verify 03 --mine").code(1).stdout(
        contains("error: ada received something other than")
            .and(contains(" more scripts fail (--script NAME shows one): ")),
    );
    xtask(&root, "exercise hint 03")
        .success()
        .stdout(starts_with("script "));

    let wrong = text(&root, MAIN);
    fs::write(
        root.path().join(MAIN),
        wrong.replace("Roger.", "Roger that."),
    )
    .unwrap();
    xtask(&root, "verify 03 --mine")
        .success()
        .stdout(contains("\n19 passed, 0 failed in ").and(ends_with(
            " s\ndone; what the lesson does otherwise: cargo xtask exercise diff 03\n",
        )));
    assert!(text(&root, PROGRESS).contains(&format!("{NAME}: script: hello: passed\n")));
    xtask(&root, "list")
        .success()
        .stdout(contains(format!("yours: 19 of 19 pass, exercises/{NAME}")));
    xtask(&root, "exercise hint 03")
        .success()
        .stdout(starts_with("nothing failed the last time"));
    xtask(&root, "exercise solution 03")
        .success()
        .stdout(starts_with("// hole 1 of 3, lessons/"));
    // Of the difference, only the two lines are left that are to be taken out.
    xtask(&root, "exercise diff 03")
        .success()
        .stdout(contains("\n-#![allow(").and(contains("\n+").count(1)));
    // A green of the lesson's program does not look like one's own.
    xtask(&root, "verify 03 --script hello").success().stdout(
        starts_with("checking the LESSON's program").and(ends_with(
            "that was the lesson's program; yours: cargo xtask verify 03 --mine\n",
        )),
    );
}

#[test]
fn hints_come_one_by_one_and_are_remembered() {
    let root = workspace();
    xtask(&root, "exercise start select-one-port").success();
    let hint = || {
        let shown = xtask(&root, "exercise hint 03-select-one-port").success();
        String::from_utf8(shown.get_output().stdout.clone()).unwrap()
    };
    // Before the first check it is about the first hole.
    let first = hint();
    assert!(
        first.starts_with(&format!("hole serve, {MAIN}:")),
        "{first}"
    );
    assert!(
        first.contains("\n  1. ") && !first.contains("\n  2. "),
        "{first}"
    );
    assert!(
        first.ends_with("2 more: cargo xtask exercise hint 03\n"),
        "{first}"
    );
    assert!(hint().contains("\n  2. "));
    let last = hint();
    assert!(
        last.contains("\n  3. ") && last.contains("that was the last"),
        "{last}"
    );
    assert_eq!(hint(), last);
    // What is remembered may be deleted.
    fs::remove_file(root.path().join(PROGRESS)).unwrap();
    assert_eq!(hint(), first);
}

#[test]
fn what_a_learner_has_is_not_overwritten() {
    let root = workspace();
    xtask(&root, "exercise start 03").success();
    let fresh = text(&root, MAIN);
    fs::write(root.path().join(MAIN), "mine\n").unwrap();
    xtask(&root, "exercise start 03").code(2).stdout(is_empty()).stderr(diff(
        "error: exercises/03-select-one-port is there already; `cargo xtask exercise reset 03` keeps it as a backup and begins anew\n",
    ));
    for number in 1..=2 {
        xtask(&root, "exercise reset 03").success().stdout(diff(format!(
            "exercises/{NAME} is as at its start; what you had is in exercises/backup/{NAME}-{number}\n"
        )));
        assert_eq!(text(&root, MAIN), fresh);
    }
    assert_eq!(
        text(&root, &format!("exercises/backup/{NAME}-1/src/main.rs")),
        "mine\n"
    );
}

#[test]
fn the_solution_asks_once_before_it_is_shown() {
    let root = workspace();
    xtask(&root, "exercise start 03").success();
    xtask(&root, "exercise solution 03 wait").success().stdout(
        starts_with("0 of 19 scripts pass with your program.")
            .and(contains("cargo xtask exercise solution 03 wait --show")),
    );
    xtask(&root, "exercise solution 03 wait --show")
        .success()
        .stdout(contains("select(None, &mut ready").and(contains("fn serve").not()));
    xtask(&root, "exercise solution 03 wiat --show")
        .code(2)
        .stderr("error: there is no such hole; the holes are serve, wait, answer\n");
}

#[test]
fn an_editor_is_told_where_exercises_are() {
    let root = workspace();
    let settings = ".vscode/settings.json";
    xtask(&root, "exercise start 01")
        .success()
        .stdout(contains(settings));
    assert!(text(&root, settings).contains("exercises/Cargo.toml"));
    xtask(&root, "exercise start 02")
        .success()
        .stdout(contains(settings).not());
    // Settings of one's own are left alone.
    fs::write(root.path().join(settings), "{}\n").unwrap();
    xtask(&root, "exercise start 03")
        .success()
        .stdout(contains("\"rust-analyzer.linkedProjects\""));
    assert_eq!(text(&root, settings), "{}\n");
}

#[test]
fn what_was_not_started_is_told_with_how_to_start_it() {
    let root = workspace();
    let missing = format!(
        "error: there is no exercises/{NAME} yet; `cargo xtask exercise start 03` makes it\n"
    );
    for words in [
        "verify 03 --mine",
        "run 03 --mine",
        "exercise hint 03",
        "exercise diff 03",
        "exercise solution 03",
        "exercise reset 03",
        "watch 03",
    ] {
        xtask(&root, words)
            .code(2)
            .stdout(is_empty())
            .stderr(diff(missing.clone()));
    }
    xtask(&root, "verify --mine").code(2).stderr(
        "error: there is no exercise yet; `cargo xtask exercise start 01` makes the first\n",
    );
}

#[test]
fn steps_need_somebody_who_presses_enter() {
    let root = workspace();
    xtask(&root, "verify 03 --step").code(2).stdout(is_empty()).stderr(
        "error: --step waits for Enter before each step; there is no terminal here to press it in\n",
    );
}

#[test]
fn a_program_that_does_not_build_is_told_after_the_compilers_words() {
    let _alone = alone();
    let root = workspace();
    xtask(&root, "exercise start 03").success();
    fs::write(root.path().join(MAIN), "fn main() {").unwrap();
    xtask(&root, "verify 03 --mine")
        .code(2)
        .stdout(diff(format!("checking YOUR program exercises/{NAME}\n")))
        .stderr(
            contains("unclosed delimiter").and(ends_with("error: your program does not build\n")),
        );
}

#[test]
fn a_save_is_checked_while_it_is_watched() {
    let _alone = alone();
    let root = workspace();
    xtask(&root, "exercise start 03").success();
    let mut watch = process::Command::new(assert_cmd::cargo::cargo_bin!("xtask"))
        .args(["watch", "03"])
        .current_dir(root.path())
        .env("CARGO_TARGET_DIR", target())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    // All that is printed of one check.
    let mut check = || {
        let lines = lines.by_ref().map(Result::unwrap);
        let of_one: Vec<String> = lines
            .take_while(|line| !line.contains(", q leaves"))
            .collect();
        of_one.join("\n")
    };
    let first = check();
    assert!(first.contains("error: hole 1 of 3: serve: "), "{first}");
    fill(&root, "serve", "", "");
    let second = check();
    assert!(second.contains("error: hole 2 of 3: wait: "), "{second}");
    watch.stdin.take().unwrap().write_all(b"q").unwrap();
    assert!(watch.wait().unwrap().success());
}

#[test]
fn every_exercise_begins_with_the_lessons_versions() {
    let root = workspace();
    let lock = "exercises/Cargo.lock";
    xtask(&root, "exercise start 01").success();
    assert_eq!(text(&root, lock), text(&root, "Cargo.lock"));
    // How nix is built is not said where nobody uses it: cargo would warn.
    assert!(!text(&root, "exercises/Cargo.toml").contains("[profile.dev.package.nix]"));
    // As cargo does: what 01 does not use is taken out.
    fs::write(root.path().join(lock), "version = 4\n").unwrap();
    xtask(&root, "exercise start 08").success();
    assert_eq!(text(&root, lock), text(&root, "Cargo.lock"));
    assert!(text(&root, "exercises/Cargo.toml").contains("[profile.dev.package.nix]"));
}
