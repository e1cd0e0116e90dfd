//! `cargo xtask connect`

use crate::run::become_program;
use crate::{cli, workspace};
use anyhow::{Context, Result, bail};
use harness::build;
use harness::lesson::{Lesson, Role};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

/// The package of the client: lesson 04's program.
const CLIENT: &str = "select-echo-client";

/// Builds lesson 04's client and becomes it.
pub(crate) fn connect(asked: &cli::Connect) -> Result<ExitCode> {
    let root = workspace::root()?;
    let address = address(&asked.address, &Lesson::all(&root)?)?;
    let client = build::program(&root, CLIENT)?;
    become_program(&client, [address.to_string()])
}

/// What `word` means: an address, a port of this computer, or a lesson, whose server listens where it does by default.
/// A number of a lesson is that lesson's.
fn address(word: &str, lessons: &[Lesson]) -> Result<SocketAddr> {
    if let Some(lesson) = lessons.iter().find(|lesson| lesson.is_called(word)) {
        return default_address(lesson);
    }
    let here = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let port = word.strip_prefix("localhost:").unwrap_or(word);
    match (word.parse(), port.parse()) {
        (Ok(address), _) => Ok(address),
        (_, Ok(port @ 1..)) => Ok(here(port)),
        _ => bail!(
            "{word} is no address; write an IP address and a port, 127.0.0.1:8002, a port alone, 8002, or a lesson, 03"
        ),
    }
}

fn default_address(lesson: &Lesson) -> Result<SocketAddr> {
    let (number, name) = (lesson.number, &lesson.name);
    let first = lesson.about.default_addresses.first();
    match (lesson.about.role, first) {
        (Role::Server, Some(first)) => first.parse().with_context(|| {
            let file = lesson.folder.join("lesson.toml");
            format!("{}: {first} is no address", file.display())
        }),
        _ => bail!(
            "{name} listens nowhere: it is a client itself; start it with `cargo xtask run {number:02}`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lessons() -> Vec<Lesson> {
        Lesson::all(&workspace::root().expect("a workspace")).expect("lessons")
    }

    #[test]
    fn an_address_a_port_and_a_lesson_lead_to_a_server() {
        for (word, wanted) in [
            ("05", "127.0.0.1:10000"),
            ("select-multi-port", "127.0.0.1:8002"),
            ("8003", "127.0.0.1:8003"),
            ("localhost:8003", "127.0.0.1:8003"),
            ("[::1]:80", "[::1]:80"),
        ] {
            let address = address(word, &lessons()).expect(word);
            assert_eq!(address.to_string(), wanted, "{word}");
        }
    }

    #[test]
    fn what_is_no_server_is_told_with_what_would_be_right() {
        let error = |word| {
            address(word, &lessons())
                .expect_err("no server")
                .to_string()
        };
        assert_eq!(
            error("04"),
            "select-echo-client listens nowhere: it is a client itself; start it with `cargo xtask run 04`"
        );
        for word in ["here", "70000", "0", "127.0.0.1", ""] {
            assert!(error(word).starts_with(&format!("{word} is no address; ")));
        }
    }
}
