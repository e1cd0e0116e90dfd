//! The command line from outside, in a workspace made for each test: what it says and with which exit status it ends
//! when it is asked for something that it cannot do.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// A workspace of two lessons, `01-one` with the scripts `first` and `second`, `02-two` with `third`.
fn workspace() -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join("xtask")).unwrap();
    fs::write(root.path().join("xtask/Cargo.toml"), "").unwrap();
    lesson(root.path(), "01-one", "A beginning", &["first", "second"]);
    lesson(root.path(), "02-two", "More", &["third"]);
    root
}

fn lesson(root: &Path, name: &str, title: &str, scripts: &[&str]) {
    let folder = root.join("lessons").join(name);
    fs::create_dir_all(folder.join("scripts")).unwrap();
    let about = format!(
        "title = \"{title}\"\nidea = \"An idea.\"\nintroduces = []\nassumes = []\n\
         default_addresses = [\"127.0.0.1:0\"]\nwaits_in = \"select\"\nmay_sleep_in = [\"select\"]\n"
    );
    fs::write(folder.join("lesson.toml"), about).unwrap();
    for script in scripts {
        let file = folder.join("scripts").join(format!("{script}.script"));
        fs::write(file, format!("# {script}\n\nada connects\n")).unwrap();
    }
}

/// `cargo xtask` with these words, where the user is in the workspace's root.
fn xtask(root: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::cargo_bin("xtask").unwrap();
    command.current_dir(root.path()).args(words);
    command
}

/// The command could not do its work: it says why in one sentence on stderr, and nothing on stdout.
fn cannot(words: &[&str], why: &str) {
    xtask(&workspace(), words)
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(format!("error: {why}\n"));
}

#[test]
fn list_shows_each_lesson_with_its_scripts() {
    xtask(&workspace(), &["list"]).assert().success().stdout(
        "01 one   2 scripts  A beginning\n\
         02 two   1 script   More\n",
    );
}

#[test]
fn list_says_what_verify_will_count() {
    let root = workspace();
    let about = root.path().join("lessons/02-two/lesson.toml");
    let text = fs::read_to_string(&about).unwrap();
    let variants =
        "[[variants]]\nname = \"a\"\narguments = []\n[[variants]]\nname = \"b\"\narguments = []\n";
    fs::write(&about, text + variants).unwrap();
    xtask(&root, &["list"]).assert().success().stdout(
        "01 one   2 scripts  A beginning\n\
         02 two   1 script   More\n    verify counts 2: most of them are played in several ways\n",
    );
}

#[test]
fn the_workspace_is_found_from_below() {
    let root = workspace();
    xtask(&root, &["list"])
        .current_dir(root.path().join("lessons/01-one/scripts"))
        .assert()
        .success()
        .stdout(contains("A beginning"));
}

#[test]
fn an_unknown_lesson_is_answered_with_those_that_there_are() {
    let why = "there is no lesson 99; the lessons are 01 one, 02 two";
    cannot(&["verify", "99"], why);
    cannot(&["run", "99"], why);
}

#[test]
fn a_mistyped_script_is_answered_with_the_nearest() {
    cannot(
        &["verify", "1", "--script", "secnod"],
        "there is no script secnod; did you mean second?",
    );
    cannot(
        &["verify", "--script", "thirt"],
        "there is no script thirt; did you mean third?",
    );
    cannot(
        &["verify", "01", "--script", "slow-reader"],
        "there is no script slow-reader; the lesson's scripts are first, second",
    );
}

#[test]
fn a_script_file_must_tell_its_lesson() {
    let root = workspace();
    fs::write(root.path().join("own.script"), "# Own\n\nada connects\n").unwrap();
    xtask(&root, &["verify", "--script", "./own.script"])
        .assert()
        .code(2)
        .stderr(contains(
            "./own.script is in no lesson's folder; name the lesson",
        ));
    xtask(&root, &["verify", "1", "2", "--script", "./own.script"])
        .assert()
        .code(2)
        .stderr(contains("a script file is for one lesson; 2 are named"));
    xtask(&root, &["verify", "1", "--script", "./other.script"])
        .assert()
        .code(2)
        .stderr("error: cannot read ./other.script: No such file or directory (os error 2)\n");
}

#[test]
fn a_users_program_is_checked_against_one_lesson() {
    let why = "--program is checked against one lesson; name it: verify LESSON --program …";
    cannot(&["verify", "--program", "cat"], why);
    cannot(&["verify", "1", "2", "--program", "cat"], why);
}

#[test]
fn a_command_that_cannot_be_started_is_told_before_anything_is_played() {
    let check = |command: &str, why: &str| cannot(&["verify", "1", "--program", command], why);
    check(
        "python3 'server.py",
        "--program: a quote is not closed in `python3 'server.py`",
    );
    check(
        " ",
        "--program is empty; write the command that starts your server",
    );
    check(
        "./server",
        "cannot run ./server: No such file or directory (os error 2)",
    );
    check("./lessons", "cannot run ./lessons: it is a folder");
    check(
        "no-such-program-anywhere",
        "cannot run no-such-program-anywhere: no folder of PATH has it; \
         a file here is ./no-such-program-anywhere",
    );
}

#[test]
fn a_program_that_is_not_executable_is_told_with_the_cure() {
    let root = workspace();
    let file = root.path().join("server.py");
    fs::write(&file, "#!/usr/bin/env python3\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    xtask(&root, &["verify", "1", "--program", "./server.py"])
        .assert()
        .code(2)
        .stderr("error: cannot run ./server.py: it is not executable; `chmod +x ./server.py` makes it so\n");
}

#[test]
fn a_script_that_does_not_parse_stops_everything() {
    let root = workspace();
    let script = root.path().join("lessons/01-one/scripts/first.script");
    fs::write(script, "# First\n\nada juggles\n").unwrap();
    xtask(&root, &["verify", "1", "--program", "cat"])
        .assert()
        .code(2)
        .stdout("checking YOUR program cat\n")
        .stderr(
            contains("lessons/01-one/scripts/first.script:").and(contains("nothing was played\n")),
        );
}

#[test]
fn the_first_line_leaves_stdout_to_the_document() {
    let root = workspace();
    let script = root.path().join("lessons/01-one/scripts/first.script");
    fs::write(script, "# First\n\nada juggles\n").unwrap();
    for format in ["json", "junit"] {
        xtask(
            &root,
            &["verify", "1", "--format", format, "--program", "cat"],
        )
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("checking YOUR program cat\n"));
    }
}

#[test]
fn a_lesson_that_does_not_build_is_told_after_cargos_own_words() {
    let root = workspace();
    xtask(&root, &["run", "1"])
        .assert()
        .code(2)
        .stderr(contains("error: the lesson's program one does not build\n"));
}

#[test]
fn counts_of_zero_and_unknown_words_are_usage_errors() {
    for words in [
        ["--repeat", "0"],
        ["--jobs", "0"],
        ["--jobs", "100000"],
        ["--waits-in", "Select!"],
        ["--format", "yaml"],
    ] {
        xtask(&workspace(), &["verify"])
            .args(words)
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(words[0]));
    }
}
