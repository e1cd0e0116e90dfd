//! Whose socket is whose: the names that the script has for them.

use super::log::{Entry, Thing};
use std::collections::HashMap;
use std::net::SocketAddrV4;
use std::time::Duration;

/// How the address of anybody here begins.
const LOOPBACK: &str = "127.";

/// The names of both ends' ports.
pub(super) struct Names {
    /// Of the other ends: where in the log each got its name.
    others: HashMap<u16, Vec<(usize, String)>>,
    /// The program's own listeners, in their order.
    listeners: Vec<u16>,
}

impl Names {
    /// All names that a log tells of.
    pub(super) fn of(entries: &[(Duration, Entry)]) -> Names {
        let mut names = Names {
            others: HashMap::new(),
            listeners: Vec::new(),
        };
        for (index, (_, entry)) in entries.iter().enumerate() {
            match entry {
                Entry::Named { port, name } => {
                    let known = names.others.entry(*port).or_default();
                    known.push((index, name.clone()));
                }
                Entry::Listeners(ports) => names.listeners.clone_from(ports),
                _ => {}
            }
        }
        names
    }

    /// What a descriptor is called, at this place of the log.
    pub(super) fn of_thing(&self, thing: &Thing, index: usize) -> String {
        match thing {
            Thing::Listener(port) => self.listener(*port).unwrap_or_else(|| "listener".into()),
            Thing::Connection(port) => {
                let known = self.other(*port, index);
                known.map_or_else(|| "a stranger".into(), str::to_owned)
            }
            Thing::Socket => "socket".into(),
            Thing::Standard(0) => "stdin".into(),
            Thing::Standard(1) => "stdout".into(),
            Thing::Standard(_) => "stderr".into(),
            Thing::Epoll => "epoll".into(),
            Thing::Other(name) => name.clone(),
            Thing::Closed(number) => format!("{number}, which is closed"),
        }
    }

    fn listener(&self, port: u16) -> Option<String> {
        let index = self.listeners.iter().position(|known| *known == port)?;
        Some(match self.listeners.len() {
            1 => "listener".into(),
            _ => format!("port {}", index + 1),
        })
    }

    /// Who has this port now. A port may be used twice; and who is heard of here before the run has said the name, gets it next.
    fn other(&self, port: u16, index: usize) -> Option<&str> {
        let known = self.others.get(&port)?;
        let before = known.iter().rfind(|(since, _)| *since <= index);
        before.or(known.first()).map(|(_, name)| name.as_str())
    }

    /// A text with names in the place of addresses: `accepted {ada}`.
    pub(super) fn in_text(&self, text: &str, index: usize) -> String {
        let mut told = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(LOOPBACK) {
            let (before, from) = rest.split_at(at);
            told.push_str(before);
            let end = from.find(|char: char| !matches!(char, '0'..='9' | '.' | ':'));
            let (address, after) = from.split_at(end.unwrap_or(from.len()));
            // What follows an address may be a colon.
            let bare = address.trim_end_matches([':', '.']);
            let name = bare.parse().ok().and_then(|address: SocketAddrV4| {
                let other = self.other(address.port(), index).map(str::to_owned);
                other.or_else(|| self.listener(address.port()))
            });
            told += &name.map_or_else(|| bare.to_owned(), |name| format!("{{{name}}}"));
            told += &address[bare.len()..];
            rest = after;
        }
        told + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(port: u16, name: &str) -> (Duration, Entry) {
        let name = name.into();
        (Duration::ZERO, Entry::Named { port, name })
    }

    #[test]
    fn who_has_a_port_depends_on_when() {
        let names = Names::of(&[
            named(1, "ada"),
            (Duration::ZERO, Entry::Unasked),
            named(1, "bob"),
        ]);
        let at = |index| names.of_thing(&Thing::Connection(1), index);
        assert_eq!([at(0), at(1), at(2)], ["ada", "ada", "bob"]);
        assert_eq!(names.of_thing(&Thing::Connection(2), 0), "a stranger");
    }

    #[test]
    fn addresses_in_a_text_become_names() {
        let names = Names::of(&[
            named(50112, "ada"),
            (Duration::ZERO, Entry::Listeners(vec![8002])),
        ]);
        let text = "closed 127.1.0.3:50112: reset\\nlistening on 127.0.0.1:8002 and 127.0.0.1:1";
        assert_eq!(
            names.in_text(text, 0),
            "closed {ada}: reset\\nlistening on {listener} and 127.0.0.1:1"
        );
    }
}
