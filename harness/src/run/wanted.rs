//! What is to be received, word for word; and lines whose order is not told.

use super::world::{Group, World};
use crate::script::{LATER, Text, escaped};
use crate::words::{amount, count};
use std::collections::BTreeMap;

/// A text up to this length is shown in full, of a longer one only the beginning.
pub(super) const IN_FULL: usize = 200;
/// Bytes shown of what is too long, and of what came instead.
pub(super) const SHOWN: usize = 60;

impl World {
    /// A text as this client is to receive it: once; or once for each member of the group that it names, in the order in which
    /// they connected. Nobody is told of himself.
    pub(super) fn texts_for(&self, who: &str, member: Option<u32>, text: &Text) -> Vec<Vec<u8>> {
        let addresses = self.addresses();
        let group = text.names().find_map(|name| {
            let group = if name == LATER { who } else { name };
            Some((name, self.group(group)?))
        });
        let Some((place, group)) = group else {
            return vec![text.render(member, |name| addresses.get(name).cloned())];
        };
        let is_meant = |other: &Option<u32>| match place {
            LATER => *other > member,
            _ => group.name != who || *other != member,
        };
        let meant = group.members.iter().filter(|it| is_meant(&it.member));
        let rendered = meant.map(|it| {
            text.render(it.member, |name| match name == place {
                true => Some(it.own.to_string()),
                false => addresses.get(name).cloned(),
            })
        });
        rendered.collect()
    }

    /// The group of this name; `None` if it is a single client's.
    fn group(&self, name: &str) -> Option<&Group> {
        let is_group = |group: &&Group| {
            group.name == name && group.members.iter().all(|it| it.member.is_some())
        };
        self.groups.iter().find(is_group)
    }
}

/// Lines that come in any order.
#[derive(Default)]
pub(super) struct Lines {
    /// How often each of them is still to come; never 0.
    missing: BTreeMap<Vec<u8>, u32>,
    /// How many bytes are still to come.
    pub(super) left: u64,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
}

impl Lines {
    /// Waits for this line, too.
    pub(super) fn add(&mut self, line: Vec<u8>, times: u32) {
        self.left += line.len() as u64 * u64::from(times);
        *self.missing.entry(line).or_default() += times;
    }

    /// Takes what came, which is at most what is left.
    ///
    /// # Errors
    /// It is the beginning of no line that is missing: the line as far as it came.
    pub(super) fn take(&mut self, fresh: &[u8]) -> Result<(), Vec<u8>> {
        for piece in fresh.split_inclusive(|byte| *byte == b'\n') {
            self.left -= piece.len() as u64;
            self.begun.extend_from_slice(piece);
            let mut from_here = self.missing.range_mut(self.begun.clone()..);
            let Some((line, times)) = from_here.next() else {
                return Err(self.begun.clone());
            };
            if *line == self.begun {
                *times -= 1;
                if *times == 0 {
                    self.missing.remove(&self.begun);
                }
                self.begun.clear();
            } else if !line.starts_with(&self.begun) || self.left == 0 {
                return Err(self.begun.clone());
            }
        }
        Ok(())
    }

    /// What is missing, in a few words.
    pub(super) fn shown(&self) -> String {
        let Some(first) = self.missing.keys().next() else {
            return "nothing".into();
        };
        let all: usize = self.missing.values().map(|times| *times as usize).sum();
        match all - 1 {
            0 => quoted(first),
            more => format!(
                "{} and {}",
                quoted(first),
                count(more, "more line", "more lines")
            ),
        }
    }
}

/// Bytes between quotes, as a script writes them; of many only the first.
pub(super) fn quoted(bytes: &[u8]) -> String {
    quoted_beginning(bytes, bytes.len() as u64)
}

/// The same of so many bytes, of which the first are given; all of them, or at least those that are shown.
pub(super) fn quoted_beginning(bytes: &[u8], all: u64) -> String {
    if all <= IN_FULL as u64 {
        return format!("\"{}\"", escaped(bytes));
    }
    let beginning = &bytes[..SHOWN];
    let more = amount(all - SHOWN as u64);
    format!("\"{}…\" and {more} more", escaped(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Lines {
        let mut lines = Lines::default();
        lines.add(b"a\n".to_vec(), 2);
        lines.add(b"ab\n".to_vec(), 1);
        lines
    }

    #[test]
    fn lines_come_in_any_order_and_in_any_pieces() {
        for pieces in [
            &[&b"a\nab\na\n"[..]][..],
            &[b"ab\n", b"a\n", b"a\n"],
            &[b"a", b"\na", b"b", b"\na\n"],
        ] {
            let mut lines = lines();
            for piece in pieces {
                assert_eq!(lines.take(piece), Ok(()), "{pieces:?}");
            }
            assert_eq!((lines.left, lines.shown()), (0, "nothing".into()));
        }
    }

    #[test]
    fn a_line_that_is_not_missing_is_told_as_soon_as_that_is_seen() {
        for (taken, wrong) in [
            (&b""[..], &b"b"[..]),
            (b"a", b"c"),
            (b"ab\n", b"ab\n"),
            (b"a\na\n", b"a\n"),
            // As many bytes as should come, in other lines.
            (b"a\na\n", b"aba"),
        ] {
            let mut lines = lines();
            assert_eq!(lines.take(taken), Ok(()));
            assert!(lines.take(wrong).is_err(), "{wrong:?} after {taken:?}");
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        let mut lines = lines();
        assert_eq!(lines.shown(), r#""a\n" and 2 more lines"#);
        assert_eq!(lines.take(b"a\na\n"), Ok(()));
        assert_eq!(lines.shown(), r#""ab\n""#);
    }

    #[test]
    fn of_a_long_text_the_beginning_is_shown() {
        assert_eq!(quoted(b"hi\n"), r#""hi\n""#);
        let shown = format!("\"{}…\" and 141 bytes more", "x".repeat(60));
        assert_eq!(quoted(&[b'x'; 201]), shown);
    }
}
