//! nc and socat against the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::peers::test_chat(env!("CARGO_BIN_EXE_chat"))
}
