//! The client with lesson 08's server at the other end: two real programs.

use harness::build;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

type Done = Result<(), Box<dyn Error>>;

/// A server that ends with the test.
struct Server {
    process: Child,
    address: String,
    /// Kept open: a server whose stdout is closed cannot go on.
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Result<Server, Box<dyn Error>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = folder.ancestors().nth(2).ok_or("no workspace")?;
        let built = build::programs(root, &["selectors-callbacks"])?;
        let mut process = Command::new(built.get("selectors-callbacks").ok_or("no server")?)
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("no pipe")?;
        let mut server = Server {
            process,
            address: String::new(),
            output: BufReader::new(output),
        };
        let mut line = String::new();
        server.output.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ");
        server.address = address.ok_or("it does not listen")?.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn echo_of(messages: &[String]) -> Result<Vec<u8>, Box<dyn Error>> {
    let server = Server::start()?;
    let client = Command::new(env!("CARGO_BIN_EXE_selectors-client"))
        .arg(&server.address)
        .args(messages)
        .output()?;
    assert_eq!(String::from_utf8(client.stderr)?, "");
    assert_eq!(client.status.code(), Some(0));
    Ok(client.stdout)
}

#[test]
fn lesson_08_sends_back_what_it_gets() -> Done {
    let messages = ["hello", "", "how are you?"].map(str::to_owned);
    assert_eq!(echo_of(&messages)?, b"hello\n\nhow are you?\n");
    Ok(())
}

#[test]
fn more_than_the_kernel_takes_at_once_comes_back_whole() -> Done {
    // One argument may have 128 KiB, all together 2 MiB (execve(2)).
    let message = |n: usize| format!("{n} ").repeat(120 * 1024 / (n.to_string().len() + 1));
    let messages: Vec<String> = (1..=12).map(message).collect();
    let echo = echo_of(&messages)?;
    let sent: String = messages.iter().map(|line| format!("{line}\n")).collect();
    assert!(
        echo == sent.as_bytes(),
        "{} bytes came back of {}",
        echo.len(),
        sent.len()
    );
    Ok(())
}
