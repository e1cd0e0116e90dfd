//! A bug hunt, from its beginning to the answer, by what the command line says.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod learner;

use learner::{alone, workspace, xtask};
use predicates::prelude::*;
use predicates::str::{contains, diff, ends_with, is_empty, starts_with};
use std::fs;
use tempfile::TempDir;

const FOLDER: &str = "exercises/03-select-one-port--hunt";
const MAIN: &str = "exercises/03-select-one-port--hunt/src/main.rs";
const BUG: &str = "reads-at-accept";

fn text(root: &TempDir, file: &str) -> String {
    fs::read_to_string(root.path().join(file)).unwrap()
}

fn write(root: &TempDir, text: &str) {
    fs::write(root.path().join(MAIN), text).unwrap();
}

/// The program without its bug.
fn mended(root: &TempDir) -> String {
    let lesson = text(root, "lessons/03-select-one-port/src/main.rs");
    assert_ne!(lesson, text(root, MAIN));
    lesson
}

#[test]
fn a_bug_is_hunted_from_the_first_red_to_the_answer() {
    let _alone = alone();
    let root = workspace();
    xtask(&root, &format!("hunt 03 --bug {BUG}"))
        .success()
        .stdout(
            starts_with(format!("{FOLDER} has a bug in it: "))
                .and(contains(" of 19 scripts fail.\n"))
                .and(contains("cargo xtask verify 03 --hunt"))
                .and(contains(BUG).not()),
        );
    // Nothing where the learner works says what it is.
    let hunted = text(&root, MAIN);
    assert!(!hunted.contains(BUG), "{hunted}");
    assert!(!hunted.contains("    // "), "{hunted}");
    assert!(!text(&root, "exercises/progress.txt").contains(BUG));
    xtask(&root, "list")
        .success()
        .stdout(contains(format!("bugs found, one is in {FOLDER}\n")));

    // A check says what clients see of it, not what it is.
    xtask(&root, "verify 03 --hunt").code(1).stdout(
        starts_with(format!("checking YOUR program {FOLDER}\nerror: "))
            .and(contains("cargo xtask run 03 --hunt"))
            .and(contains("mended").not())
            .and(contains(BUG).not()),
    );

    // What is broken on the way is told apart from what was to be found.
    let right = mended(&root);
    write(&root, &right.replace("Roger that.", "Roger."));
    xtask(&root, "verify 03 --hunt")
        .code(1)
        .stdout(contains("passed at first, and fails now: "));

    write(&root, &right);
    xtask(&root, "verify 03 --hunt").success().stdout(
        contains(format!(
            "\nmended, and nothing else is broken. It was {BUG}.\n"
        ))
        .and(contains("\npitfall 1, silent client holds the server: "))
        .and(contains("\nwhy: "))
        .and(contains("\n-").and(contains("\n+")))
        .and(ends_with("  ·  another bug: cargo xtask hunt 03\n")),
    );
    xtask(&root, "list")
        .success()
        .stdout(contains("    hunt: 1 of ").and(contains(FOLDER).not()));
}

#[test]
fn a_hunt_that_is_not_over_is_not_overwritten() {
    let _alone = alone();
    let root = workspace();
    xtask(&root, "hunt 03 --seed 1").success();
    let first = text(&root, MAIN);
    write(&root, "mine\n");
    xtask(&root, "hunt 03").code(2).stdout(is_empty()).stderr(diff(format!(
        "error: the bug in {FOLDER} is not found yet; `cargo xtask hunt 03 --give-up` shows it, `--again` keeps the \
         program as a backup and begins another hunt\n"
    )));
    // The same number is the same bug, for everybody.
    xtask(&root, "hunt 03 --seed 1 --again").success().stdout(
        starts_with("what you had is in exercises/backup/03-select-one-port--hunt-1\n")
            .and(contains("\nseed 1: ")),
    );
    assert_eq!(text(&root, MAIN), first);
    assert_eq!(
        text(
            &root,
            "exercises/backup/03-select-one-port--hunt-1/src/main.rs"
        ),
        "mine\n"
    );
    // Another one is another bug.
    xtask(&root, "hunt 03 --again").success();
    assert_ne!(text(&root, MAIN), first);
    // Who has given up has found nothing, and may go on.
    xtask(&root, "hunt 03 --give-up")
        .success()
        .stdout(starts_with("It was ").and(contains("\nwhy: ")));
    xtask(&root, "list")
        .success()
        .stdout(contains("hunt: ").not());
    xtask(&root, "hunt 03").success();
}

#[test]
fn what_cannot_be_hunted_is_told() {
    let root = workspace();
    let missing = format!("error: there is no {FOLDER} yet; `cargo xtask hunt 03` makes it\n");
    for words in [
        "verify 03 --hunt",
        "run 03 --hunt",
        "watch 03 --hunt",
        "hunt 03 --give-up",
    ] {
        xtask(&root, words)
            .code(2)
            .stdout(is_empty())
            .stderr(diff(missing.clone()));
    }
    xtask(&root, "verify --hunt")
        .code(2)
        .stderr("error: there is no hunt yet; `cargo xtask hunt 01` begins one\n");
    // A cheat is no slip that one could find.
    for name in ["nonsense", "thread-per-client"] {
        xtask(&root, &format!("hunt 03 --bug {name}"))
            .code(2)
            .stderr(diff(format!(
                "error: select-one-port has no bug {name} to hunt\n"
            )));
    }
    assert!(!root.path().join("exercises").exists());
}
