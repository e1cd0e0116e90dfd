//! A small run of the whole: a server under load, what was measured of it, and what is said of one that fails.

use bench_results::{Level, Results};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The short run with the server in C, and what `more` says.
fn bench(out: &Path, more: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command
        .arg("--root")
        .arg(root.expect("the workspace is two folders up"));
    command.arg("--out").arg(out).arg("--quick").args(more);
    command.output().expect("it can be run")
}

fn said(output: &Output) -> String {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// A program of this text in `folder`.
fn script(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("server");
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its own file");
    path
}

#[test]
fn a_server_is_measured_at_all_levels_and_drawn() {
    let folder = TempDir::new().expect("a folder");
    let output = bench(folder.path(), &["--only", "C"]);
    let said = said(&output);
    if said.contains("there is no C compiler") {
        println!("skipped: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
    let results = Results::read(&folder.path().join("results.json")).expect("written");
    for (busy, idle) in [(1, 0), (64, 0), (16, 0), (16, 900)] {
        let cell = results.cell("C", Level { busy, idle }).expect("measured");
        assert!(cell.cpu.iter().all(|cpu| *cpu > 100.0), "{cell:?}");
        assert!(cell.cpu.len() >= 5 && cell.p50 <= cell.p99, "{cell:?}");
    }
    let one = results
        .cell("C", Level { busy: 1, idle: 0 })
        .expect("measured");
    // epoll_wait, recv and send; where nobody may be traced, there is no figure.
    assert!(
        one.calls.is_none_or(|calls| (calls - 3.0).abs() < 0.1),
        "{one:?}"
    );
    let memory = results.memory_per_idle("C").expect("measured");
    assert!(memory < 1024.0, "{memory}");
    let plot = fs::read_to_string(folder.path().join("busy-64.svg")).expect("drawn");
    assert!(plot.contains("C: plain C, epoll"), "{plot}");
}

#[test]
fn a_server_that_does_not_listen_is_not_measured_and_its_last_words_are_told() {
    let folder = TempDir::new().expect("a folder");
    let server = script(&folder, "#!/bin/sh\necho 'not yet written' >&2\n");
    let mine = format!("10={}", server.display());
    let output = bench(folder.path(), &["--only", "10-mine", "--mine", &mine]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("not measured: 10-mine: it does not say where it listens: not yet written"),
        "{said}"
    );
}

#[test]
fn a_name_that_is_none_is_told_with_those_that_are() {
    let folder = TempDir::new().expect("a folder");
    let output = bench(folder.path(), &["--only", "nginx"]);
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(
        said.contains("there is no server nginx; there are 03, 05, 07, 08-select"),
        "{said}"
    );
}
