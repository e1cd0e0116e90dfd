//! Clients receive: the next bytes, or lines in any order.

use super::client::{Client, Heard};
use super::repeated::Repeated;
use super::stage::{Expectation, Progress, Unmet};
use super::stop::{Red, Stop};
use super::wanted::{IN_FULL, Lines, SHOWN, quoted};
use super::world::World;
use crate::script::{Data, Text, escaped};
use crate::words::amount;

/// Bytes that are taken and compared at once.
const CHUNK: usize = 64 * 1024;
/// Bytes shown before the first one that is wrong.
const BEFORE: usize = 24;

/// Exactly these bytes come next, for each member of a group.
pub(super) struct NextBytes<'a> {
    who: &'a str,
    expected: Vec<Expected>,
    /// Room for a chunk that was received, and for what should have been.
    chunks: [Vec<u8>; 2],
}

/// What is left to come for one client.
enum Expected {
    Text { all: Repeated, taken: u64 },
    Counters { asked: u64, left: u64 },
    Lines(Lines),
}

impl<'a> NextBytes<'a> {
    /// Waits for `data` at every member.
    pub(super) fn new(world: &mut World, who: &'a str, data: &Data) -> NextBytes<'a> {
        NextBytes::each(world, who, |world, member| match data {
            Data::Counters(count) => Expected::Counters {
                asked: *count,
                left: *count,
            },
            Data::Text(text) => Expected::text(world.texts_for(who, member, text), 1),
            Data::Repeated(text, times) => {
                Expected::text(world.texts_for(who, member, text), *times)
            }
        })
    }

    /// Waits for these lines at every member, each as often as it says.
    pub(super) fn in_any_order(
        world: &mut World,
        who: &'a str,
        wanted: &[(Text, u32)],
    ) -> NextBytes<'a> {
        NextBytes::each(world, who, |world, member| {
            let mut lines = Lines::default();
            for (text, times) in wanted {
                for line in world.texts_for(who, member, text) {
                    lines.add(line, *times);
                }
            }
            Expected::Lines(lines)
        })
    }

    fn each(
        world: &mut World,
        who: &'a str,
        expected: impl Fn(&World, Option<u32>) -> Expected,
    ) -> NextBytes<'a> {
        let members: Vec<_> = world.members(who).iter().map(|it| it.member).collect();
        let expected: Vec<_> = members.iter().map(|it| expected(world, *it)).collect();
        for (client, expected) in world.members(who).iter_mut().zip(&expected) {
            client.received.asked += expected.left();
        }
        NextBytes {
            who,
            expected,
            chunks: [vec![0; CHUNK], vec![0; CHUNK]],
        }
    }
}

impl Expectation for NextBytes<'_> {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let mut progress = Progress::Done;
        for (client, expected) in world.members(self.who).iter_mut().zip(&mut self.expected) {
            client.wants_input = false;
            expected.take_from(client, &mut self.chunks)?;
            if expected.left() > 0 {
                client.wants_input = true;
                progress = Progress::Waiting;
            }
        }
        Ok(progress)
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        let mut late = world
            .members(self.who)
            .iter()
            .zip(&self.expected)
            .filter(|(_, expected)| expected.left() > 0);
        let what = match late.next() {
            Some((client, expected)) => expected.unmet(client, late.count()),
            None => format!("{} received all", self.who),
        };
        Unmet {
            what,
            never: "the server will never send it".into(),
        }
    }
}

impl Expected {
    /// These texts, one after the other, and that so often.
    fn text(texts: Vec<Vec<u8>>, times: u32) -> Expected {
        Expected::Text {
            all: Repeated::new(texts.concat(), times),
            taken: 0,
        }
    }

    fn left(&self) -> u64 {
        match self {
            Expected::Text { all, taken } => all.len() - taken,
            Expected::Counters { left, .. } => *left,
            Expected::Lines(lines) => lines.left,
        }
    }

    /// Takes what is there, at most what is left to come.
    fn take_from(
        &mut self,
        client: &mut Client,
        [fresh, right]: &mut [Vec<u8>; 2],
    ) -> Result<(), Stop> {
        while self.left() > 0 {
            let room = self.left().min(CHUNK as u64) as usize;
            let is_counters = matches!(self, Expected::Counters { .. });
            match client.read(&mut fresh[..room], is_counters) {
                Heard::Nothing => break,
                Heard::Bytes(count) => {
                    self.compare(client, &fresh[..count], &mut right[..count])?
                }
                Heard::End => return Err(self.cut_off(client, "the server closed the connection")),
                Heard::Reset => {
                    return Err(
                        self.cut_off(client, "the server cut the connection off, by a reset")
                    );
                }
            }
        }
        Ok(())
    }

    fn compare(&mut self, client: &mut Client, fresh: &[u8], right: &mut [u8]) -> Result<(), Stop> {
        match self {
            Expected::Text { all, taken } => all.fill(*taken, right),
            Expected::Counters { .. } => client.expected_counters(right),
            Expected::Lines(lines) => {
                return lines
                    .take(fresh)
                    .map_err(|line| wrong_line(client, lines, &line));
            }
        }
        if *fresh != *right {
            let at = fresh
                .iter()
                .zip(&*right)
                .take_while(|(got, wanted)| got == wanted)
                .count();
            return Err(self.wrong_byte(client, fresh, at));
        }
        match self {
            Expected::Text { taken, .. } => *taken += fresh.len() as u64,
            Expected::Counters { left, .. } => {
                *left -= fresh.len() as u64;
                client.counters_taken += fresh.len() as u64;
            }
            Expected::Lines(_) => {} // taken above
        }
        Ok(())
    }

    fn wrong_byte(&self, client: &mut Client, fresh: &[u8], at: usize) -> Stop {
        match self {
            Expected::Text { all, taken } => wrong_text(client, all, *taken, fresh, at),
            Expected::Counters { .. } => wrong_counter(client, fresh, at),
            Expected::Lines(lines) => wrong_line(client, lines, fresh),
        }
    }

    fn cut_off(&self, client: &Client, how: &str) -> Stop {
        Stop::Red(Red::new(format!("{}: {how}", self.unmet(client, 0))))
    }

    fn unmet(&self, client: &Client, others: usize) -> String {
        let others = match others {
            0 => String::new(),
            1 => " (and one more did not)".into(),
            more => format!(" (and {more} more did not)"),
        };
        let name = &client.name;
        match self {
            Expected::Text { all, taken: 0 } => {
                format!("{name} did not receive {}{others}", all.shown(all.len()))
            }
            Expected::Text { all, taken } if all.len() > IN_FULL as u64 => {
                let (taken, all) = (amount(*taken), amount(all.len()));
                format!("{name} received only {taken} of {all}{others}")
            }
            Expected::Text { all, taken } => {
                let (taken, all) = (all.shown(*taken), all.shown(all.len()));
                format!("{name} received only {taken} of {all}{others}")
            }
            Expected::Lines(lines) => {
                format!("{name} did not receive {}{others}", lines.shown())
            }
            Expected::Counters { asked, left } if asked == left => {
                format!("{name} did not receive {}{others}", amount(*asked))
            }
            Expected::Counters { asked, left } => {
                format!(
                    "{name} received only {} of {}{others}",
                    amount(asked - left),
                    amount(*asked)
                )
            }
        }
    }
}

/// Shows where two texts part, with a caret: at this byte of what came after those that were `taken`.
fn wrong_text(client: &mut Client, wanted: &Repeated, taken: u64, fresh: &[u8], at: usize) -> Stop {
    let from = (taken + at as u64).saturating_sub(BEFORE as u64);
    let mut got = wanted.part(from, taken);
    got.extend_from_slice(&fresh[from.saturating_sub(taken) as usize..]);
    got.extend_from_slice(&client.peek(SHOWN));
    got.truncate(SHOWN);
    let dots = if from > 0 { "…" } else { "" };
    let window = |bytes: &[u8]| format!("{dots}\"{}\"", escaped(bytes));
    let right = (taken + at as u64 - from) as usize;
    let caret_at = usize::from(from > 0) + 1 + escaped(&got[..right]).chars().count();
    let red = Red::new(format!(
        "{} received something other than {}",
        client.name,
        wanted.shown(wanted.len())
    ))
    .with("expected", window(&wanted.part(from, from + SHOWN as u64)))
    .with(
        "received",
        format!("{}\n{}^ here", window(&got), " ".repeat(caret_at)),
    );
    Stop::Red(red)
}

/// Says which line came, and what should have.
fn wrong_line(client: &mut Client, lines: &Lines, line: &[u8]) -> Stop {
    let mut line = line.to_vec();
    if !line.ends_with(b"\n") {
        // It was told as soon as it was seen: what else there is of it makes it easier to recognize.
        let rest = client.peek(SHOWN);
        line.extend(
            rest.split_inclusive(|byte| *byte == b'\n')
                .next()
                .unwrap_or_default(),
        );
    }
    let red = Red::new(format!(
        "{} received a line that should not come",
        client.name
    ))
    .with("expected", format!("{}, in any order", lines.shown()))
    .with("received", quoted(&line));
    Stop::Red(red)
}

/// Says which counter came instead of which.
fn wrong_counter(client: &Client, fresh: &[u8], at: usize) -> Stop {
    let position = client.counters_taken + at as u64;
    // The word that the wrong byte is in, if all of it is there.
    let start = (at + 1).checked_sub((position % 8) as usize + 1);
    let word = start.and_then(|start| fresh.get(start..start + 8)?.try_into().ok());
    let mut right = [0; 8];
    counters::fill(client.id(), position / 8 * 8, &mut right);
    let tell = |(client, index)| format!("counter {index} of client {client}");
    let mut red = Red::new(format!(
        "{} received a wrong byte, byte {position} of the counters",
        client.name
    ))
    .with(
        "expected",
        counters::read(right).map_or_else(String::new, tell),
    );
    red = match word.filter(|word| *word != right).and_then(counters::read) {
        Some(counter) => red.with("received", tell(counter)),
        None => red.with(
            "received",
            format!("\"{}\"", escaped(&fresh[at..fresh.len().min(at + SHOWN)])),
        ),
    };
    Stop::Red(red)
}
