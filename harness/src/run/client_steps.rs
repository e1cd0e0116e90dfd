//! What clients do, and what they expect.

use super::client::{Client, Heard};
use super::connecting::{be_refused, connect};
use super::leaving::until_known;
use super::receiving::NextBytes;
use super::seeing::{NextEvent, shown};
use super::sending::Sending;
use super::stage::Stage;
use super::stop::{Red, Stop};
use crate::script::ClientVerb;

/// Plays one step of a client, or of each member of a group.
///
/// # Errors
/// What it should have done or seen, and never will.
pub(super) fn play(stage: &mut Stage<'_>, who: &str, verb: &ClientVerb) -> Result<(), Stop> {
    match verb {
        ClientVerb::Connects {
            port,
            members,
            small_buffers,
        } => connect(stage, who, *port, *members, *small_buffers),
        ClientVerb::IsRefused { port } => be_refused(stage, who, *port),
        ClientVerb::Sends { data, manner } => {
            let mut sending = Sending::queue(&mut stage.world, who, data, *manner);
            stage.expect(&mut sending)
        }
        ClientVerb::Receives(data) => {
            let mut next = NextBytes::new(&mut stage.world, who, data);
            stage.expect(&mut next)
        }
        ClientVerb::ReceivesInAnyOrder(lines) => {
            let mut next = NextBytes::in_any_order(&mut stage.world, who, lines);
            stage.expect(&mut next)
        }
        ClientVerb::ReceivesNothing => receive_nothing(stage, who),
        ClientVerb::SeesEnd => see(stage, who, Heard::End),
        ClientVerb::SeesReset => see(stage, who, Heard::Reset),
        ClientVerb::ShutsDownWriting => {
            stage
                .world
                .members(who)
                .iter_mut()
                .for_each(Client::shut_down_writing);
            Ok(())
        }
        ClientVerb::Closes => close(stage, who),
        ClientVerb::Resets => {
            stage.world.members(who).iter_mut().for_each(Client::reset);
            until_known(stage, who)
        }
    }
}

fn see(stage: &mut Stage<'_>, who: &str, event: Heard) -> Result<(), Stop> {
    let mut next = NextEvent::new(&mut stage.world, who, event);
    stage.expect(&mut next)
}

fn receive_nothing(stage: &mut Stage<'_>, who: &str) -> Result<(), Stop> {
    let what = format!("that {who} receives nothing cannot be told");
    stage.sit_out(&what)?;
    stage.settle(&what)?;
    for client in stage.world.members(who) {
        if client.unread() > 0 {
            let message = format!(
                "{} received {}, and should receive nothing",
                client.name,
                shown(client)
            );
            return Err(Stop::Red(Red::new(message)));
        }
    }
    Ok(())
}

fn close(stage: &mut Stage<'_>, who: &str) -> Result<(), Stop> {
    stage.expect(&mut Sending::to_the_last_byte(who))?;
    for client in stage.world.members(who) {
        if client.unread() > 0 {
            // Linux answers a close with unread bytes with a reset (RFC 2525, section 2.17): not what the script says.
            let message = format!(
                "{} cannot close with {} unread: it would be a reset",
                client.name,
                shown(client)
            );
            let red =
                Red::new(message).with("script", format!("if that is meant, say `{who} resets`"));
            return Err(Stop::Red(red));
        }
        client.close();
    }
    until_known(stage, who)
}
