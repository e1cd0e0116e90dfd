//! `cargo xtask doctor` on computers on which something is missing.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, ends_with};
use std::env;
use std::os::unix::fs::symlink;

/// A shell in which `line` is run; `"$0"` is the command line's binary.
fn shell(line: &str) -> assert_cmd::assert::Assert {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]);
    shell.arg(assert_cmd::cargo::cargo_bin!("xtask"));
    shell.assert()
}

#[test]
fn where_tests_can_be_run_all_that_is_needed_is_there() {
    shell("exec \"$0\" doctor").success().stdout(
        contains("\nok       linker         builds a program\n")
            .and(contains("\nok       loopback "))
            .and(contains("MISSING").not())
            .and(ends_with("\nall that is needed is there\n")),
    );
}

#[test]
fn few_descriptors_are_told_with_how_to_have_more() {
    let remedy = "\n                        sudo prlimit --pid $$ --nofile=4096\n";
    shell("ulimit -n 200 && exec \"$0\" doctor")
        .success()
        .stdout(contains("\nmissing  open files     optional: 200 ").and(contains(remedy)));
    shell("ulimit -n 32 && exec \"$0\" doctor").code(1).stdout(
        contains("\nMISSING  open files     32 ")
            .and(contains(remedy))
            .and(contains("\n1 thing is missing that must be there; ")),
    );
}

#[test]
fn with_next_to_no_descriptors_every_check_still_says_something() {
    let normal = shell("exec \"$0\" doctor").success();
    let lines = |output: &[u8]| {
        let text = String::from_utf8(output.to_vec()).unwrap();
        let checks = text
            .lines()
            .filter(|line| line.starts_with(['o', 'm', 'M']));
        checks.count()
    };
    let wanted = lines(&normal.get_output().stdout);
    let few = shell("ulimit -n 7 && exec \"$0\" doctor").code(1);
    let found = lines(&few.get_output().stdout);
    // Of a process that cannot be started, one thing is told instead of two.
    assert!(found + 1 >= wanted, "{few}");
    assert!(few.get_output().stderr.is_empty(), "{few}");
}

#[test]
fn a_path_without_tools_is_told_tool_by_tool() {
    let folder = tempfile::tempdir().unwrap();
    // cargo is there, but neither a compiler nor anything else.
    symlink(env!("CARGO"), folder.path().join("cargo")).unwrap();
    let mut doctor = Command::cargo_bin("xtask").unwrap();
    doctor.arg("doctor").env("PATH", folder.path());
    for name in ["CARGO", "RUSTC"] {
        doctor.env_remove(name);
    }
    doctor.assert().code(1).stdout(
        contains("ok       cargo ")
            .and(contains("\nMISSING  rust           rustc does not run\n                        rustup update stable "))
            .and(contains("\nMISSING  linker "))
            .and(contains("\nmissing  python3        optional: it runs servers in Python"))
            .and(contains("\n                        sudo "))
            .and(contains("\n2 things are missing that must be there; ")),
    );
}

#[test]
fn a_system_without_proc_is_told() {
    let hide =
        "unshare --mount --map-root-user sh -c 'mount -t tmpfs none /proc && exec \"$@\"' sh";
    // Not every system lets everybody have file systems of their own: then there is nothing to see here.
    let may = Command::new("sh")
        .args(["-c", &format!("{hide} true")])
        .assert();
    if !may.get_output().status.success() {
        return;
    }
    shell(&format!("{hide} \"$0\" doctor")).code(1).stdout(
        contains("\nMISSING  /proc          it is not mounted\n                        sudo mount -t proc proc /proc\n")
            .and(contains("\nok       loopback ")),
    );
}

#[test]
fn the_container_for_editors_allows_what_the_doctor_asks_for() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../.devcontainer/devcontainer.json"
    );
    let container: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(container["image"].as_str().unwrap().contains("/rust:"));
    assert_eq!(container["capAdd"][0], "SYS_PTRACE");
    assert_eq!(container["postCreateCommand"], "cargo xtask doctor");
}
