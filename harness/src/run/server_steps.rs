//! What the program is made to do, and what is expected of it.

use super::ended::ended;
use super::judge::Seen;
use super::pace::Pace;
use super::printed::{Prints, PrintsBefore, mentions};
use super::stage::{Expectation, Progress, Stage, Unmet};
use super::stand::family;
use super::stop::{Red, Stop};
use super::world::World;
use crate::look::{Held, Look, descriptors};
use crate::program::Exit;
use crate::script::ServerVerb;
use crate::words::{amount, count};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit};
use std::io;
use std::time::Duration;

/// Open files that stand for any number: four times as many as a select can watch.
const MANY_FILES: u64 = 4096;
/// Between two questions whether something has come to its end that takes microseconds, mostly.
const SOON: Duration = Duration::from_micros(100);

/// Plays one step of the program.
///
/// # Errors
/// What it should have done, and never will.
pub(super) fn play(stage: &mut Stage<'_>, verb: &ServerVerb) -> Result<(), Stop> {
    match verb {
        ServerVerb::StartedWith(_) => Ok(()), // it was
        ServerVerb::Prints(text) => {
            let mut prints = Prints::new(&stage.world, text);
            stage.expect(&mut prints)
        }
        ServerVerb::PrintsBefore(first, second) => {
            let mut prints = PrintsBefore::new(&stage.world, first, second);
            stage.expect(&mut prints)
        }
        ServerVerb::PrintsNothingMore => print_nothing_more(stage),
        ServerVerb::Waits => wait(stage),
        ServerVerb::WaitsIn(call) => wait_in(stage, call),
        ServerVerb::Freezes => freeze(stage),
        ServerVerb::Thaws => thaw(stage),
        ServerVerb::MayOpen(more) => may_open(stage, *more),
        ServerVerb::Holds(connections) => hold(stage, *connections),
        ServerVerb::Owes { who, at_most } => owe(stage, who, *at_most),
        ServerVerb::IsInterrupted => Ok(stage.world.program.signal(Signal::INT)?),
        ServerVerb::ExitsWith(status) => stage.expect(&mut Ending {
            wanted: ended(Exit::Status(*status)),
            as_said: format!("exit with {status}"),
        }),
        ServerVerb::DiesOf(signal) => stage.expect(&mut Ending {
            wanted: format!("died of {signal}"),
            as_said: format!("die of {signal}"),
        }),
    }
}

fn print_nothing_more(stage: &mut Stage<'_>) -> Result<(), Stop> {
    let what = "that the server prints nothing more cannot be told";
    stage.sit_out(what)?;
    stage.settle(what)?;
    let names = stage.world.names_by_address();
    let stray = stage.world.lines.iter().find(|line| {
        !line.taken
            && names
                .iter()
                .any(|(address, _)| mentions(&line.text, address))
    });
    match stray {
        None => Ok(()),
        Some(line) => Err(Stop::Red(Red::new(format!(
            "the server also printed \"{}\"",
            stage.world.with_names(&line.text)
        )))),
    }
}

fn wait(stage: &mut Stage<'_>) -> Result<(), Stop> {
    match stage.target.waits_in.clone() {
        Some(own) => wait_in(stage, &own),
        // A program that waits where it likes shows by coming to rest that it does.
        None => stage.settle("the server does not wait").map(drop),
    }
}

fn wait_in(stage: &mut Stage<'_>, call: &str) -> Result<(), Stop> {
    needs_a_look(stage)?;
    let is_replaced = stage.target.replaced.iter().any(|it| it == call);
    let call = match stage.target.waits_in.as_deref() {
        Some(own) if is_replaced => own,
        None if is_replaced => return stage.settle_alive("the server is not at rest").map(drop),
        _ => call,
    };
    let look = stage.settle_alive(&format!("the server does not wait in {call}"))?;
    let found = look.threads.iter().filter_map(family);
    let found: Vec<&str> = found.collect();
    if found.contains(&call) {
        return Ok(());
    }
    let found = found.first().copied().unwrap_or("no call that can be seen");
    Err(Stop::Red(Red::new(format!(
        "the server does not wait in {call}: it is asleep in {found}"
    ))))
}

fn freeze(stage: &mut Stage<'_>) -> Result<(), Stop> {
    // The call that it is in now is what a `restart_syscall` after the thaw goes on with.
    stage.judge.look(&mut stage.world)?;
    stage.world.program.signal(Signal::STOP)?;
    stage.world.frozen = true;
    until_all(stage, |stage, state| match &stage.world.noted {
        Some(noted) => noted.is_frozen(),
        None => state == 'T',
    })
}

fn thaw(stage: &mut Stage<'_>) -> Result<(), Stop> {
    // What the clients did in between is one batch only if all of it is there.
    let mut pace = Pace::starting_with(SOON);
    while stage.world.is_moving()? {
        match stage.world.turn(pace.pause())? {
            true => pace.quicken(),
            false => pace.slacken(&Seen::Asleep(Look::default())),
        }
        stage.give_up("what the clients sent is still under way")?;
    }
    stage.world.program.signal(Signal::CONT)?;
    stage.world.frozen = false;
    if let Some(noted) = &stage.world.noted {
        noted.thaw();
    }
    until_all(stage, |_, state| state != 'T')
}

/// Waits until the state of every thread is as wanted. A signal is acted on within microseconds; a thread that is in the middle
/// of a system call comes to it first.
fn until_all(stage: &mut Stage<'_>, wanted: impl Fn(&Stage<'_>, char) -> bool) -> Result<(), Stop> {
    while stage.judge.can_look && stage.world.exit.is_none() {
        let look = stage.judge.look(&mut stage.world)?;
        if look
            .threads
            .iter()
            .all(|thread| wanted(stage, thread.state))
        {
            break;
        }
        stage.world.turn(SOON)?;
        stage.give_up("the server could not be stopped or continued")?;
    }
    Ok(())
}

fn may_open(stage: &mut Stage<'_>, more: Option<u32>) -> Result<(), Stop> {
    needs_a_look(stage)?;
    stage.settle_alive("how many files the server has open cannot be told")?;
    let pid = stage.world.program.pid();
    // The program has inherited the harness's own hard limit.
    let hard = getrlimit(Resource::Nofile).maximum;
    let limit = match more {
        Some(more) => limit_with_free(&descriptors(pid.as_raw_nonzero().get()), more),
        None => hard.unwrap_or(MANY_FILES).max(MANY_FILES),
    };
    if hard.is_some_and(|hard| hard < limit) {
        let message = format!(
            "the server would have to be allowed {limit} open files, and `ulimit -Hn` is lower"
        );
        return Err(Stop::Skip(message));
    }
    set_limit(
        pid,
        Rlimit {
            current: Some(limit),
            maximum: hard,
        },
    )?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn set_limit(pid: Pid, limit: Rlimit) -> io::Result<()> {
    rustix::process::prlimit(Some(pid), Resource::Nofile, limit)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn set_limit(_: Pid, _: Rlimit) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The highest limit below which exactly `more` numbers are free, `open` being those in use, in ascending order.
///
/// The highest, because a number makes room when it is closed only if it is below the limit.
fn limit_with_free(open: &[Held], more: u32) -> u64 {
    let mut limit = u64::from(more);
    for held in open {
        if u64::from(held.descriptor.unsigned_abs()) <= limit {
            limit += 1;
        }
    }
    limit
}

fn hold(stage: &mut Stage<'_>, connections: usize) -> Result<(), Stop> {
    needs_a_look(stage)?;
    stage.settle_alive("how many connections the server holds cannot be told")?;
    let (sockets, _) = stage.world.held();
    let found = sockets.saturating_sub(stage.held_at_start.0);
    if found == connections {
        return Ok(());
    }
    let found = count(found, "connection", "connections");
    Err(Stop::Red(Red::new(format!(
        "the server holds {found}, and should hold {connections}"
    ))))
}

/// What an echo server has read from a client and not sent back yet waits in its own memory; so does what a proxy has read from
/// one end of a pair and not sent to the other.
fn owe(stage: &mut Stage<'_>, who: &str, at_most: u64) -> Result<(), Stop> {
    needs_a_look(stage)?;
    stage.settle(&format!("how much the server owes {who} cannot be told"))?;
    let owed = stage.world.owed(who)?;
    match owed {
        Some(owed) if owed <= at_most => Ok(()),
        Some(owed) => Err(Stop::Red(Red::new(format!(
            "the server owes {who} {}, received and not sent {}: it should be at most {}",
            amount(owed),
            if stage.world.peers.is_empty() {
                "back"
            } else {
                "on"
            },
            amount(at_most)
        )))),
        None => Err(Stop::Red(Red::new(format!(
            "the server has no connection with {who} any more"
        )))),
    }
}

/// What asks about the program itself cannot be played where it cannot be looked at.
fn needs_a_look(stage: &Stage<'_>) -> Result<(), Stop> {
    if stage.judge.can_look {
        return Ok(());
    }
    Err(Stop::Skip(
        "it asks what the program is doing, and there is no /proc here, or no right to look".into(),
    ))
}

/// The program ends in a certain way.
struct Ending {
    /// As [`ended`] says it.
    wanted: String,
    as_said: String,
}

impl Expectation for Ending {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        match world.exit {
            None => Ok(Progress::Waiting),
            Some(exit) if ended(exit) == self.wanted => Ok(Progress::Done),
            Some(exit) => Err(Stop::Red(Red::new(format!(
                "the server did not {}: it {}",
                self.as_said,
                ended(exit)
            )))),
        }
    }

    fn unmet(&self, _: &mut World) -> Unmet {
        Unmet {
            what: format!("the server did not {}", self.as_said),
            never: "it goes on".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(numbers: &[i32]) -> Vec<Held> {
        let held = |descriptor: &i32| Held {
            descriptor: *descriptor,
            socket: None,
            target: String::new(),
        };
        numbers.iter().map(held).collect()
    }

    #[test]
    fn the_limit_leaves_exactly_as_many_numbers_free_as_asked() {
        assert_eq!(limit_with_free(&open(&[0, 1, 2, 3]), 4), 8);
        assert_eq!(limit_with_free(&open(&[0, 1, 2, 7]), 3), 6);
        assert_eq!(limit_with_free(&open(&[0, 1, 2, 7]), 5), 9);
    }

    #[test]
    fn whoever_closes_makes_room_below_the_limit() {
        // Closing 7 or 2 has to help.
        assert_eq!(limit_with_free(&open(&[0, 1, 2, 7]), 4), 8);
        assert_eq!(limit_with_free(&open(&[0, 1, 2]), 0), 3);
    }
}
