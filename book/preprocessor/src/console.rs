//! Replays a session in one terminal: each command after the other, each to its end.

use crate::scratch::Scratch;
use crate::session::{Act, Session, What};
use anyhow::{Context, Result};
use std::io::Read;
use std::iter;

/// Plays the session's commands; returns it as it went this time.
///
/// # Errors
/// There is no shell.
pub(crate) fn replay(scratch: &Scratch, session: &Session) -> Result<Session> {
    let mut acts = Vec::new();
    for (_, line) in session.commands() {
        let act = |what, text: &str| Act {
            terminal: String::new(),
            what,
            text: text.to_owned(),
        };
        acts.push(act(What::Command, line));
        let printed = printed(scratch, line)?;
        let lines = printed.lines().filter(|line| !is_progress(line));
        acts.extend(lines.map(|line| act(What::Printed, line)));
    }
    Ok(Session { acts })
}

/// What a command prints, on stdout and stderr, as it would come in a terminal.
fn printed(scratch: &Scratch, line: &str) -> Result<String> {
    let (mut reader, writer) = std::io::pipe()?;
    let mut command = scratch.shell(line);
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().context("cannot run sh")?;
    // With it go the writing ends of the pipe that are ours: else its end would never come.
    drop(command);
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed)?;
    child.wait()?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

/// Whether it is what cargo says while it builds: a verb on the right of twelve columns. That depends on what was built before.
pub(crate) fn is_progress(line: &str) -> bool {
    const VERBS: [&str; 8] = [
        "Blocking",
        "Checking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Finished",
        "Locking",
        "Updating",
    ];
    let mut words = iter::once(line).filter(|line| line.starts_with("  "));
    words.any(|line| {
        VERBS
            .iter()
            .any(|verb| line.starts_with(&format!("{verb:>12} ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cargos_own_words_are_left_out() {
        assert!(is_progress("   Compiling select-one-port v0.1.0 (/x)"));
        assert!(is_progress(
            "    Finished `dev` profile [unoptimized] target(s) in 0.1s"
        ));
        assert!(!is_progress("Compiling is what cargo does"));
        assert!(!is_progress("   = server: asleep in recv"));
    }
}
