//! A program that the harness starts is its own from the first moment to the last.

mod actors;
mod alone;
mod families;
mod inputs;
mod support;

use harness::program::serve_if_asked;
use libtest_mimic::{Arguments, Trial};
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    serve_if_asked();
    let arguments: Vec<String> = env::args().collect();
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    if let ["act", part @ ..] = &words[..] {
        return match actors::act(part) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{part:?}: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let tests = [alone::TESTS, families::TESTS, inputs::TESTS].concat();
    let trials = tests
        .into_iter()
        .map(|(name, test)| Trial::test(name, test));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
