//! What may happen in a script, drawn by chance.

use crate::contract::{Answer, Contract};
use fastrand::Rng;

/// The most clients that a script has.
pub(crate) const CLIENTS: usize = 6;

/// Something that a client does, or that is asked of the server. One that makes no sense where it stands is left out by the
/// [model](crate::model), so that any of them can be taken away from a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A client connects to this listener, counted from 0.
    Connect(usize, usize),
    /// A client connects of whom the kernel keeps little.
    ConnectSmall(usize),
    /// It sends a few words, or bytes that are none.
    Say(usize, Words),
    /// It sends so many bytes of its counters.
    Pour(usize, u64),
    /// It sends a few words and waits for all that it is owed.
    Ask(usize, Words),
    /// It sends a word with an urgent byte at the end, or that byte alone.
    Urge(usize, bool),
    /// It reads at most this much.
    Read(usize, u64),
    /// It reads all that it is owed.
    ReadAll(usize),
    /// It is asked whether it has nothing to read.
    HasNothing(usize),
    /// It shuts down writing.
    HalfClose(usize),
    /// It reads to the end of the stream.
    SeeEnd(usize),
    /// It reads all and closes.
    Leave(usize),
    /// It resets its connection.
    Reset(usize),
    /// The server has said that it has accepted it.
    IsAccepted(usize),
    /// The server has said that it has closed it.
    IsClosed(usize),
    /// The server keeps no more for it than it may.
    IsOwed(usize),
    /// The server is stopped.
    Freeze,
    /// The server is continued.
    Thaw,
    /// The server waits.
    Waits,
    /// The server holds as many connections as there are.
    Holds,
    /// The server has descriptors for this many clients more, and not one beyond.
    Shortage(usize),
    /// The server has descriptors again.
    Plenty,
}

/// A few words of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// A line.
    Line,
    /// Without a line feed.
    Unfinished,
    /// Bytes that are no text.
    Odd,
    /// A line, each byte in a segment of its own.
    Dripping,
}

/// What kind of script one is. Scripts in which all can happen are alike; those that leave something out reach other states.
///
/// Source: Groce et al., "Swarm Testing", ISSTA 2012.
#[derive(Debug)]
struct Mood {
    ports: usize,
    clients: usize,
    /// The most counters that are sent at once, in bytes.
    pours: u64,
    freezes: bool,
    shortage: bool,
    /// How gladly clients leave.
    leaves: u32,
    /// How gladly they read.
    reads: u32,
}

/// The fewest, and the most operations that are drawn for a script. A good half of them makes no sense where it stands.
const LEAST: usize = 20;
const MOST: usize = 300;
/// What a client must leave unread, and more, until its server is left with something to send: the kernel takes 1 to 2 MiB.
const MORE_THAN_THE_KERNEL_HOLDS: u64 = 4 << 20;

/// The operations that script `number` of `seed` is made of: the same ones each time.
pub(crate) fn draw(contract: &Contract, seed: u64, number: u64) -> Vec<Operation> {
    // Numbers that follow each other, of seeds that do, must not begin alike.
    let own = Rng::with_seed(seed).u64(..) ^ Rng::with_seed(!number).u64(..);
    let mut chance = Rng::with_seed(own);
    let mood = Mood::draw(contract, &mut chance);
    let choices = choices(contract, &mood);
    let all = choices.iter().map(|(weight, _)| weight).sum();
    (0..chance.usize(LEAST..=MOST))
        .map(|_| {
            let mut left = chance.u32(0..all);
            let chosen = choices.iter().find(|(weight, _)| {
                let is_it = left < *weight;
                left = left.saturating_sub(*weight);
                is_it
            });
            chosen.map_or(Operation::Waits, |(_, draw)| draw(&mut chance, &mood))
        })
        .collect()
}

impl Mood {
    fn draw(contract: &Contract, chance: &mut Rng) -> Mood {
        let pours = [2000, 2000, 300 << 10, 300 << 10, MORE_THAN_THE_KERNEL_HOLDS];
        Mood {
            ports: contract.ports,
            clients: chance.usize(2..=CLIENTS),
            pours: pours[chance.usize(..pours.len())].min(contract.most_owed),
            freezes: chance.bool(),
            shortage: contract.bears_shortage && chance.u8(..4) == 0,
            leaves: [1, 1, 4][chance.usize(..3)],
            reads: [0, 2, 2, 6][chance.usize(..4)],
        }
    }

    fn who(&self, chance: &mut Rng) -> usize {
        chance.usize(..self.clients)
    }

    /// Mostly little, now and then so much that it is in somebody's way.
    fn amount(&self, chance: &mut Rng) -> u64 {
        match chance.u8(..5) {
            0 | 1 => chance.u64(1..=2000),
            2 | 3 => chance.u64(1..=self.pours),
            _ => chance.u64(self.pours / 2..=self.pours),
        }
    }
}

impl Words {
    fn draw(chance: &mut Rng) -> Words {
        match chance.u8(..10) {
            0 | 1 => Words::Unfinished,
            2 => Words::Odd,
            3 => Words::Dripping,
            _ => Words::Line,
        }
    }
}

/// How a kind of operation is drawn.
type Draw = fn(&mut Rng, &Mood) -> Operation;

/// The kinds of operations, each with how gladly it is chosen.
fn choices(contract: &Contract, mood: &Mood) -> Vec<(u32, Draw)> {
    use Operation::*;
    // Much of it takes long, and what is of interest is how the server bears it.
    let is_much = mood.pours == MORE_THAN_THE_KERNEL_HOLDS;
    let (pours, looks) = if is_much { (1, 3) } else { (4, 1) };
    let sends = u32::from(contract.answer != Answer::Hello);
    let freezes = u32::from(mood.freezes);
    let shortage = u32::from(mood.shortage);
    let urges = u32::from(contract.prints_urgent);
    let queues = u32::from(contract.has_queues);
    vec![
        (12, |c, m| Connect(m.who(c), c.usize(..m.ports))),
        (4 * queues, |c, m| ConnectSmall(m.who(c))),
        (12 * sends, |c, m| Say(m.who(c), Words::draw(c))),
        (12 * sends, |c, m| Ask(m.who(c), Words::draw(c))),
        (2 * pours * sends, |c, m| Pour(m.who(c), m.amount(c))),
        (urges, |c, m| Urge(m.who(c), c.bool())),
        (3 * mood.reads, |c, m| Read(m.who(c), m.amount(c))),
        (2 * mood.reads, |c, m| ReadAll(m.who(c))),
        (1, |c, m| HasNothing(m.who(c))),
        (2 * mood.leaves, |c, m| HalfClose(m.who(c))),
        (2 * mood.leaves, |c, m| SeeEnd(m.who(c))),
        (2 * mood.leaves, |c, m| Leave(m.who(c))),
        (2 * mood.leaves, |c, m| Reset(m.who(c))),
        (3, |c, m| IsAccepted(m.who(c))),
        (3, |c, m| IsClosed(m.who(c))),
        (queues * looks, |c, m| IsOwed(m.who(c))),
        (looks, |_, _| Waits),
        (1, |_, _| Holds),
        (4 * freezes, |_, _| Freeze),
        (8 * freezes, |_, _| Thaw),
        (6 * shortage, |c, _| Shortage(c.usize(..3))),
        (2 * shortage, |_, _| Plenty),
    ]
}
