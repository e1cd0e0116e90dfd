//! The program from outside: what it runs, when, and how it ends.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A folder with `main.rs`, and the program that watches it.
struct Watch {
    folder: TempDir,
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watch {
    /// Begins to watch; `command` is for sh, in the folder.
    fn start(options: &[&str], command: &str) -> Watch {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("main.rs"), "first\n").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_watch"))
            .args(options)
            .arg(folder.path())
            .args(["--", "sh", "-c", command])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Watch {
            folder,
            child,
            lines,
        }
    }

    fn save(&self, text: &str) {
        fs::write(self.folder.path().join("main.rs"), text).unwrap();
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn press(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
    }

    /// It leaves with q, and has nothing to complain about.
    fn leave(mut self) {
        self.press("q");
        assert!(self.child.wait().unwrap().success());
    }
}

/// At the start, at every save, and when it is asked to: the command is run, and what it prints is shown.
fn runs_at_every_save(options: &[&str]) {
    let mut watch = Watch::start(
        options,
        "cat main.rs; cat no-such-file 2>/dev/null || echo so >&2",
    );
    assert_eq!((watch.line(), watch.line()), ("first".into(), "so".into()));
    assert!(watch.line().contains(": check 1, "));
    watch.save("second\n");
    assert_eq!((watch.line(), watch.line()), ("second".into(), "so".into()));
    let status = watch.line();
    assert!(status.contains("q leaves"), "{status}");
    watch.press("\n");
    assert_eq!(watch.line(), "second");
    watch.leave();
}

#[test]
fn a_save_is_told_by_the_system() {
    runs_at_every_save(&[]);
}

#[test]
fn a_save_is_found_by_the_clock_where_nobody_tells() {
    runs_at_every_save(&["--poll"]);
}

#[test]
fn a_run_that_a_newer_save_made_stale_is_ended() {
    // The first run does not end by itself: what it waits for does not come.
    let command =
        "grep -q second main.rs || { mkfifo never; touch begun; read line < never; }; cat main.rs";
    let mut watch = Watch::start(&[], command);
    while !watch.folder.path().join("begun").exists() {
        std::thread::yield_now();
    }
    watch.save("second\n");
    assert_eq!(watch.line(), "second");
    watch.leave();
}

#[test]
fn leaving_ends_what_is_under_way() {
    let mut watch = Watch::start(
        &[],
        "echo $$ > pid.tmp; mv pid.tmp pid; mkfifo never; read line < never",
    );
    let file = watch.folder.path().join("pid");
    while !file.exists() {
        std::thread::yield_now();
    }
    let pid = fs::read_to_string(file).unwrap();
    watch.press("q");
    assert!(watch.child.wait().unwrap().success());
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    assert!(state.is_err(), "it is still there: {state:?}");
}

#[test]
fn what_it_cannot_do_it_says() {
    let said = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_watch"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(
        said(&[]),
        "error: usage: watch [--poll] FOLDER -- COMMAND...\n"
    );
    let error = said(&["/no/such/folder", "--", "true"]);
    assert!(
        error.starts_with("error: cannot watch /no/such/folder"),
        "{error}"
    );
    let error = said(&["/tmp", "--", "/no/such/program"]);
    assert!(
        error.starts_with("error: cannot run /no/such/program"),
        "{error}"
    );
}
