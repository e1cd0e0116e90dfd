//! Clients see how a connection ends: the end of the stream, a reset.

use super::client::{Client, Heard};
use super::stage::{Expectation, Progress, Unmet};
use super::stop::{Red, Stop};
use super::wanted::SHOWN;
use super::world::World;
use crate::script::escaped;
use crate::words::amount;

/// The end of the stream, or a reset, comes next.
pub(super) struct NextEvent<'a> {
    who: &'a str,
    wanted: Heard,
    seen: Vec<bool>,
}

impl<'a> NextEvent<'a> {
    /// Waits for it at every member.
    pub(super) fn new(world: &mut World, who: &'a str, wanted: Heard) -> NextEvent<'a> {
        NextEvent {
            who,
            wanted,
            seen: vec![false; world.members(who).len()],
        }
    }

    fn name(&self) -> &'static str {
        name_of(&self.wanted)
    }
}

fn name_of(event: &Heard) -> &'static str {
    match event {
        Heard::End => "the end of the stream",
        Heard::Reset => "a reset",
        Heard::Bytes(_) | Heard::Nothing => "bytes",
    }
}

impl Expectation for NextEvent<'_> {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        for (client, seen) in world.members(self.who).iter_mut().zip(&mut self.seen) {
            if *seen {
                continue;
            }
            client.wants_input = true;
            let heard = client.hear();
            if heard == self.wanted {
                (*seen, client.wants_input) = (true, false);
            } else if let Heard::Bytes(_) = heard {
                let message = format!(
                    "{} received {} where {} should come",
                    client.name,
                    shown(client),
                    name_of(&self.wanted)
                );
                return Err(Stop::Red(Red::new(message)));
            } else if heard != Heard::Nothing {
                let message = format!(
                    "{} saw {}, not {}",
                    client.name,
                    name_of(&heard),
                    name_of(&self.wanted)
                );
                return Err(Stop::Red(Red::new(message)));
            }
        }
        let all = self.seen.iter().all(|seen| *seen);
        Ok(if all {
            Progress::Done
        } else {
            Progress::Waiting
        })
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        let mut late = world
            .members(self.who)
            .iter()
            .zip(&self.seen)
            .filter(|(_, seen)| !**seen);
        let name = late
            .next()
            .map_or(self.who, |(client, _)| client.name.as_str());
        Unmet {
            what: format!("{name} did not see {}", self.name()),
            never: "the server will never close the connection".into(),
        }
    }
}

/// The bytes that a client has not read, as a report shows them.
pub(super) fn shown(client: &Client) -> String {
    let all = client.unread();
    let bytes = client.peek(SHOWN);
    match all - bytes.len() as u64 {
        0 => format!("\"{}\"", escaped(&bytes)),
        more => format!("\"{}\" and {} more", escaped(&bytes), amount(more)),
    }
}
