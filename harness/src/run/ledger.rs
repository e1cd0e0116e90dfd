//! Who comes and who goes, by what the program prints.

use std::collections::HashMap;

/// How often the program has said of an address that it was accepted, and that it was closed.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    accepted: HashMap<String, usize>,
    closed: HashMap<String, usize>,
    /// Those that were closed more often than they were accepted, in the order in which that was seen.
    too_often: Vec<String>,
}

impl Ledger {
    /// Takes note of a line, in the order in which lines come.
    pub(super) fn note(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("accepted", rest)) => {
                let address = rest.split(", ").next().unwrap_or(rest);
                *self.accepted.entry(address.to_owned()).or_default() += 1;
            }
            Some(("closed", rest)) => {
                let address = rest.split(": ").next().unwrap_or(rest);
                let closed = self.closed.entry(address.to_owned()).or_default();
                *closed += 1;
                // A port is given to somebody else when its connection is gone. Whoever leaves out the one line may print the other.
                let accepted = self.accepted.get(address).copied().unwrap_or(1);
                if *closed == accepted + 1 {
                    self.too_often.push(address.to_owned());
                }
            }
            _ => {}
        }
    }

    /// The addresses that were said to be closed so many times too often, or more.
    pub(super) fn closed_too_often(&self, times: usize) -> impl Iterator<Item = &str> {
        let is_meant = move |address: &&String| {
            let accepted = self.accepted.get(*address).copied().unwrap_or(1);
            self.closed
                .get(*address)
                .is_some_and(|closed| *closed >= accepted + times)
        };
        self.too_often.iter().filter(is_meant).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_often(lines: &[&str]) -> Vec<String> {
        let mut ledger = Ledger::default();
        lines.iter().for_each(|line| ledger.note(line));
        ledger.closed_too_often(1).map(str::to_owned).collect()
    }

    #[test]
    fn who_is_closed_twice_is_told_once() {
        let lines = [
            "accepted 1:20, number 1",
            "accepted 1:2",
            "closed 1:20: reset by peer",
            "closed 1:2",
            "closed 1:20",
            "closed 1:20",
        ];
        assert_eq!(too_often(&lines), ["1:20"]);
        assert!(too_often(&lines[..4]).is_empty());
        let mut ledger = Ledger::default();
        lines.iter().for_each(|line| ledger.note(line));
        assert_eq!(ledger.closed_too_often(2).next(), Some("1:20"));
        assert_eq!(ledger.closed_too_often(3).next(), None);
    }

    #[test]
    fn a_port_may_come_back() {
        let again = ["accepted 1:2", "closed 1:2"].repeat(2);
        assert!(too_often(&again).is_empty());
        assert_eq!(too_often(&[&again[..], &["closed 1:2"]].concat()), ["1:2"]);
    }

    #[test]
    fn other_lines_are_the_programs_own() {
        assert!(too_often(&["closed", "closed", "closing 1:2", "closing 1:2"]).is_empty());
    }
}
