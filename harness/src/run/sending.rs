//! Clients send.

use super::client::Client;
use super::stage::{Expectation, Progress, Unmet};
use super::stop::Stop;
use super::world::World;
use crate::script::{Data, Manner, Text};

/// Waits until a client's bytes are in the kernel.
pub(super) struct Sending<'a> {
    who: &'a str,
    to_the_last_byte: bool,
}

impl<'a> Sending<'a> {
    /// Has every member send; what the kernel does not take now goes on in the background.
    pub(super) fn queue(
        world: &mut World,
        who: &'a str,
        data: &Data,
        manner: Manner,
    ) -> Sending<'a> {
        let addresses = world.addresses();
        let render = |client: &Client, text: &Text| {
            text.render(client.member, |name| addresses.get(name).cloned())
        };
        for client in world.members(who) {
            match data {
                Data::Counters(count) => client.queue_counters(*count),
                Data::Text(text) => client.queue_text(render(client, text), 1, manner),
                Data::Repeated(text, times) => {
                    client.queue_text(render(client, text), *times, manner);
                }
            }
        }
        Sending {
            who,
            to_the_last_byte: false,
        }
    }

    /// Waits for what is still going on in the background.
    pub(super) fn to_the_last_byte(who: &'a str) -> Sending<'a> {
        Sending {
            who,
            to_the_last_byte: true,
        }
    }
}

impl Expectation for Sending<'_> {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let mut progress = Progress::Done;
        for client in world.members(self.who) {
            client.pump();
            if !client.has_sent_all() {
                progress = Progress::Waiting;
            }
        }
        Ok(progress)
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        let late = world
            .members(self.who)
            .iter()
            .find(|client| !client.has_sent_all());
        let name = late.map_or(self.who, |client| client.name.as_str());
        let left = late.map_or(0, |client: &Client| client.sent.asked - client.sent.bytes);
        Unmet {
            what: format!("{name} could not send all"),
            never: format!(
                "the server will never take the last {left} bytes; a client that gives up says `resets`"
            ),
        }
    }

    fn goes_on_in_the_background(&self) -> bool {
        !self.to_the_last_byte
    }
}
