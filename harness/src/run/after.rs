//! What is asked after the last step of every script, without being written there.

use super::client::Client;
use super::helpers::Helpers;
use super::idle::has_run;
use super::peer::Peer;
use super::seeing::shown;
use super::stage::Stage;
use super::stand::family;
use super::stop::{Red, Stop};
use crate::habit::Habit;
use crate::look::Look;
use crate::script::Script;
use crate::trace::Entry;
use crate::words::count;

/// Descriptors that a program may have more than before its first client, sockets excepted: a log file, a resolver.
const SPARE_DESCRIPTORS: usize = 2;
/// A group of more than this is ended by resets: closing would leave as many connections in TIME_WAIT.
const CROWD: usize = 16;

/// Asks what no script has to ask.
///
/// # Errors
/// What is wrong.
pub(super) fn check(script: &Script, stage: &mut Stage<'_>) -> Result<(), Stop> {
    stage.begin_unasked();
    if !script.tells_the_end() {
        stage.settle("the server is not at rest after the last step")?;
        alone(stage)?;
    }
    unread(stage)?;
    not_accepted(stage)?;
    if script.tells_the_end() || stage.world.exit.is_some() {
        return stage.end(script.tells_the_end());
    }
    stage.note(Entry::Unasked);
    for group in &mut stage.world.groups {
        let end = if group.members.len() > CROWD {
            Client::reset
        } else {
            Client::close
        };
        group.members.iter_mut().for_each(end);
    }
    stage.world.peers.iter_mut().for_each(Peer::leave);
    stage.disturb();
    stage.begin_unasked();
    let look = stage.settle_alive("the server is not at rest after its last client has left")?;
    in_its_own_call(stage, &look, "after its last client has left")?;
    alone(stage)?;
    by_itself(stage, &look)?;
    nothing_kept(stage)?;
    stage.nobody_is_closed_often(1, "a second time")
}

/// Nobody was connected to without need.
fn not_accepted(stage: &Stage<'_>) -> Result<(), Stop> {
    let peers = stage.world.peers.iter();
    let mut waiting = peers.map(|peer| (&peer.name, peer.waiting().count()));
    match waiting.find(|(_, count)| *count > 0) {
        None => Ok(()),
        Some((name, waiting)) => {
            let connections = count(waiting, "connection", "connections");
            Err(Stop::Red(Red::new(format!(
                "the server has made {connections} more to {name} than any step accepts"
            ))))
        }
    }
}

/// A program at rest sleeps in its lesson's own call.
pub(super) fn in_its_own_call(stage: &Stage<'_>, look: &Look, when: &str) -> Result<(), Stop> {
    let Some(own) = stage.target.waits_in.as_deref() else {
        return Ok(());
    };
    let mut calls = look.threads.iter().filter_map(family);
    if !stage.judge.can_look || calls.clone().any(|call| call == own) {
        return Ok(());
    }
    let found = calls.next().unwrap_or("no call that can be seen");
    let message = format!("{when} the server is asleep in {found}, not in {own}");
    Err(Stop::Red(Red::new(message)))
}

/// Whoever waits in the lesson's call was woken by it: otherwise somebody else has served the clients. A program may have other
/// threads and processes, as a runtime and a shell do, but not for that.
fn by_itself(stage: &Stage<'_>, look: &Look) -> Result<(), Stop> {
    let Some(own) = stage.target.waits_in.as_deref() else {
        return Ok(());
    };
    let was_served = stage
        .world
        .clients()
        .any(|client| client.received.bytes > 0);
    let mut waiting = look.threads.iter().filter(|it| family(it) == Some(own));
    if !stage.judge.can_look
        || !was_served
        || waiting.any(|thread| has_run(thread.tid, &stage.at_rest, look))
    {
        return Ok(());
    }
    let other = match look.processes() {
        1 => "thread",
        _ => "process",
    };
    let message =
        format!("another {other} has served the clients, not the one that waits in {own}");
    let fact = format!("asleep in {own} since before its first client: nothing has woken it");
    Err(Stop::Red(Red::new(message).with("server", fact)))
}

/// Nobody helps the one thread.
pub(super) fn alone(stage: &mut Stage<'_>) -> Result<(), Stop> {
    let Helpers { processes, threads } = Helpers::of(stage);
    let who = match (processes, threads) {
        (Some(_), _) => "processes",
        (None, Some(_)) => "threads",
        (None, None) => return Ok(()),
    };
    Err(Stop::Red(Red::new(format!(
        "the server has started {who} to serve its clients; here, one thread serves them all"
    ))))
}

/// Whatever was sent to a client was asked for.
pub(super) fn unread(stage: &mut Stage<'_>) -> Result<(), Stop> {
    for client in stage.world.clients_mut() {
        if client.unread() > 0 {
            let message = format!(
                "{} has {} unread at the end, which the script does not receive",
                client.name,
                shown(client)
            );
            return Err(Stop::Red(Red::new(message).of_habit(Habit::SendsMore)));
        }
    }
    Ok(())
}

/// Who has left has left nothing behind.
fn nothing_kept(stage: &mut Stage<'_>) -> Result<(), Stop> {
    if !stage.judge.can_look {
        return Ok(());
    }
    let (sockets, others) = stage.world.held();
    let (sockets_at_start, others_at_start) = stage.held_at_start;
    if sockets > sockets_at_start {
        let kept = count(sockets - sockets_at_start, "socket", "sockets");
        let message = format!("the server keeps {kept} although all clients have left");
        let red = Red::new(message).of_habit(Habit::Keeps);
        return Err(Stop::Red(red.with("server", "a socket that nobody closes is lost until the program ends: 1024 of them, and it is deaf")));
    }
    if others > others_at_start + SPARE_DESCRIPTORS {
        let kept = count(others - others_at_start, "descriptor", "descriptors");
        return Err(Stop::Red(Red::new(format!(
            "the server keeps {kept} more open than before its first client"
        ))));
    }
    Ok(())
}
