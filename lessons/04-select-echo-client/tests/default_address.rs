//! The client without an address. In a script it is given that of a peer.

use std::error::Error;
use std::process::{Command, Stdio};

#[test]
fn without_an_address_it_is_the_default() -> Result<(), Box<dyn Error>> {
    let output = Command::new(env!("CARGO_BIN_EXE_select-echo-client"))
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8(output.stderr)?;
    // Should a server be there, the end of the input is the end of it.
    assert!(
        output.status.success() || said.contains("cannot connect to 127.0.0.1:32768"),
        "{said}"
    );
    Ok(())
}
