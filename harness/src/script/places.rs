//! Whether the places in a step's texts, `{ada}` and `{n}`, can be filled in.

use super::clients::Clients;
use super::fault::{Fault, Parsed};
use super::literal::Place;
use super::text::LATER;

/// Whose texts they are.
pub(super) enum Speaker<'a> {
    /// This client, or each of this group, receives them.
    Receiver(&'a str),
    /// It does something else with them.
    Sender(&'a str),
    /// The program has them.
    Program,
}

impl Clients<'_> {
    /// That the places in the texts of one step can be filled in.
    pub(super) fn check_places(&self, places: &[Place], speaker: &Speaker) -> Parsed<()> {
        for place in places {
            let others = || places.iter().filter(|other| other.text == place.text);
            match &place.client {
                Some(name) if self.means_many(name) => {
                    self.check_many(place, name, speaker)?;
                    let another = |other: &&Place| match &other.client {
                        Some(other) => other != name && self.means_many(other),
                        None => false,
                    };
                    if let Some(other) = others().find(another) {
                        let message = "one text can name one group";
                        let help = "it is meant once for each member; write a text for each group";
                        return Err(Fault::new(other.span.clone(), message, help));
                    }
                }
                Some(name) => self.check_address(place, name)?,
                None => {
                    let names_many =
                        |other: &Place| other.client.as_ref().is_some_and(|it| self.means_many(it));
                    if !others().any(names_many) {
                        self.check_number(place, speaker)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn means_many(&self, name: &str) -> bool {
        name == LATER || self.is_group(name)
    }

    /// `{crowd}` or `{later}`: a text that is meant once for each of several can be received, and nothing else.
    fn check_many(&self, place: &Place, name: &str, speaker: &Speaker) -> Parsed<()> {
        let (message, help) = match speaker {
            Speaker::Receiver(who) if name != LATER || self.is_group(who) => return Ok(()),
            Speaker::Receiver(who) => (
                format!("{who} is not a group: nobody of it connected later"),
                "{later} is for what a group receives: crowd receives \"{later} joined\\n\"",
            ),
            Speaker::Sender(_) | Speaker::Program if name == LATER => (
                "{later} stands for several addresses".to_owned(),
                "it is for what a group receives: crowd receives \"{later} joined\\n\"",
            ),
            Speaker::Sender(_) | Speaker::Program => (
                format!("{name} is a group and has no single address"),
                "name a client that is not a group",
            ),
        };
        Err(Fault::new(place.span.clone(), message, help))
    }

    fn check_address(&self, place: &Place, name: &str) -> Parsed<()> {
        match self.was_connected(name) {
            Some(true) => Ok(()),
            Some(false) => Err(Fault::new(
                place.span.clone(),
                format!("{name} has no address: it was never connected"),
                format!("add a line above: {name} connects"),
            )),
            None => Err(self.unknown(place.span.clone(), name)),
        }
    }

    fn check_number(&self, place: &Place, speaker: &Speaker) -> Parsed<()> {
        let message = match speaker {
            Speaker::Receiver(name) | Speaker::Sender(name) if self.is_group(name) => return Ok(()),
            Speaker::Receiver(name) | Speaker::Sender(name) => {
                format!("{name} is not a group: there is no number for {{n}}")
            }
            Speaker::Program => "the program is not a group: there is no number for {n}".to_owned(),
        };
        let help = "{n} is the number of a group's member, after crowd of 3 connects: \
                    crowd sends \"{n}\\n\"; a brace itself is written {{ or }}";
        Err(Fault::new(place.span.clone(), message, help))
    }
}
