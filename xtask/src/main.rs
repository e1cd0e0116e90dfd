//! The command line of the workspace: `cargo xtask list`, `run`, `verify`, `exercise`, `hunt`, `watch`, `bench`, `book`, `prove`, `fuzz`, `mutants`, `ci`.
//!
//! Everything that takes thought is in the library `harness`; here is who asked for what, and what is printed where.

use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;

mod bench;
mod book;
mod ci;
mod class;
mod cli;
mod connect;
mod doctor;
mod exercise;
mod fuzz;
mod hunt;
mod list;
mod mine;
mod mutants;
mod prove;
mod prove_exercises;
mod recordings;
mod reference;
mod run;
mod select;
mod tell;
mod trace;
mod verify;
mod watch;
mod workspace;

/// The exit status of a command that could not do its work.
const COULD_NOT: u8 = 2;

fn main() -> ExitCode {
    harness::program::serve_if_asked();
    let result = match cli::Cli::parse().command {
        cli::Command::Bench(asked) => bench::bench(&asked),
        cli::Command::Book(book) => book::book(&book),
        cli::Command::Ci => ci::ci(),
        cli::Command::List => list::list(),
        cli::Command::Doctor => doctor::doctor(),
        cli::Command::Run(run) => run::run(&run),
        cli::Command::Connect(asked) => connect::connect(&asked),
        cli::Command::Verify(verify) => verify::verify(&verify),
        cli::Command::Exercise(exercise) => exercise::exercise(&exercise),
        cli::Command::Hunt(asked) => hunt::hunt(&asked),
        cli::Command::Watch(watch) => watch::watch(&watch),
        cli::Command::Prove(prove) if prove.exercises => prove_exercises::prove(&prove),
        cli::Command::Trace(trace) => trace::trace(&trace),
        cli::Command::Prove(prove) => prove::prove(&prove),
        cli::Command::Mutants(asked) => mutants::mutants(&asked),
        cli::Command::Grade(asked) => class::class("grade", &asked),
        cli::Command::Handout(asked) => class::class("handout", &asked),
        cli::Command::Script(asked) => class::class("script", &asked),
        cli::Command::Fuzz(asked) => fuzz::fuzz(&asked),
    };
    result.unwrap_or_else(|error| {
        if !nobody_reads_on(&error) {
            complain(&error);
        }
        ExitCode::from(COULD_NOT)
    })
}

/// Whether the command ended because its output was closed, as by `| head`: there is nobody to tell.
fn nobody_reads_on(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The error and its causes, as `error: what: because of what`.
fn complain(error: &anyhow::Error) {
    let mut sentence = String::from("error");
    for cause in error.chain() {
        sentence.push_str(": ");
        sentence.push_str(cause.to_string().trim_end());
    }
    say(&sentence);
}

/// A line to stderr. A stderr that is closed is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The words that are nearest to a mistyped one, or nothing if none is near.
fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words
        .map(|known| (strsim::damerau_levenshtein(word, known), known))
        .min()
        // One slip in three letters is a mistyped word; more is another word.
        .filter(|(slips, known)| slips * 3 <= known.chars().count())
        .map(|(_, known)| known)
}
