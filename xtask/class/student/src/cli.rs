//! What the command line may say.

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use std::ffi::OsString;

/// Plays scripted clients against your program, and says what is wrong with it, and why
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build your program and play the scripts against it
    Verify(Verify),
    /// Build your program and become it
    Run {
        /// What the program is given, such as addresses to listen on
        #[arg(last = true, value_name = "ADDR")]
        arguments: Vec<OsString>,
    },
    /// At every save: verify, and show what is wrong first
    Watch {
        /// Look for changes by the clock: for folders in which the system does not tell of them
        #[arg(long)]
        poll: bool,
    },
    /// Play a script and show what the kernel saw: your program's calls, beside what the clients did
    Trace {
        /// One of the scripts: its name, or a file
        script: String,
        /// One sentence a line, for screen readers
        #[arg(long)]
        plain: bool,
    },
    /// List the scripts
    List,
    /// Say what is missing on this computer, and what to type for it
    #[command(after_help = "Exit status: 0 all that is needed is there, 1 something is missing")]
    Doctor,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing failed, 1 something did, 2 it could not be found out"
)]
pub(crate) struct Verify {
    /// Play only this script: its name, or a file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) script: Option<String>,
    /// Show all hints, not only the first
    #[arg(long)]
    pub(crate) hints: bool,
    /// Wait for Enter before each step, so that you can look around or attach a debugger
    #[arg(long, conflicts_with_all = ["repeat", "format"])]
    pub(crate) step: bool,
    /// Play each script this many times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) repeat: u32,
    /// Check this program instead of the one in src/; the addresses that it is to listen on are appended
    #[arg(long, value_name = "COMMAND")]
    pub(crate) program: Option<String>,
    /// How the result is told
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal, in the shape of the compiler's errors
    Human,
    /// One sentence a line, without drawing, for screen readers
    Plain,
    /// One JSON document
    Json,
    /// One JUnit document
    Junit,
}
