//! The command line of what students are handed: `cargo xtask verify`, `run`, `watch`, `trace`, `list`, `doctor`.
//!
//! It is about one program, which is the workspace's root package. Everything that takes thought is in the library `harness`.

use anyhow::{Context, Result};
use clap::Parser;
use harness::build;
use harness::handout::{self, RULES};
use harness::lesson::Lesson;
use harness::words::count;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, slice};

mod choose;
mod cli;
mod trace;
mod verify;

/// The exit status of a command that could not do its work.
const COULD_NOT: u8 = 2;

fn main() -> ExitCode {
    harness::program::serve_if_asked();
    let done = match cli::Cli::parse().command {
        cli::Command::Verify(asked) => verify::verify(&asked),
        cli::Command::Run { arguments } => run(arguments),
        cli::Command::Watch { poll } => watch(poll),
        cli::Command::Trace { script, plain } => trace::trace(&script, plain),
        cli::Command::List => list(),
        cli::Command::Doctor => doctor(),
    };
    done.unwrap_or_else(|error| {
        // A stderr that is closed is no reason to stop.
        let _ = writeln!(io::stderr(), "error: {error:#}");
        ExitCode::from(COULD_NOT)
    })
}

/// The folder around the current one that was handed out.
fn root() -> Result<PathBuf> {
    let here = env::current_dir().context("there is no current folder")?;
    let root = here.ancestors().find(|it| it.join(RULES).is_file());
    let root = root.with_context(|| {
        format!("there is no {RULES} here: change to the folder that you were handed")
    })?;
    Ok(root.to_owned())
}

/// Builds the student's program.
fn program(assignment: &Lesson) -> Result<PathBuf> {
    let name = assignment.name.as_str();
    let mut built = build::exercises(&assignment.root, slice::from_ref(&name), false)?;
    let program = built.remove(name);
    program.with_context(|| format!("the package {name} has no program of its own name"))
}

/// Becomes `program`, so that Ctrl-C and the exit status are its own. Returns only if it cannot be run.
fn become_program(program: &Path, arguments: Vec<OsString>) -> Result<ExitCode> {
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

fn run(arguments: Vec<OsString>) -> Result<ExitCode> {
    let program = program(&handout::load(&root()?)?)?;
    become_program(&program, arguments)
}

/// Becomes the program that watches. It is a package of its own, built when it is first asked for.
fn watch(poll: bool) -> Result<ExitCode> {
    let root = root()?;
    let own = env::current_exe().context("cannot find this program")?;
    let mut arguments: Vec<OsString> = Vec::new();
    arguments.extend(poll.then(|| "--poll".into()));
    arguments.extend([root.join("src").into(), "--".into()]);
    arguments.extend([own.into(), "verify".into()]);
    become_program(&build::program(&root, "watch")?, arguments)
}

/// Prints a line per script: its name and its title.
fn list() -> Result<ExitCode> {
    let assignment = handout::load(&root()?)?;
    let mut seen = BTreeSet::new();
    let scripts = assignment.scripts()?.into_iter().filter_map(Result::ok);
    let scripts: Vec<_> = scripts.filter(|it| seen.insert(it.path.clone())).collect();
    let width = scripts.iter().map(|script| script.name.len()).max();
    let mut out = io::stdout().lock();
    for script in &scripts {
        let width = width.unwrap_or_default();
        writeln!(out, "{:width$}  {}", script.name, script.title)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn doctor() -> Result<ExitCode> {
    let mut missing = 0;
    let mut told = String::new();
    harness::doctor::examine_handout(&root()?, |check| {
        missing += usize::from(check.is_needed());
        told += &format!("{check}\n");
    });
    told += &match missing {
        0 => "\nall that is needed is there\n".to_owned(),
        _ => format!(
            "\n{} missing that must be there; below each is what to type\n",
            count(missing, "thing is", "things are")
        ),
    };
    io::stdout().write_all(told.as_bytes())?;
    Ok(match missing {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
