//! Lines that the program prints.

use super::stage::{Expectation, Progress, Unmet};
use super::stop::{Red, Stop};
use super::world::World;
use crate::script::{Part, Text};

/// The program prints a line.
pub(super) struct Prints {
    wanted: String,
    /// The clients that the line is about: lines about one client keep their order.
    about: Vec<String>,
}

impl Prints {
    /// Waits for this line, with the addresses that clients have now.
    pub(super) fn new(world: &World, text: &Text) -> Prints {
        let addresses = world.addresses();
        let address_of = |name: &str| addresses.get(name).cloned();
        let about = text.0.iter().filter_map(|part| match part {
            Part::Address(name) => address_of(name),
            Part::Bytes(_) | Part::Number => None,
        });
        Prints {
            about: about.collect(),
            wanted: String::from_utf8_lossy(&text.render(None, address_of)).into_owned(),
        }
    }
}

impl Expectation for Prints {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let is_about_same = |text: &str| self.about.iter().any(|address| mentions(text, address));
        let last_taken = world
            .lines
            .iter()
            .rposition(|line| line.taken && is_about_same(&line.text));
        let from = last_taken.map_or(0, |index| index + 1);
        let line = world
            .lines
            .iter_mut()
            .skip(from)
            .find(|line| !line.taken && is(&line.text, &self.wanted));
        Ok(match line {
            Some(line) => {
                line.taken = true;
                Progress::Done
            }
            None => Progress::Waiting,
        })
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        let too_early = world
            .lines
            .iter()
            .any(|line| !line.taken && is(&line.text, &self.wanted));
        let wanted = world.with_names(&self.wanted);
        Unmet {
            what: format!("the server did not print \"{wanted}\""),
            never: if too_early {
                "it printed it too early"
            } else {
                "it will never print it"
            }
            .into(),
        }
    }
}

/// The program prints a line, and another one not sooner: the order in which it did two things, for it prints in that order.
pub(super) struct PrintsBefore {
    first: Prints,
    second: Prints,
}

impl PrintsBefore {
    /// Waits for `first`; `second` may come at any time after it.
    pub(super) fn new(world: &World, first: &Text, second: &Text) -> PrintsBefore {
        PrintsBefore {
            first: Prints::new(world, first),
            second: Prints::new(world, second),
        }
    }
}

impl Expectation for PrintsBefore {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let lines = world.lines.iter().map(|line| line.text.as_str());
        if is_before(lines, &self.second.wanted, &self.first.wanted) {
            let first = world.with_names(&self.first.wanted);
            let second = world.with_names(&self.second.wanted);
            let message = format!("the server printed \"{second}\" before \"{first}\"");
            return Err(Stop::Red(Red::new(message)));
        }
        self.first.attempt(world)
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        self.first.unmet(world)
    }
}

/// Whether `one` is among the lines, and no `other` above it.
fn is_before<'l>(mut lines: impl Iterator<Item = &'l str>, one: &str, other: &str) -> bool {
    lines
        .find(|line| is(line, one) || is(line, other))
        .is_some_and(|line| is(line, one))
}

/// Whether a line is the wanted one. The reason of a `closed` or `turned away` and the number of an `accepted` are the program's own.
fn is(line: &str, wanted: &str) -> bool {
    let Some(rest) = line.strip_prefix(wanted) else {
        return false;
    };
    let number = || {
        rest.strip_prefix(", number ")
            .is_some_and(|number| number.parse::<u64>().is_ok())
    };
    rest.is_empty()
        || ((wanted.starts_with("closed ") || wanted.starts_with("turned away "))
            && rest.starts_with(": "))
        || (wanted.starts_with("accepted ") && number())
}

/// Whether a line names this address, and not one that only begins like it.
pub(super) fn mentions(line: &str, address: &str) -> bool {
    line.match_indices(address)
        .any(|(at, _)| !line[at + address.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

/// `line` with `name` for each mention of this address.
pub(super) fn replaced(line: &str, address: &str, name: &str) -> String {
    let mut pieces = line.split(address);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_longer = piece.starts_with(|next: char| next.is_ascii_digit());
        text += if is_longer { address } else { name };
        text += piece;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_may_follow_closed_and_a_number_accepted() {
        assert!(is("closed 127.0.0.1:5", "closed 127.0.0.1:5"));
        assert!(is(
            "closed 127.0.0.1:5: reset by peer",
            "closed 127.0.0.1:5"
        ));
        assert!(is(
            "accepted 127.0.0.1:5, number 12",
            "accepted 127.0.0.1:5"
        ));
        assert!(!is("closed 127.0.0.1:51", "closed 127.0.0.1:5"));
        assert!(!is(
            "accepted 127.0.0.1:5, number x",
            "accepted 127.0.0.1:5"
        ));
        assert!(!is(
            "accepted 127.0.0.1:5, number 2",
            "accepted 127.0.0.1:5, number 1"
        ));
        assert!(!is("hello: world", "hello"));
    }

    #[test]
    fn the_order_of_two_lines_can_be_told() {
        let lines = ["ready", "closed 1:20: reset by peer", "closed 1:2"];
        let before = |one, other| is_before(lines.into_iter(), one, other);
        assert!(before("closed 1:20", "closed 1:2"));
        assert!(!before("closed 1:2", "closed 1:20"));
        // One that has not come is no sooner than the other.
        assert!(before("closed 1:2", "closed 1:3"));
        assert!(!before("closed 1:3", "closed 1:2"));
    }

    #[test]
    fn an_address_is_not_found_in_a_longer_one() {
        assert!(mentions("closed 127.0.0.1:501: bye", "127.0.0.1:501"));
        assert!(!mentions("closed 127.0.0.1:5011", "127.0.0.1:501"));
        assert_eq!(
            replaced("1:50 and 1:501 left", "1:50", "{ada}"),
            "{ada} and 1:501 left"
        );
    }
}
