//! Runs one test, in a process of its own, and judges it.
//!
//! What a test waits for, it has set off itself: nothing can come from outside. So one that sleeps, and is not woken up
//! for a second, waits for ever; none of the suite's own timeouts is a tenth of that. A machine under load makes no
//! difference: who is ready to run does not sleep.

use super::told::{Panic, place};
use crate::look::{CodeLine, Kind, Look, own_calls, own_turns};
use crate::program::{Exit, Launch, Program};
use crate::run::Target;
use crate::script::Script;
use crate::verdict::{Fact, Finding, Outcome, Verdict};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a test must have slept, without a break, before it is said to wait for ever.
const FOR_EVER: Duration = Duration::from_secs(1);
/// CPU time that no test needs: the longest takes a tenth of it.
const SPIN: Duration = Duration::from_millis(250);
/// After this, nothing is known.
const UNDECIDED: Duration = Duration::from_secs(60);
/// How often it is looked at.
const PAUSE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};
/// Callers of the call in which it sleeps that are told.
const CALLERS: usize = 3;
/// So many system calls are followed of one that does not sleep.
const TURNS: usize = 10;
/// Descriptors that a test may have.
const OPEN_FILES: u64 = 1024;

/// What came of a test.
enum End {
    Exited(Exit),
    /// In this call, and called from these lines, the innermost first.
    Stuck(&'static str, Vec<CodeLine>),
    /// Through these lines.
    Spins(Vec<CodeLine>),
    Unknown,
}

/// Runs the test that `script` is, which is called `name` in the test program of `target`.
pub(crate) fn play(script: &Script, name: &str, target: &Target) -> Verdict {
    let started = Instant::now();
    let outcome = match &target.tests {
        None => Outcome::Skipped("it is a test of a library, and there is only a program".into()),
        Some(program) => run(script, name, program, &target.directory)
            .unwrap_or_else(|error| undecided(script, &format!("cannot be run: {error}"))),
    };
    Verdict {
        outcome,
        took: started.elapsed(),
    }
}

fn run(script: &Script, name: &str, program: &Path, directory: &Path) -> io::Result<Outcome> {
    // One thread: then the test is run by the first, and nobody waits for it.
    let words = ["--exact", name, "--nocapture", "--test-threads=1"];
    let mut command = vec![program.as_os_str().to_owned()];
    command.extend(words.map(Into::into));
    let launch = Launch {
        command: &command,
        directory,
        open_files: OPEN_FILES,
    };
    let mut program =
        Program::start(&launch).map_err(|error| io::Error::other(error.to_string()))?;
    let end = watch(&mut program)?;
    while program.output().drain()? > 0 {}
    let output = program.output();
    let fails = |why: &str, facts, at: Option<Range<usize>>| {
        Outcome::Failed(Finding {
            at: at.or_else(|| beginning(script)),
            ..finding(script, why, facts)
        })
    };
    let stderr = output.stderr();
    Ok(match end {
        End::Exited(Exit::Status(0)) if output.stdout().contains(" 1 passed;") => Outcome::Passed,
        End::Exited(Exit::Status(0)) => undecided(script, "is not in the test program"),
        End::Exited(exit) => match Panic::read(&stderr) {
            Some(panic) => {
                let at = place(script, panic.file, panic.line);
                let mut facts = panic.facts();
                // Whoever looks for `todo!` looks there.
                facts.extend(at.is_none().then(|| fact("stderr", stderr.trim())));
                fails(&format!("fails: {}", panic.message()), facts, at)
            }
            None => fails(&ended(exit), vec![fact("stderr", stderr.trim())], None),
        },
        End::Stuck(call, lines) => {
            let mut facts = vec![fact("test", &format!("asleep in {call}"))];
            facts.extend(your_code(&lines, "called from "));
            let at = lines.iter().find_map(|it| line_of(script, it));
            fails(
                "waits for ever: nothing is left that could wake it",
                facts,
                at,
            )
        }
        End::Spins(lines) => {
            let facts = your_code(&lines, "").into_iter().collect();
            fails(
                "never ends: it goes round and round and does not sleep",
                facts,
                None,
            )
        }
        End::Unknown => undecided(script, "is not over after a minute"),
    })
}

/// Follows the test to its end, or until it is known that it has none.
fn watch(program: &mut Program) -> io::Result<End> {
    let started = Instant::now();
    let pid = program.pid().as_raw_nonzero().get();
    let mut last = (Look::default(), started);
    loop {
        if let Some(exit) = program.exit() {
            return Ok(End::Exited(exit));
        }
        let mut watched: Vec<PollFd> = program
            .watched()
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        match poll(&mut watched, Some(&PAUSE)) {
            Ok(0) => {}
            Ok(_) => {
                program.output().drain()?;
                continue;
            }
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let (look, now) = (Look::at([pid])?, Instant::now());
        if look.cpu() >= SPIN {
            let busiest = look.threads.iter().max_by_key(|thread| thread.cpu);
            let lines = busiest.map(|it| own_turns(it.pid, it.tid, TURNS));
            return Ok(End::Spins(lines.unwrap_or_default()));
        }
        if now - started >= UNDECIDED {
            return Ok(End::Unknown);
        }
        if !look.all_asleep() || look != last.0 {
            last = (look, now);
        } else if now - last.1 >= FOR_EVER {
            return Ok(where_stuck(&look));
        }
    }
}

fn where_stuck(look: &Look) -> End {
    let mut threads = look.threads.iter();
    let thread =
        threads.find(|it| matches!(it.call(), Some(call) if matches!(call.kind, Kind::Wait(_))));
    let thread = thread.or(look.threads.first());
    let call = thread
        .and_then(|it| it.call())
        .map_or("a system call", |call| call.name);
    let lines = thread.map_or(Vec::new(), |it| own_calls(it.pid, it.tid));
    End::Stuck(call, lines)
}

/// Lines of the library and of the test, those after the first with a word about them.
fn your_code(lines: &[CodeLine], word: &str) -> Option<Fact> {
    let told = |line: &CodeLine| {
        let file = line.file_in_package().display();
        format!("{file}:{}  {}", line.line, line.text)
    };
    let lines: Vec<String> = lines.iter().take(1 + CALLERS).map(told).collect();
    (!lines.is_empty()).then(|| fact("your code", &lines.join(&format!("\n{word}"))))
}

/// Where the test begins.
fn beginning(script: &Script) -> Option<Range<usize>> {
    let head = format!("fn {}", script.name);
    let start = script.source.find(&head)?;
    Some(start..start + head.len())
}

fn line_of(script: &Script, line: &CodeLine) -> Option<Range<usize>> {
    place(script, &line.file.to_string_lossy(), line.line as usize)
}

fn ended(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => format!("fails: its process exited with {status}"),
        Exit::Signal(signal) => format!("fails: signal {signal} ended its process"),
        Exit::Lost => "fails: its process is lost".into(),
    }
}

fn fact(label: &'static str, text: &str) -> Fact {
    let text = text.to_owned();
    Fact { label, text }
}

fn undecided(script: &Script, why: &str) -> Outcome {
    Outcome::Undecided(finding(script, why, Vec::new()))
}

/// What is wrong with the test `script`: its name, and `why`.
fn finding(script: &Script, why: &str, facts: Vec<Fact>) -> Finding {
    Finding {
        message: format!("{} {why}", script.name),
        step: None,
        at: None,
        facts,
        habit: None,
        stalled_for: None,
        state: None,
        unwritten: None,
    }
}
