//! Every script of the lesson as a test.

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::as_tests::test_scripts(env!("CARGO_MANIFEST_DIR"), env!("CARGO_BIN_EXE_chat"))
}
