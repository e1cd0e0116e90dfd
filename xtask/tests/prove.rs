//! `cargo xtask prove` from outside, in a workspace of one small lesson: a server that greets its clients.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, ends_with};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ROOT: &str = r#"
[workspace]
resolver = "3"
members = ["lessons/*"]

[workspace.package]
edition = "2024"

[workspace.lints.rust]
warnings = "deny"
"#;

const PACKAGE: &str = r#"
[package]
name = "greeter"
version = "0.1.0"
edition.workspace = true

[lints]
workspace = true
"#;

const MAIN: &str = r#"
use std::io::{Write, stdout};
use std::net::TcpListener;

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("listening on {}", listener.local_addr().unwrap());
    for client in listener.incoming() {
        let mut client = client.unwrap();
        client.write_all(greeter::GREETING.as_bytes()).unwrap();
        stdout().flush().unwrap();
    }
}
"#;

const LIBRARY: &str = "pub const GREETING: &str = \"Hello\";\n";

const ABOUT: &str = r#"
title = "A greeter"
idea = "An idea."
introduces = []
assumes = []
default_addresses = ["127.0.0.1:0"]
waits_in = "accept"
may_sleep_in = ["accept"]
"#;

const HELLO: &str = "# Hello\n\nada connects\nada receives \"Hello\"\nada sees end of stream\n";

const PITFALLS: &str = r#"
[[pitfall]]
number = 1
name = "bad manners"
about = "The server does not greet as it should."
lessons = [2]
"#;

/// What makes the greeter a server that shouts, and what `caught_by` says of it.
fn shouts(caught_by: &str) -> String {
    format!(
        "why: The author shouts.\npitfall: none\ncaught by: {caught_by}\n\n\
         --- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1 +1 @@\n-{LIBRARY}+{}",
        LIBRARY.replace("Hello", "HELLO")
    )
}

/// A workspace with the lesson `01-greeter`, its script `hello` and these bugs.
fn workspace(bugs: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    let put = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("Cargo.toml", ROOT);
    put("Cargo.lock", "version = 4\n");
    put("xtask/Cargo.toml", "");
    put("lessons/pitfalls.toml", PITFALLS);
    put("lessons/01-greeter/Cargo.toml", PACKAGE);
    put("lessons/01-greeter/lesson.toml", ABOUT);
    put("lessons/01-greeter/src/main.rs", MAIN);
    put("lessons/01-greeter/src/lib.rs", LIBRARY);
    put("lessons/01-greeter/scripts/hello.script", HELLO);
    for (name, patch) in bugs {
        put(&format!("lessons/01-greeter/bugs/{name}.patch"), patch);
    }
    root
}

fn prove(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::cargo_bin("xtask").unwrap();
    command
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .arg("prove")
        .args(words);
    command
}

#[test]
fn a_bug_is_caught_and_is_built_only_once() {
    let root = workspace(&[("shouts", &shouts("hello: received: \"HELLO\""))]);
    let last = "1 known-bad servers: 1 caught · 0 right-but-different: 0 pass\n";
    prove(root.path(), &["--repeat", "3"])
        .assert()
        .success()
        .stdout(ends_with(last))
        .stderr(contains("Compiling greeter--shouts"));
    prove(root.path(), &[])
        .assert()
        .success()
        .stdout(ends_with(last))
        // It may well say that it waits for another cargo.
        .stderr(contains("Compiling").not());
}

#[test]
fn a_bug_that_is_found_for_another_reason_is_missed() {
    let root = workspace(&[("shouts", &shouts("hello: asleep in recv"))]);
    prove(root.path(), &["1", "--bug", "shouts"])
        .assert()
        .code(1)
        .stdout(
            contains(
                "missed: lessons/01-greeter/bugs/shouts.patch: \
                 hello failed without the words `asleep in recv` in its run\n",
            )
            .and(contains(
                "error: ada received something other than \"Hello\"\n",
            ))
            .and(ends_with(
                "1 known-bad servers: 0 caught, 1 missed · 0 right-but-different: 0 pass\n",
            )),
        );
}

#[test]
fn a_script_that_no_bug_fails_is_told() {
    let root = workspace(&[("shouts", &shouts("hello: \"HELLO\""))]);
    let easy = root.path().join("lessons/01-greeter/scripts/easy.script");
    fs::write(&easy, "# Easy\n\nserver waits in accept\n").unwrap();
    prove(root.path(), &[]).assert().code(1).stdout(
        contains("warning: no bug of lessons/01-greeter fails easy: ").and(ends_with(
            "1 known-bad servers: 1 caught · 0 right-but-different: 0 pass\n",
        )),
    );
    fs::write(
        &easy,
        "# Easy\n\nguards: to sleep is right\n\nserver waits in accept\n",
    )
    .unwrap();
    prove(root.path(), &[]).assert().success();
}

#[test]
fn a_bug_that_does_not_compile_is_told_with_its_patch() {
    let broken = shouts("hello: x").replace("+pub const GREETING", "+pub const FAREWELL");
    let root = workspace(&[("broken", &broken), ("shouts", &shouts("hello: \"HELLO\""))]);
    prove(root.path(), &[])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("GREETING").and(contains(
            "error: no program is built from lessons/01-greeter/bugs/broken.patch: ",
        )));
}

#[test]
fn a_bug_that_does_not_apply_is_told_before_anything_is_built() {
    let root = workspace(&[("shouts", &shouts("hello: \"HELLO\""))]);
    let library = root.path().join("lessons/01-greeter/src/lib.rs");
    fs::write(library, LIBRARY.replace("Hello", "Hi")).unwrap();
    prove(root.path(), &[]).assert().code(2).stdout("").stderr(
        contains("lessons/01-greeter/bugs/shouts.patch:7:1").and(contains("prove --refresh")),
    );
    assert!(!root.path().join("target").exists());
    prove(root.path(), &["--refresh"])
        .assert()
        .code(1)
        .stdout(ends_with(
            "1 patches: 0 fit, 0 rewritten, 1 to be written anew\n",
        ));
}

#[test]
fn a_mistyped_bug_is_answered_with_the_nearest() {
    let root = workspace(&[("shouts", &shouts("hello: \"HELLO\""))]);
    prove(root.path(), &["--bug", "shuots"])
        .assert()
        .code(2)
        .stderr("error: there is no bug shuots; did you mean shouts?\n");
}

/// What gives the greeter another greeting, in another place of the program.
const ELSEWHERE: &str = "\
--- a/src/main.rs
+++ b/src/main.rs
@@ -8,5 +8,5 @@
     for client in listener.incoming() {
         let mut client = client.unwrap();
-        client.write_all(greeter::GREETING.as_bytes()).unwrap();
+        client.write_all(b\"GREETING\").unwrap();
         stdout().flush().unwrap();
     }
";

fn put_right(root: &TempDir, greeting: &str) {
    let folder = root.path().join("lessons/01-greeter/right");
    fs::create_dir_all(&folder).unwrap();
    let diff = ELSEWHERE.replace("b\"GREETING\"", &format!("b\"{greeting}\""));
    let text = format!("differs: It has its greeting elsewhere.\n\n{diff}");
    fs::write(folder.join("elsewhere.patch"), text).unwrap();
}

#[test]
fn a_right_program_passes_or_is_told_to_be_called_wrong() {
    let root = workspace(&[("shouts", &shouts("hello: \"HELLO\""))]);
    put_right(&root, "Hello");
    prove(root.path(), &[]).assert().success().stdout(
        contains("  right: elsewhere   1 of 1 pass, ").and(ends_with(
            "1 known-bad servers: 1 caught · 1 right-but-different: 1 pass\n",
        )),
    );
    put_right(&root, "Hallo");
    prove(root.path(), &["--right", "elsewhere"])
        .assert()
        .code(1)
        .stdout(
            contains("called wrong: lessons/01-greeter/right/elsewhere.patch: hello calls it wrong in its run\n")
                .and(contains("error: ada received something other than \"Hello\"\n"))
                .and(ends_with("0 known-bad servers: 0 caught · 1 right-but-different: 0 pass, 1 called wrong\n")),
        );
}

#[test]
fn a_pitfall_without_a_bug_or_a_reason_is_missing() {
    let root = workspace(&[("shouts", &shouts("hello: \"HELLO\""))]);
    let pitfalls = root.path().join("lessons/pitfalls.toml");
    fs::write(&pitfalls, PITFALLS.replace("[2]", "[1]")).unwrap();
    prove(root.path(), &[])
        .assert()
        .code(1)
        .stdout(contains(" 1  bad manners  !!\n").and(contains(
            "missing: pitfall 1, bad manners, in lessons/01-greeter: ",
        )));
    let about = format!("{ABOUT}\n[not_applicable]\n1 = \"it has none\"\n");
    fs::write(root.path().join("lessons/01-greeter/lesson.toml"), about).unwrap();
    prove(root.path(), &[])
        .assert()
        .success()
        .stdout(contains(" 1  bad manners   -\n"));
}
