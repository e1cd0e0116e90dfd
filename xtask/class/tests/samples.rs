//! The sample assignments: their references pass, and what is wrong is caught.
//!
//! It has a main of its own, since its binary is also the keeper of the programs that are played against.

use class::prove::{Prove, prove};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    harness::program::serve_if_asked();
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let course = own
        .ancestors()
        .nth(2)
        .expect("the workspace is two folders up");
    let mut is_well = true;
    for (sample, student) in [("quota-echo", "ada"), ("key-value", "ada")] {
        let asked = Prove {
            assignment: own.join("samples").join(sample),
            student: student.into(),
        };
        match prove(course, &asked) {
            Ok((_, true)) => println!("{sample} for {student}: ok"),
            Ok((told, false)) => {
                println!("{sample} for {student}: FAILED\n{told}");
                is_well = false;
            }
            Err(error) => {
                println!("{sample} for {student}: FAILED\n{error:#}");
                is_well = false;
            }
        }
    }
    match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
