//! What is said about a server, said about a client.
//!
//! All that can go wrong with a program is worded for a server, which most programs are.

use crate::habit::Habit;
use crate::verdict::Finding;

/// Words a finding about a program that is a client.
pub(super) fn of_client(finding: &mut Finding) {
    finding.message = text(&finding.message);
    // The hints for the others are about clients.
    let is_any_programs = |it: &Habit| matches!(it, Habit::Spins | Habit::Polls);
    finding.habit = finding.habit.filter(is_any_programs);
    for fact in &mut finding.facts {
        (fact.label, fact.text) = match fact.label {
            "server" => ("client", text(&fact.text)),
            "clients" => ("peers", text(&fact.text)),
            "server printed" => ("client printed", std::mem::take(&mut fact.text)),
            // What the program itself has written, or the script.
            other => (other, std::mem::take(&mut fact.text)),
        };
    }
}

/// Puts the client where the server stands. What is quoted was sent, typed or printed, and stays as it is.
fn text(of_server: &str) -> String {
    let mut quoted = false;
    let pieces = of_server.split_inclusive('"').map(|piece| {
        let piece_of_client = match quoted {
            true => piece.to_owned(),
            false => piece.replace("the server", "the client").replace(
                " to serve its clients; here, one thread serves them all",
                "; here, one thread does everything",
            ),
        };
        // A quote inside of what is quoted is shown as \".
        quoted ^= piece.ends_with('"') && !piece.ends_with("\\\"");
        piece_of_client
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn only_what_is_not_quoted_is_reworded() {
        assert_eq!(
            text(r#"peer did not receive "the server \" the server": the server exited with 1"#),
            r#"peer did not receive "the server \" the server": the client exited with 1"#
        );
    }
}
