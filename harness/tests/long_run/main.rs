//! The harness in the long run: after many scripts, that pass or fail in every way, it has no more descriptors, threads, children or
//! memory than after a few.
//!
//! `SCRIPTS=10000 cargo test -p harness --test long_run` plays more of them than the 1000 that are played otherwise.

#[path = "../engine/actors/mod.rs"]
mod actors;

use harness::program::serve_if_asked;
use harness::run::{Target, play};
use harness::script::Script;
use harness::script::parse::parse;
use harness::suite::{self, Plan};
use harness::verdict::Outcome;
use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

/// Scripts that are played unless SCRIPTS says otherwise.
const SCRIPTS: usize = 1000;
/// Scripts after which there is all that there will be: threads' stacks, the allocator's arenas, tables of names.
const WARM_UP: usize = 200;
/// What the allocator may keep more than before, in KiB: it was asked for nothing that it was not asked for before. Of the debug
/// information of this program, which each red reads, it keeps 2 to 5 MiB in pieces.
const SLACK: u64 = 8 * 1024;

/// What the program is like, what the script says, and whether it passes.
const CASES: [(&str, &str, bool); 12] = [
    (
        "serves",
        "ada connects\nada sends \"hi\\n\"\nada receives \"hi\\n\"\nada closes\nserver prints \"closed {ada}\"",
        true,
    ),
    (
        "serves",
        "crowd of 20 connects\ncrowd sends \"{n}\\n\"\ncrowd receives \"{n}\\n\"",
        true,
    ),
    (
        "serves",
        "server freezes\nada connects\nada sends \"x\"\nada resets\nbob connects\nserver thaws\nbob sends \"y\"\nbob receives \"y\"",
        true,
    ),
    (
        "serves",
        "ada connects\nada sends 300 KiB of counters\nada receives 300 KiB of counters",
        true,
    ),
    (
        "serves tidy",
        "ada connects\nserver is interrupted\nserver exits with 0",
        true,
    ),
    (
        "serves",
        "server is interrupted\nserver dies of SIGINT",
        true,
    ),
    (
        "serves child files=1",
        "ada connects\nada sends \"hi\"\nada receives \"hi\"",
        true,
    ),
    (
        "serves silent",
        "ada connects\nserver prints \"accepted {ada}\"",
        false,
    ),
    (
        "serves panics",
        "ada connects\nada sends \"x\"\nada receives \"x\"",
        false,
    ),
    (
        "serves leaks forks",
        "ada connects\nbob connects\nada closes",
        false,
    ),
    (
        "serves deaf hangs-up",
        "ada connects\nada receives \"x\"",
        false,
    ),
    ("floods", "ada connects", false),
];

/// What glibc's malloc is told (mallopt(3), M_MMAP_THRESHOLD and M_ARENA_MAX).
const TUNABLES: &str = "GLIBC_TUNABLES";

/// Begins again with a malloc that gives back large pieces of memory at once: a red reads a program's file, and this one has a hundred
/// MiB. Left alone, malloc keeps some of that for later, now more and now less. Returns only what hinders it.
fn begun_again() -> io::Error {
    let own = match env::current_exe() {
        Ok(own) => own,
        Err(error) => return error,
    };
    let mut command = Command::new(own);
    command.args(env::args_os().skip(1));
    command.env(
        TUNABLES,
        "glibc.malloc.mmap_threshold=131072:glibc.malloc.arena_max=1",
    );
    command.exec()
}

fn main() -> ExitCode {
    serve_if_asked();
    let words: Vec<String> = env::args().skip(1).collect();
    let result = match &words[..] {
        [act, part @ ..] if act == "act" => actors::act(part),
        // What a test is asked by its harness: there is one, and it is not listed.
        [list, ..] if list == "--list" => Ok(()),
        _ if env::var_os(TUNABLES).is_none() => Err(begun_again().into()),
        _ => nothing_is_left(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn nothing_is_left() -> Result<(), Box<dyn Error>> {
    let scripts = env::var("SCRIPTS").map_or(Ok(SCRIPTS), |number| number.parse())?;
    play_many(WARM_UP)?;
    let before = Held::now()?;
    play_many(scripts)?;
    let after = Held::now()?;
    println!("after {WARM_UP} scripts:  {before}\nafter {scripts} more:  {after}");
    if after.descriptors != before.descriptors {
        return Err(format!(
            "other descriptors: {:#?}\n{:#?}",
            before.descriptors, after.descriptors
        )
        .into());
    }
    // A thread that is told to be over may still be on its way out of the kernel.
    let on_their_way = Plan::once().jobs.get();
    if after.threads > before.threads + on_their_way || after.children != before.children {
        return Err("threads or children are left".into());
    }
    if after.memory > before.memory + SLACK {
        return Err("memory has grown".into());
    }
    Ok(())
}

/// Plays the cases in turn, as many at a time as `verify` does.
fn play_many(count: usize) -> Result<(), Box<dyn Error>> {
    let cases: Vec<(Script, Target, bool)> = CASES.iter().map(case).collect::<Result<_, _>>()?;
    let turns: Vec<&(Script, Target, bool)> = cases.iter().cycle().take(count).collect();
    let mut wrong = None;
    suite::run(
        &turns,
        Plan::once(),
        |(script, target, _)| play(script, target),
        |event| {
            if let suite::Event::Played { case, verdict, .. } = event {
                let as_expected = match verdict.outcome {
                    Outcome::Passed => case.2,
                    Outcome::Failed(_) => !case.2,
                    Outcome::Skipped(_) | Outcome::Undecided(_) => false,
                };
                if !as_expected {
                    wrong = Some(format!("{}\n{:#?}", case.0.source, verdict.outcome));
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        },
    )?;
    wrong.map_or(Ok(()), |wrong| Err(wrong.into()))
}

fn case(
    (part, steps, passes): &(&str, &str, bool),
) -> Result<(Script, Target, bool), Box<dyn Error>> {
    let script = parse(
        Path::new("long-run.script"),
        &format!("# A script\n\n{steps}\n"),
    );
    let target = Target {
        command: actors::command("long-run", part),
        directory: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        addresses: 1,
        waits_in: Some("poll".into()),
        may_sleep_in: vec!["poll".into()],
        variants: Vec::new(),
        replaced: Vec::new(),
        tests: None,
        trace: None,
    };
    Ok((script.map_err(|error| error.message)?, target, *passes))
}

/// What this process has.
struct Held {
    /// How many descriptors lead to what: `socket`, `pipe`, a file's name.
    descriptors: BTreeMap<String, usize>,
    threads: usize,
    children: usize,
    /// VmRSS, in KiB (proc_pid_status(5)).
    memory: u64,
}

impl Held {
    fn now() -> Result<Held, Box<dyn Error>> {
        let mut descriptors = BTreeMap::new();
        for descriptor in fs::read_dir("/proc/self/fd")?.flatten() {
            let leads_to = fs::read_link(descriptor.path()).unwrap_or_default();
            let leads_to = leads_to.display().to_string();
            let kind = leads_to.split(":[").next().unwrap_or_default().to_owned();
            *descriptors.entry(kind).or_default() += 1;
        }
        let status = fs::read_to_string("/proc/self/status")?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = resident.and_then(|kib| kib.split_whitespace().next());
        Ok(Held {
            descriptors,
            threads: fs::read_dir("/proc/self/task")?.count(),
            children: children()?,
            memory: memory.ok_or("no VmRSS")?.parse()?,
        })
    }
}

/// Processes whose parent is this one, those among them that have ended and were not waited for.
fn children() -> Result<usize, Box<dyn Error>> {
    let own = std::process::id().to_string();
    let mut children = 0;
    for folder in fs::read_dir("/proc")?.flatten() {
        let stat = fs::read_to_string(folder.path().join("stat")).unwrap_or_default();
        // After the name, which ends with the last parenthesis: state, parent (proc_pid_stat(5)).
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        children += usize::from(parent == Some(&own));
    }
    Ok(children)
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let descriptors: usize = self.descriptors.values().sum();
        write!(
            f,
            "{descriptors} descriptors, {} threads, {} children, {} KiB",
            self.threads, self.children, self.memory
        )
    }
}
