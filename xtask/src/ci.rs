//! `cargo xtask ci`

use crate::workspace;
use anyhow::{Context, Result};
use harness::build;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{hint, thread};

/// One check: what is echoed is what is run.
struct Step {
    /// A line for a shell, in the workspace's root.
    line: &'static str,
    /// Threads that use a CPU each for as long as the command runs.
    busy_loops: usize,
}

const STEPS: [Step; 14] = [
    alone("cargo fmt --all --check"),
    alone("cargo clippy --workspace --all-targets --locked -- -D warnings"),
    alone(
        "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked",
    ),
    alone("cargo test --workspace --locked --no-fail-fast"),
    alone("cargo xtask verify"),
    alone("cargo xtask verify 05 07 10 --traced"),
    alone("cargo xtask trace --check"),
    alone("cargo xtask prove --named"),
    alone("cargo xtask prove 05 --bug inline-write --named --traced"),
    alone("cargo xtask prove --exercises"),
    alone("cargo xtask fuzz all --seed 1 --seconds 1"),
    alone("cargo xtask book"),
    alone("cargo xtask book --check-sessions"),
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
    let all_passed = run(&STEPS, &workspace::root()?, &mut io::stdout())?;
    Ok(if all_passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the steps in `root`; returns whether all passed. The last line is `N passed, N failed`.
fn run(steps: &[Step], root: &Path, out: &mut impl Write) -> Result<bool> {
    let mut results = Vec::new();
    for step in steps {
        writeln!(out, "$ {}{}", step.line, beside(step.busy_loops))?;
        out.flush()?; // before the command's own output
        let start = Instant::now();
        let passed = under_load(step.busy_loops, || passes(step.line, root))?;
        let time = start.elapsed();
        writeln!(out, "{}\n", outcome(passed, time))?;
        results.push((step, passed, time));
    }
    for (step, passed, time) in &results {
        let load = beside(step.busy_loops);
        writeln!(out, "{}  {}{load}", outcome(*passed, *time), step.line)?;
    }
    let passed = results.iter().filter(|(_, passed, _)| *passed).count();
    let failed = results.len() - passed;
    writeln!(out, "{passed} passed, {failed} failed")?;
    out.flush()?;
    Ok(failed == 0)
}

fn passes(line: &str, root: &Path) -> Result<bool> {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(root);
    command.stdin(Stdio::null());
    // On a clean checkout everything is built once: what the next build would be faster for only costs time and disk. Of the
    // debug information only the lines are asked for.
    command.env("CARGO_INCREMENTAL", "0");
    command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    build::forget_own_package(&mut command);
    let status = command.status().context("cannot run sh")?;
    Ok(status.success())
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

fn beside(busy_loops: usize) -> String {
    match busy_loops {
        0 => String::new(),
        loops => format!("   (beside {loops} busy loops)"),
    }
}

fn outcome(passed: bool, time: Duration) -> String {
    let word = if passed { "passed" } else { "FAILED" };
    format!("{word} {:6.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(steps: &[Step]) -> (bool, String) {
        let mut out = Vec::new();
        let passed = run(steps, Path::new("."), &mut out).expect("sh is there");
        (passed, String::from_utf8(out).expect("UTF-8"))
    }

    #[test]
    fn every_step_is_run_and_counted_although_one_has_failed() {
        let (passed, text) = told(&[alone("true"), alone("exit 3"), alone("test -d src")]);
        assert!(!passed);
        assert!(text.contains("$ exit 3\nFAILED"), "{text}");
        assert!(text.ends_with("\n2 passed, 1 failed\n"), "{text}");
    }

    #[test]
    fn all_is_well_when_nothing_failed() {
        let busy = Step {
            line: "true",
            busy_loops: 2,
        };
        let (passed, text) = told(&[busy]);
        assert!(passed);
        assert!(
            text.starts_with("$ true   (beside 2 busy loops)\n"),
            "{text}"
        );
        assert!(text.ends_with("\n1 passed, 0 failed\n"), "{text}");
    }
}
