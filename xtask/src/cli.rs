//! What the command line may say.

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use harness::suite::Plan;
use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

/// One Thread, Many Sockets: lessons on I/O multiplexing, and what checks them
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the lessons and how many scripts each has
    List,
    /// Say what is missing on this computer, and what to type for it
    #[command(after_help = "Exit status: 0 all that is needed is there, 1 something is missing")]
    Doctor,
    /// Build a lesson's program, or yours, and run it
    Run(Run),
    /// Talk to a server: what you type is sent, what comes back is printed. It is lesson 04's client
    Connect(Connect),
    /// Play the lessons' scripts against their programs, or against yours
    Verify(Verify),
    /// Begin an exercise, and get help with it
    #[command(subcommand)]
    Exercise(Exercise),
    /// Get a server with one bug in it, to be found and mended
    Hunt(Hunt),
    /// At every save: build your exercise, check it, and show what is wrong first
    Watch(Watch),
    /// Build the book, and stop where it says what is not so
    Book(Book),
    /// Measure what an echo costs the lessons' servers, and others, and draw it
    Bench(Bench),
    /// Play a script and show what the kernel saw: the program's calls, beside what the clients did
    Trace(Trace),
    /// For instructors: grade the submissions of a class
    #[command(disable_help_flag = true)]
    Grade(Passed),
    /// For instructors: write what a student begins with
    #[command(disable_help_flag = true)]
    Handout(Passed),
    /// For instructors: say what is wrong with a script, or how it is read
    #[command(disable_help_flag = true)]
    Script(Passed),
    /// For maintainers: play the scripts against bad programs, which must be caught, and right ones, which must pass
    Prove(Prove),
    /// For maintainers: play scripts made by chance against servers; the first that fails is made small and kept
    #[command(disable_help_flag = true)]
    Fuzz(Passed),
    /// For maintainers: play the scripts against every mutant that cargo-mutants makes of the lessons' programs
    Mutants(Mutants),
    /// For maintainers: run all checks, the tests and the scripts under load among them
    Ci,
}

/// What one command is about.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// The lesson: 3, 03, select-one-port or 03-select-one-port
    pub(crate) lesson: String,
    /// One of its tasks: `cargo xtask list` shows them
    #[arg(long, value_name = "NAME")]
    pub(crate) task: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) of: Of,
    /// Your exercise instead of the lesson's program
    #[arg(long, conflicts_with = "hunt")]
    pub(crate) mine: bool,
    /// The program that you hunt a bug in
    #[arg(long, conflicts_with = "task")]
    pub(crate) hunt: bool,
    /// What the program is given, such as addresses to listen on
    #[arg(last = true, value_name = "ADDR")]
    pub(crate) arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(after_help = "Ctrl-D ends the input, Ctrl-C leaves")]
pub(crate) struct Connect {
    /// Where the server is: an address such as 127.0.0.1:8002, a port alone, or a lesson
    pub(crate) address: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing failed, 1 something did, 2 it could not be found out"
)]
pub(crate) struct Verify {
    /// Lessons: 3, 03, select-one-port or 03-select-one-port [default: all]
    #[arg(value_name = "LESSON")]
    pub(crate) lessons: Vec<String>,
    /// One of the lesson's tasks, and its reference solution instead of the lesson's program
    #[arg(long, value_name = "NAME", requires = "lessons")]
    pub(crate) task: Option<String>,
    /// Check your exercise instead of the lesson's program [default: all that were started]
    #[arg(long, conflicts_with_all = ["program", "hunt"])]
    pub(crate) mine: bool,
    /// Check the program that you hunt a bug in [default: all that were begun]
    #[arg(long, conflicts_with_all = ["program", "task"])]
    pub(crate) hunt: bool,
    /// Check this program, in any language; the addresses that it is to listen on are appended
    #[arg(long, value_name = "COMMAND")]
    pub(crate) program: Option<String>,
    /// Play only this script: its name, or a file
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) script: Option<String>,
    /// Show all hints, not only the first
    #[arg(long)]
    pub(crate) hints: bool,
    /// Wait for Enter before each step, so that you can look around or attach a debugger
    #[arg(long, conflicts_with_all = ["repeat", "jobs", "format"])]
    pub(crate) step: bool,
    /// Play each script this many times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) repeat: u32,
    /// Follow the programs as `trace` does: verdicts must be the same
    #[arg(long, hide = true)]
    pub(crate) traced: bool,
    /// Play this many scripts at a time [default: eight for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// The call that the program waits in, by its man page name, instead of the lesson's; or `any`
    #[arg(long, value_name = "CALL|any", value_parser = call)]
    pub(crate) waits_in: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

impl Verify {
    /// Whether a program is checked that the user works at here: an exercise, or one with a bug in it.
    pub(crate) fn is_in_work(&self) -> bool {
        self.mine || self.hunt
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Exercise {
    /// Make a lesson's exercise: its program, with functions left to you; or begin one of its tasks
    Start {
        #[command(flatten)]
        of: Of,
    },
    /// Show a hint for what stopped your last check; each time one more
    Hint {
        #[command(flatten)]
        of: Of,
    },
    /// Show what would turn your program into the lesson's
    Diff {
        #[command(flatten)]
        of: Of,
    },
    /// Show what the lesson has where your exercise has holes
    Solution {
        #[command(flatten)]
        of: Of,
        /// Only this function
        hole: Option<String>,
        /// Show it although your program does not pass yet
        #[arg(long)]
        show: bool,
    },
    /// Begin anew; what there is becomes a backup
    Reset {
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Hunt {
    /// The lesson: 3, 03, select-one-port or 03-select-one-port
    pub(crate) lesson: String,
    /// This bug, a file of the lesson's folder `bugs` without .patch [default: one by chance, not found yet]
    #[arg(long, value_name = "NAME")]
    pub(crate) bug: Option<String>,
    /// The bug that this number stands for: the same for everybody
    #[arg(long, value_name = "N", conflicts_with = "bug")]
    pub(crate) seed: Option<u64>,
    /// Begin another although the last one is not found; its program becomes a backup
    #[arg(long)]
    pub(crate) again: bool,
    /// Show the bug instead
    #[arg(long, conflicts_with_all = ["bug", "seed", "again"])]
    pub(crate) give_up: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The program that you hunt a bug in instead of your exercise
    #[arg(long, conflicts_with = "task")]
    pub(crate) hunt: bool,
    /// Look for changes by the clock: for folders in which the system does not tell of them
    #[arg(long)]
    pub(crate) poll: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Book {
    /// Open it in the browser
    #[arg(long, conflicts_with_all = ["check_sessions", "record"])]
    pub(crate) open: bool,
    /// Build nothing, but play every script and replay every terminal session that the book shows
    #[arg(long)]
    pub(crate) check_sessions: bool,
    /// The same, and write what is printed now into the pages
    #[arg(long)]
    pub(crate) record: bool,
    /// Only the sessions of pages that have this in their name
    #[arg(value_name = "PAGE")]
    pub(crate) page: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 it passes, or all recordings match; 1 it fails, or one does not; 2 it could not be found out"
)]
pub(crate) struct Trace {
    /// The lesson: 5, 05, select-read-write or 05-select-read-write
    #[arg(required_unless_present = "check")]
    pub(crate) lesson: Option<String>,
    /// One of its scripts: its name, or a file
    #[arg(required_unless_present = "check", conflicts_with = "check")]
    pub(crate) script: Option<String>,
    /// One of the lesson's tasks, and its reference solution instead of the lesson's program
    #[arg(long, value_name = "NAME", conflicts_with_all = ["hunt", "record", "check"])]
    pub(crate) task: Option<String>,
    /// Trace your exercise instead of the lesson's program
    #[arg(long, conflicts_with_all = ["hunt", "program", "record", "check"])]
    pub(crate) mine: bool,
    /// Trace the program that you hunt a bug in
    #[arg(long, conflicts_with_all = ["program", "record", "check"])]
    pub(crate) hunt: bool,
    /// Trace this program, in any language; the addresses that it is to listen on are appended
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["record", "check"])]
    pub(crate) program: Option<String>,
    /// The call that the program waits in, by its man page name, instead of the lesson's; or `any`
    #[arg(long, value_name = "CALL|any", value_parser = call, conflicts_with_all = ["record", "check"])]
    pub(crate) waits_in: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = TraceFormat::Human)]
    pub(crate) format: TraceFormat,
    /// Draw for so many columns [default: the terminal's, or 100]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=500))]
    pub(crate) width: Option<u16>,
    /// For maintainers: keep what happens as a recording, for the book
    #[arg(long, conflicts_with = "check")]
    pub(crate) record: bool,
    /// For maintainers: say of each recording whether its lesson's program still does the same
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// For a terminal
    Human,
    /// One sentence a line, without drawing, for screen readers
    Plain,
    /// One JSON document, as harness/src/trace/FORMAT.md says
    Json,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 all bad programs are caught and all right ones pass, 1 one is missed or called wrong, or a \
                  script or a pitfall has no bug, 2 it could not be found out"
)]
pub(crate) struct Prove {
    /// Lessons: 3, 03, select-one-port or 03-select-one-port [default: all]
    #[arg(value_name = "LESSON")]
    pub(crate) lessons: Vec<String>,
    /// Only this task of the lesson [default: the lessons and all of their tasks]
    #[arg(long, value_name = "NAME", requires = "lessons")]
    pub(crate) task: Option<String>,
    /// Instead: prove that exercises start at a hole, and pass when their holes are filled from the lesson
    #[arg(long, conflicts_with_all = ["bug", "named", "refresh", "repeat"])]
    pub(crate) exercises: bool,
    /// Only the bugs of this name: a file of the lesson's folder `bugs`, without .patch
    #[arg(long, value_name = "NAME")]
    pub(crate) bug: Option<String>,
    /// Only the right programs of this name: a file of the lesson's folder `right`, without its ending
    #[arg(long, value_name = "NAME")]
    pub(crate) right: Option<String>,
    /// Play against each bug only the scripts that are said to catch it
    #[arg(long)]
    pub(crate) named: bool,
    /// Play nothing, but carry the patches over to the lessons' sources as they are now
    #[arg(long, conflicts_with_all = ["repeat", "jobs"])]
    pub(crate) refresh: bool,
    /// Play each script this many times against each program; all runs must agree
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) repeat: u32,
    /// Follow the programs as `trace` does: verdicts must be the same
    #[arg(long, hide = true)]
    pub(crate) traced: bool,
    /// Play this many scripts at a time [default: eight for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 all are caught but those that make no difference (mutants.toml), 1 others are not, 2 it could not be found out"
)]
pub(crate) struct Mutants {
    /// Lessons: 3, 03, select-one-port or 03-select-one-port [default: all]
    #[arg(value_name = "LESSON")]
    pub(crate) lessons: Vec<String>,
    /// Play against this many mutants at a time [default: eight for each processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 all were measured, or cannot be here; 1 a server failed; 2 it could not be found out"
)]
pub(crate) struct Bench {
    /// In twenty seconds: fewer connections, shorter rounds, rough figures
    #[arg(long)]
    pub(crate) quick: bool,
    /// Your exercises, too: those of 03, 05, 07, 08, 10 and 11 that there are
    #[arg(long)]
    pub(crate) mine: bool,
    /// Only these servers, by their names in the table, with commas between them: 10,11,C
    #[arg(long, value_name = "SERVER,…")]
    pub(crate) only: Option<String>,
    /// Show beside each ratio the one of an earlier run: a results.json
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// For maintainers: keep the results for the book
    #[arg(long, conflicts_with_all = ["quick", "mine", "only"])]
    pub(crate) record: bool,
}

/// What a command may be asked, the package that does it knows, `--help` among it.
#[derive(Debug, Args)]
pub(crate) struct Passed {
    /// What is wanted: `--help` tells all
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) arguments: Vec<OsString>,
}

/// How often and how many side by side, as the options `--repeat` and `--jobs` say.
pub(crate) fn plan(repeat: u32, jobs: Option<u16>) -> Plan {
    let once = Plan::once();
    Plan {
        repeat: NonZero::new(repeat).unwrap_or(once.repeat),
        jobs: jobs
            .and_then(|jobs| NonZero::new(jobs.into()))
            .unwrap_or(once.jobs),
    }
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

impl Format {
    /// Whether stdout holds one document and nothing else.
    pub(crate) fn is_document(self) -> bool {
        matches!(self, Format::Json | Format::Junit)
    }
}

fn call(word: &str) -> Result<String, String> {
    let is_name = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    if !word.is_empty() && word.chars().all(is_name) {
        Ok(word.to_owned())
    } else {
        Err("a system call is written as in its man page, such as select or epoll_wait".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command lines of a Markdown text that are in code: lines of a block, spans of a paragraph.
    fn commands(text: &str) -> Vec<&str> {
        let lines = text.lines().map(|line| line.trim_start_matches("$ "));
        let spans = text.split('`').skip(1).step_by(2);
        lines
            .chain(spans)
            .filter(|code| code.starts_with("cargo xtask ") && !code.contains('\n'))
            .collect()
    }

    #[test]
    fn every_command_of_the_readme_is_understood() {
        let readme = include_str!("../../README.md");
        let commands = commands(readme);
        assert!(commands.len() > 5, "{commands:?}");
        for command in commands {
            // What follows `#` is a comment for shlex, as for a shell.
            let words = shlex::split(command).expect("quotes are closed");
            if let Err(error) = Cli::try_parse_from(&words[1..]) {
                panic!("{command}: {error}");
            }
        }
    }
}
