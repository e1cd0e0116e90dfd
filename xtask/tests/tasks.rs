//! A learner's way through a task, from its `start` to the last `diff`, by what the command line says.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, diff, ends_with, is_empty, starts_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FOLDER: &str = "exercises/03-select-one-port--logger";
const TASK: &str = "lessons/03-select-one-port/tasks/logger";

/// A workspace of links, so that exercises in it are nobody's.
fn workspace() -> TempDir {
    let copy = TempDir::new().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for entry in fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name();
        let is_source = ![".git", ".vscode", "Cargo.lock", "exercises", "target"]
            .iter()
            .any(|it| name == *it);
        if is_source {
            symlink(root.join(&name), copy.path().join(&name)).unwrap();
        }
    }
    // Not a link: cargo may want to write it.
    fs::copy(root.join("Cargo.lock"), copy.path().join("Cargo.lock")).unwrap();
    copy
}

/// `cargo xtask` with these words, which are parted by spaces.
fn xtask(root: &TempDir, words: &str) -> assert_cmd::assert::Assert {
    Command::cargo_bin("xtask")
        .unwrap()
        .current_dir(root.path())
        .env(
            "CARGO_TARGET_DIR",
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("exercises"),
        )
        .env("CARGO_NET_OFFLINE", "true")
        .args(words.split(' '))
        .assert()
}

#[test]
fn a_learner_gets_from_the_finished_lesson_to_green() {
    let root = workspace();
    xtask(&root, "exercise start 03 --task logger")
        .success()
        .stdout(
            starts_with(format!(
                "{FOLDER} is yours: the lesson's program, for you to change.\n"
            ))
            .and(contains(format!("What it is to do: {TASK}/brief.md\n")))
            .and(contains("cargo xtask verify 03 --task logger --mine ")),
        );
    let mine = root.path().join(FOLDER).join("src/main.rs");
    let begun = fs::read_to_string(&mine).unwrap();
    assert!(begun.contains("cargo xtask run 03 --task logger --mine"));
    assert!(!begun.contains("todo!") && !begun.contains("ANCHOR"));

    // The lesson's program answers. Of the task's scripts, the shortest is told.
    xtask(&root, "verify 03 --task logger --mine")
        .code(1)
        .stdout(
            starts_with(format!("checking YOUR program {FOLDER}\nerror: "))
                .and(contains(format!("--> {TASK}/scripts/")))
                .and(contains("cargo xtask run 03 --task logger --mine"))
                .and(contains("\n0 passed, 10 failed in ")),
        );
    xtask(&root, "exercise hint 03 --task logger")
        .success()
        .stdout(starts_with("script ").and(contains("\n  1. ")));
    xtask(&root, "exercise solution 03 --task logger")
        .success()
        .stdout(starts_with("0 of 10 scripts pass with your program."));

    // The solution is what leads from the beginning to green, and says why.
    let shown = xtask(&root, "exercise solution 03 --task logger --show").success();
    let shown = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    assert!(shown.starts_with("Each client has a buffer"), "{shown}");
    let patch = diffy::Patch::from_str(&shown[shown.find("--- ").unwrap()..]).unwrap();
    fs::write(&mine, diffy::apply(&begun, &patch).unwrap()).unwrap();
    xtask(&root, "verify 03 --task logger --mine").success().stdout(contains("\n10 passed, 0 failed in ").and(ends_with(
        "\ndone; what the reference solution does otherwise:\n  cargo xtask exercise diff 03 --task logger\n",
    )));
    xtask(&root, "exercise diff 03 --task logger")
        .success()
        .stdout("your program is the reference solution, letter for letter\n");
    xtask(&root, "list").success().stdout(
        contains("    03 --task logger: A log of whole lines\n")
            .and(contains(format!("yours: 10 of 10 pass, {FOLDER}\n"))),
    );
    // All that were started are checked where none is named.
    xtask(&root, "verify --mine --script one-line")
        .success()
        .stdout(starts_with(format!("checking YOUR program {FOLDER}\n")));
    // A green of the reference solution does not look like one's own.
    xtask(&root, "verify 03 --task logger --script one-line")
        .success()
        .stdout(
            starts_with(format!(
                "checking the TASK's reference solution {TASK}/reference.patch\n"
            ))
            .and(ends_with(
                "; yours:\n  cargo xtask verify 03 --task logger --mine\n",
            )),
        );
    xtask(&root, "exercise reset 03 --task logger")
        .success()
        .stdout(contains("exercises/backup/03-select-one-port--logger-1\n"));
    assert_eq!(fs::read_to_string(&mine).unwrap(), begun);
}

#[test]
fn a_task_that_is_not_there_is_told_with_those_that_are() {
    let root = workspace();
    for (words, error) in [
        (
            "verify 03 --task loger",
            "lesson 03 has no task loger; it has logger",
        ),
        ("exercise start 01 --task logger", "lesson 01 has no tasks"),
        (
            "verify 03 05 --task logger",
            "--task is one lesson's; 2 are named",
        ),
        (
            "run 03 --task logger --mine",
            "there is no exercises/03-select-one-port--logger yet; `cargo xtask exercise start 03 --task logger` makes it",
        ),
    ] {
        xtask(&root, words)
            .code(2)
            .stdout(is_empty())
            .stderr(diff(format!("error: {error}\n")));
    }
}

const SELECTOR: &str = "exercises/08-selectors-callbacks--epoll-selector";

#[test]
fn a_selector_is_judged_by_the_suite_of_its_lesson() {
    let root = workspace();
    let task = "08 --task epoll-selector";
    xtask(&root, &format!("exercise start {task}"))
        .success()
        .stdout(contains("\n  1  src/epoll.rs:").and(contains("  new: make an epoll instance\n")));
    // The first red is a hole, of the library, and no build error.
    xtask(&root, &format!("verify {task} --mine"))
        .code(1)
        .stdout(
            contains("\nerror: hole 1 of 8: new: make an epoll instance\n")
                .and(contains("0 of 36 tests and 0 of 27 scripts pass\n")),
        );
    // What is in tests/ is the lesson's, whatever was made of it.
    let mine = root.path().join(SELECTOR);
    fs::write(mine.join("tests/suite/waiting.rs"), "").unwrap();
    let solution = fs::read_to_string(
        root.path()
            .join("lessons/08-selectors-callbacks/tasks/epoll-selector/reference.patch"),
    )
    .unwrap();
    let (_, made) = solution.split_once("+++ b/src/epoll.rs\n").unwrap();
    let made = made.lines().filter_map(|line| line.strip_prefix('+'));
    let right = made.collect::<Vec<_>>().join("\n") + "\n";
    let asked = "EpollFlags::EPOLLIN | broken";
    assert!(right.contains(asked));
    fs::write(
        mine.join("src/epoll.rs"),
        right.replace(asked, "EpollFlags::EPOLLIN"),
    )
    .unwrap();
    // The test that fails is named, with its words and its line.
    xtask(&root, &format!("verify {task} --mine"))
        .code(1)
        .stdout(
        contains(
            "\nerror: the_end_of_a_pipe_is_ready_to_read fails: assertion `left == right` failed\n",
        )
        .and(contains(
            "lessons/08-selectors-callbacks/tests/suite/waiting.rs:",
        ))
        .and(contains("= left: []\n"))
        .and(contains("35 of 36 tests and 27 of 27 scripts pass\n")),
    );
    xtask(&root, &format!("exercise hint {task}"))
        .success()
        .stdout(starts_with("test the_end_of_a_pipe_is_ready_to_read\n"));
    fs::write(mine.join("src/epoll.rs"), right).unwrap();
    xtask(&root, &format!("verify {task} --mine"))
        .success()
        .stdout(contains("\n63 passed, 0 failed in "));
}
