//! The harness against programs made for it: each right in its own way, or wrong in one.
//!
//! A case is a line or a few: what the program is like, what the script says, and what must come of it. The programs
//! are this binary itself, run with `act` and a part to play (see [`actors`]).

mod actors;
mod cases;
mod clients;
mod proofs;
mod right;
mod servers;
mod starts;

use harness::program::serve_if_asked;
use libtest_mimic::{Arguments, Trial};
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    serve_if_asked();
    let words: Vec<String> = env::args().skip(1).collect();
    if let [act, part @ ..] = &words[..]
        && act == "act"
    {
        return match actors::act(part) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let groups = [
        ("starts", starts::cases()),
        ("clients", clients::cases()),
        ("servers", servers::cases()),
        ("proofs", proofs::cases()),
        ("right", right::cases()),
    ];
    let trials = groups.into_iter().flat_map(|(group, cases)| {
        cases
            .into_iter()
            .map(move |case| Trial::test(format!("{group}::{}", case.name), move || case.check()))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
