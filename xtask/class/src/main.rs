//! `cargo xtask handout`, `grade` and `script`: what an instructor does with assignments.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use class::handout::{self, Handout};
use class::prove::{self, Prove};
use class::script::{self, Checked};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit status of a command that could not do its work.
const COULD_NOT: u8 = 2;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Asked {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Grade the submissions of a class
    #[cfg(target_os = "linux")]
    Grade(class::grade::Asked),
    /// Grade the submissions of a class: on Linux only
    #[cfg(not(target_os = "linux"))]
    Grade(Elsewhere),
    /// Write what a student begins with: a repository with the starter, the scripts that are not hidden, and what plays them
    Handout(Handout),
    /// For those who write scripts
    #[command(subcommand)]
    Script(Script),
}

#[derive(Debug, Subcommand)]
enum Script {
    /// Say what is wrong with a script, or how it is read
    Check(script::Check),
    /// Play an assignment's scripts against its reference, which must pass, and its bugs, which must be caught
    Prove(Prove),
}

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    class::confine::serve_if_asked();
    harness::program::serve_if_asked();
    #[cfg(target_os = "linux")]
    class::grade::player::serve_if_asked();
    let done = match Asked::parse().command {
        Command::Grade(asked) => grade(&asked),
        Command::Handout(asked) => hand_out(&asked),
        Command::Script(Script::Check(asked)) => check_script(&asked),
        Command::Script(Script::Prove(asked)) => prove_scripts(&asked),
    };
    done.unwrap_or_else(|error| {
        // A stderr that is closed is no reason to stop.
        let _ = writeln!(io::stderr(), "error: {error:#}");
        ExitCode::from(COULD_NOT)
    })
}

#[cfg(target_os = "linux")]
fn grade(asked: &class::grade::Asked) -> Result<ExitCode> {
    class::grade::command::run(&course()?, asked)
}

/// What is asked of grading where there is none.
#[cfg(not(target_os = "linux"))]
#[derive(Debug, clap::Args)]
struct Elsewhere {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    asked: Vec<std::ffi::OsString>,
}

#[cfg(not(target_os = "linux"))]
fn grade(_: &Elsewhere) -> Result<ExitCode> {
    anyhow::bail!(
        "only Linux can keep submissions out of what is not theirs, and look at their programs: grade there"
    )
}

fn hand_out(asked: &Handout) -> Result<ExitCode> {
    let told = handout::hand_out(&course()?, asked)?;
    io::stdout().write_all(told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn check_script(asked: &script::Check) -> Result<ExitCode> {
    match script::check(&course()?, asked)? {
        Checked::Right(reading) => {
            io::stdout().write_all(reading.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Checked::Wrong(error) => {
            writeln!(io::stderr(), "{error}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn prove_scripts(asked: &Prove) -> Result<ExitCode> {
    let (told, all_is_well) = prove::prove(&course()?, asked)?;
    io::stdout().write_all(told.as_bytes())?;
    Ok(match all_is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The workspace that this program belongs to: cargo builds it anew when it was moved.
fn course() -> Result<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = own.ancestors().nth(2);
    Ok(root.context("the workspace is two folders up")?.to_owned())
}
