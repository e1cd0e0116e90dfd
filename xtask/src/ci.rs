//! `cargo xtask ci`: two rows of steps at the same time, each with a target folder of its own, so that none waits for the other's
//! build, and none runs what the other has just replaced.

use crate::workspace;
use anyhow::{Context, Result};
use harness::build;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{hint, panic, thread};

/// One check: what is told is what is run.
#[derive(Clone, Copy)]
struct Step {
    /// A line for a shell, in the workspace's root.
    line: &'static str,
    /// Threads that use a CPU each for as long as the command runs.
    busy_loops: usize,
}

/// Steps that are run one after the other.
struct Row {
    /// Where they build.
    target: PathBuf,
    steps: &'static [Step],
}

/// What became of a step.
#[derive(Clone, Copy)]
struct Outcome {
    step: Step,
    passed: bool,
    time: Duration,
}

/// The heavy ones: tests with their packages, and the book, which is built from some of the same.
const TESTS: [Step; 3] = [
    alone("cargo test --workspace --locked --no-fail-fast"),
    alone("cargo xtask book"),
    alone("cargo xtask book --check-sessions"),
];

/// The sources as they are written, and what the lessons and the harness say of each other.
const PROOFS: [Step; 11] = [
    alone("cargo fmt --all --check"),
    alone("cargo clippy --workspace --all-targets --locked -- -D warnings"),
    alone(
        "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked",
    ),
    alone("cargo xtask verify"),
    alone("cargo xtask verify 05 07 10 --traced"),
    alone("cargo xtask trace --check"),
    alone("cargo xtask prove --named"),
    alone("cargo xtask prove 05 --bug inline-write --named --traced"),
    alone("cargo xtask prove --exercises"),
    alone("cargo xtask fuzz all --seed 1 --seconds 1"),
    // A machine under load makes a run slower, never red.
    Step {
        line: "cargo xtask verify 01 02 03 --repeat 20",
        busy_loops: 4,
    },
];

const fn alone(line: &'static str) -> Step {
    Step {
        line,
        busy_loops: 0,
    }
}

/// Runs all steps, also after one has failed, and counts them.
pub(crate) fn ci() -> Result<ExitCode> {
    let root = workspace::root()?;
    let target = build::target_folder(&root)?;
    let rows = [
        Row {
            target: target.join("ci"),
            steps: &PROOFS,
        },
        Row {
            target,
            steps: &TESTS,
        },
    ];
    let all_passed = run(&rows, &root, io::stdout())?;
    Ok(if all_passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs all rows in `root`; returns whether all steps passed. The last line is `N passed, N failed`.
fn run(rows: &[Row], root: &Path, out: impl Write + Send) -> Result<bool> {
    let out = Mutex::new(out);
    let outcomes = at_once(rows, |row| row.run(root, &out))?.concat();
    let mut text = String::new();
    for outcome in &outcomes {
        text += &format!("{}  {}\n", outcome.told(), outcome.step.told());
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed).count();
    let failed = outcomes.len() - passed;
    print(&out, &format!("{text}{passed} passed, {failed} failed\n"))?;
    Ok(failed == 0)
}

/// Does the same with all of `things`, each in a thread of its own.
fn at_once<T: Sync, R: Send>(
    things: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    thread::scope(|scope| {
        let started: Vec<_> = things
            .iter()
            .map(|thing| scope.spawn(|| work(thing)))
            .collect();
        let ended = started.into_iter().map(|thread| {
            let result = thread.join();
            result.unwrap_or_else(|panicked| panic::resume_unwind(panicked))
        });
        ended.collect()
    })
}

impl Row {
    /// Runs the steps. What one prints comes in one piece when it has ended: two rows print into one another's text otherwise.
    fn run(&self, root: &Path, out: &Mutex<impl Write>) -> Result<Vec<Outcome>> {
        let run = |step: &Step| {
            print(out, &format!("begins: {}\n", step.told()))?;
            let start = Instant::now();
            let (passed, said) = under_load(step.busy_loops, || self.said(step.line, root))?;
            let outcome = Outcome {
                step: *step,
                passed,
                time: start.elapsed(),
            };
            let told = format!("\n$ {}\n{said}{}\n\n", step.told(), outcome.told());
            print(out, &told)?;
            Ok(outcome)
        };
        self.steps.iter().map(run).collect()
    }

    /// Whether the line does well, and what it prints, on stdout and stderr.
    fn said(&self, line: &str, root: &Path) -> Result<(bool, String)> {
        let (mut reader, writer) = io::pipe().context("there is no pipe")?;
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(root);
        command.stdin(Stdio::null());
        command.stdout(writer.try_clone()?).stderr(writer);
        command.env("CARGO_TARGET_DIR", &self.target);
        // On a clean checkout everything is built once: what the next build would be faster for only costs time and disk. Of the
        // debug information only the lines are asked for.
        command.env("CARGO_INCREMENTAL", "0");
        command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
        build::forget_own_package(&mut command);
        let mut child = command.spawn().context("cannot run sh")?;
        // With it go the writing ends of the pipe that are ours: else its end would never come.
        drop(command);
        let mut said = Vec::new();
        reader.read_to_end(&mut said)?;
        let status = child.wait()?;
        Ok((
            status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        ))
    }
}

fn print(out: &Mutex<impl Write>, text: &str) -> Result<()> {
    // Whoever panicked with it has printed all or nothing.
    let mut out = out.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Does the work while `busy_loops` threads compete with it.
fn under_load<T>(busy_loops: usize, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..busy_loops {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

impl Step {
    fn told(&self) -> String {
        match self.busy_loops {
            0 => self.line.to_owned(),
            loops => format!("{}   (beside {loops} busy loops)", self.line),
        }
    }
}

impl Outcome {
    fn told(&self) -> String {
        let word = if self.passed { "passed" } else { "FAILED" };
        format!("{word} {:6.1} s", self.time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &[&'static [Step]]) -> (bool, String) {
        let row = |steps: &&'static [Step]| Row {
            target: PathBuf::from("/nowhere"),
            steps,
        };
        let rows: Vec<Row> = rows.iter().map(row).collect();
        let mut out = Vec::new();
        let passed = run(&rows, Path::new("."), &mut out).expect("sh is there");
        (passed, String::from_utf8(out).expect("UTF-8"))
    }

    const FAILS: [Step; 3] = [
        alone("true"),
        alone("echo no; exit 3"),
        alone("test -d src"),
    ];

    #[test]
    fn every_step_is_run_and_counted_although_one_has_failed() {
        let (passed, text) = told(&[&FAILS]);
        assert!(!passed);
        assert!(text.contains("\n$ echo no; exit 3\nno\nFAILED"), "{text}");
        assert!(text.ends_with("\n2 passed, 1 failed\n"), "{text}");
    }

    #[test]
    fn all_is_well_when_nothing_failed() {
        const BUSY: [Step; 1] = [Step {
            line: "true",
            busy_loops: 2,
        }];
        let (passed, text) = told(&[&BUSY]);
        assert!(passed);
        assert!(
            text.contains("\n$ true   (beside 2 busy loops)\npassed"),
            "{text}"
        );
        assert!(text.ends_with("\n1 passed, 0 failed\n"), "{text}");
    }

    #[test]
    fn rows_run_at_the_same_time_and_none_prints_into_the_other() {
        // Each ends only when the other has begun.
        let folder = tempfile::tempdir().expect("a folder");
        let meets = |own: &str, others: &str| {
            let folder = folder.path().display();
            let line = format!(
                "echo {own} 1; touch {folder}/{own}; until test -e {folder}/{others}; do :; done; echo {own} 2"
            );
            let steps: &'static [Step] = vec![alone(line.leak())].leak();
            steps
        };
        let (passed, text) = told(&[meets("a", "b"), meets("b", "a")]);
        assert!(passed, "{text}");
        assert!(text.contains("\na 1\na 2\n"), "{text}");
        assert!(text.contains("\nb 1\nb 2\n"), "{text}");
    }
}
