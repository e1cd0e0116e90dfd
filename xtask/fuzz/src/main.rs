//! `cargo xtask fuzz`: scripts made by chance, until a server breaks its lesson's contract.
//!
//! [`operation`] draws what clients do, [`model`] makes a script of it with the expectations that the [`contract`] demands,
//! [`mod@hunt`] plays one after another, and [`mod@shrink`] makes the first that fails small; how often it does is found out by
//! [`replay`]. What it leaves behind is a script file
//! that `verify --script` plays.

use anyhow::{Context, Result};
use clap::Parser;
use harness::build::{self, in_colour};
use harness::lesson::Lesson;
use harness::report::{self, Entry, Program, Wording, human};
use harness::run::Target;
use harness::verdict::Outcome;
use hunt::{Enough, Found, Hunted, hunt};
use indicatif::{ProgressBar, ProgressStyle};
use replay::Rate;
use script::Source;
use shrink::{Shrunk, shrink};
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};

mod bugs;
mod choose;
mod contract;
mod hunt;
mod model;
mod operation;
mod owed;
mod replay;
mod script;
mod shrink;

/// The exit status of a command that could not do its work.
const COULD_NOT: u8 = 2;
/// The exit status of a command that was interrupted, as a shell has it.
const INTERRUPTED: u8 = 130;
/// Operations for each lesson if nothing is said.
const OPERATIONS: u64 = 10_000;

/// Play scripts made by chance against the lessons' servers, or against yours; the first that fails is made small and kept
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask fuzz",
    bin_name = "cargo xtask fuzz",
    after_help = "Exit status: 0 nothing found, 1 a script fails, 2 it could not be found out"
)]
struct Asked {
    /// Lessons with a server: 3, 03, select-one-port or 03-select-one-port; or all
    #[arg(value_name = "LESSON|all", required = true)]
    lessons: Vec<String>,
    /// Stop after this time, for each lesson
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seconds: Option<u64>,
    /// Stop after so many operations, for each lesson [default: 10000, or as many as there is time for]
    #[arg(long, value_name = "N")]
    operations: Option<u64>,
    /// The number from which all chance comes: the same scripts again [default: another one each time]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Try this program, in any language; the addresses that it is to listen on are appended
    #[arg(long, value_name = "COMMAND")]
    program: Option<String>,
    /// Try the lessons' known-bad programs, or those of these names, and tell which are found [operations for each: 2000]
    #[arg(long, value_name = "NAME", num_args = 0.., value_delimiter = ',', conflicts_with = "program")]
    bugs: Option<Vec<String>>,
}

fn main() -> ExitCode {
    harness::program::serve_if_asked();
    match fuzz(&Asked::parse()) {
        Ok(status) => status,
        Err(error) => {
            // A stderr that is closed is no reason to stop.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(COULD_NOT)
        }
    }
}

/// Tries one lesson after another, until a script fails.
fn fuzz(asked: &Asked) -> Result<ExitCode> {
    let root = root()?;
    let lessons = Lesson::all(&root)?;
    let chosen = choose::choose(&lessons, &asked.lessons)?;
    let interrupted = on_interrupt()?;
    let seed = asked.seed.unwrap_or_else(any_seed);
    let program = asked
        .program
        .clone()
        .map_or(Program::Lessons, Program::Yours);
    let of: Vec<&Lesson> = chosen.iter().map(|(lesson, _)| *lesson).collect();
    say(&format!(
        "{}\nseed {seed}\n",
        report::subject(&program, &of)
    ))?;
    if let Some(names) = &asked.bugs {
        return bugs::find(
            &root,
            &chosen,
            names,
            seed,
            enough(asked, bugs::OPERATIONS),
            &interrupted,
        );
    }
    let targets = choose::targets(&root, &of, asked.program.as_deref())?;
    for ((lesson, contract), target) in chosen.iter().zip(targets) {
        let source = Source {
            lesson,
            contract,
            seed,
        };
        let enough = enough(asked, OPERATIONS);
        let bar = bar(enough);
        let hunted = hunt(&source, &target, enough, &interrupted, &bar)?;
        bar.finish_and_clear();
        say(&format!("{}\n", told(lesson, &hunted)))?;
        if let Some(found) = hunted.found {
            return tell(&root, &source, &target, found, &program, &interrupted);
        }
        if interrupted.load(Ordering::Relaxed) {
            return Ok(ExitCode::from(INTERRUPTED));
        }
        if let Some((skipped, _)) = hunted.skipped
            && skipped == hunted.scripts
        {
            return Ok(ExitCode::from(COULD_NOT));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the script that was found small, keeps it, and reports it as `verify` does.
fn tell(
    root: &Path,
    source: &Source,
    target: &Target,
    found: Found,
    program: &Program,
    interrupted: &AtomicBool,
) -> Result<ExitCode> {
    let lesson = source.lesson;
    let path = kept(root, lesson, source.seed)?;
    let is_failure = matches!(found.verdict.outcome, Outcome::Failed(_));
    let Shrunk {
        text,
        script,
        verdict,
        rate,
        steps,
        played,
    } = shrink(source, target, found, &path, interrupted)?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let entry = Entry {
        lesson,
        script: &script,
        run: 1,
        verdict,
    };
    let wording = Wording {
        program: program.clone(),
        columns: usize::MAX,
        hints: false,
        colour: in_colour(&io::stdout()),
    };
    let report = human::entry(&entry, &wording).unwrap_or_default();
    let option = program.option();
    let repeat = match rate.plays_to_fail() {
        Some(plays) if !rate.is_sure() => format!(" --repeat {plays}"),
        _ => String::new(),
    };
    say(&format!(
        "{report}\n\n{} of {} steps are left, after {played} smaller scripts. {} Play it again:\n  \
         cargo xtask verify {:02} --script {}{repeat}{option}\n",
        steps.0,
        steps.1,
        how_often(rate, is_failure),
        lesson.number,
        path.display()
    ))?;
    Ok(if is_failure {
        ExitCode::FAILURE
    } else {
        ExitCode::from(COULD_NOT)
    })
}

/// What is said of a script that was played again: `It fails 10 of 10 times.`
fn how_often(rate: Rate, is_failure: bool) -> String {
    let Rate { failed, played } = rate;
    let (does, did) = match is_failure {
        true => ("fails", "failed"),
        false => ("is undecided", "was undecided"),
    };
    match failed {
        0 => format!("It {did} once, and 0 of {played} times after that: it depends on luck."),
        _ if rate.is_sure() => format!("It {does} {failed} of {played} times."),
        _ => format!("It {did} {failed} of {played} times: it depends on luck."),
    }
}

/// The file that a script is kept in, as the user would name it.
fn kept(root: &Path, lesson: &Lesson, seed: u64) -> Result<PathBuf> {
    let folder = build::target_folder(root)?.join("fuzz");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("{:02}-{seed}.script", lesson.number));
    let here = env::current_dir().unwrap_or_default();
    Ok(path.strip_prefix(here).map(Path::to_owned).unwrap_or(path))
}

/// What is said of a lesson: `10-epoll   10032 operations in 118 scripts, 12.1 s, 829 a second: nothing found`.
fn told(lesson: &Lesson, hunted: &Hunted) -> String {
    let seconds = hunted.took.as_secs_f64();
    let skipped = hunted
        .skipped
        .as_ref()
        .map_or(String::new(), |(count, why)| {
            format!(", {count} of them skipped: {why}")
        });
    let found = match &hunted.found {
        None => "nothing found".into(),
        Some(found) => format!("script {} does not pass", found.number),
    };
    format!(
        "{:<23} {:>6} operations in {} scripts{skipped}, {seconds:.1} s, {:.0} a second: {found}",
        lesson.full_name(),
        hunted.operations,
        hunted.scripts,
        hunted.operations as f64 / seconds.max(0.001)
    )
}

fn enough(asked: &Asked, by_default: u64) -> Enough {
    let time = asked.seconds.map(Duration::from_secs);
    Enough {
        operations: asked.operations.or(time.is_none().then_some(by_default)),
        time,
    }
}

/// A flag that Ctrl-C raises. The second one ends the program as if there were no flag.
fn on_interrupt() -> Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    flag::register_conditional_default(SIGINT, Arc::clone(&interrupted))?;
    flag::register(SIGINT, Arc::clone(&interrupted))?;
    Ok(interrupted)
}

/// A seed that is short enough to be typed.
fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| now.as_micros() as u64 % 1_000_000)
}

/// The workspace that this program belongs to: cargo builds it anew when it was moved.
fn root() -> Result<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = own.ancestors().nth(2);
    Ok(root.context("the workspace is two folders up")?.to_owned())
}

/// A bar on stderr, if that is a terminal.
fn bar(enough: Enough) -> ProgressBar {
    let (bar, template) = match enough.operations {
        Some(operations) => (
            ProgressBar::new(operations),
            "{bar:40} {pos} of {len} operations",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {pos} operations, {elapsed}",
        ),
    };
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes to stdout, at once.
fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
