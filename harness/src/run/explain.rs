//! What is known when something is wrong: where the program is, who waits for what, what was said so far.

use super::connection::Connection;
use super::conversations::{answered, clients, unread};
use super::ended::{ended, signal_name};
use super::helpers::Helpers;
use super::own_code::own_code;
use super::stage::Stage;
use super::stand::{Stand, family};
use super::start::ANNOUNCEMENT;
use crate::look::{Kind, Look, Thread, named};
use crate::program::Exit;
use crate::verdict::{Fact, State};
use crate::words::amount;

/// Lines of its output that are told.
const LINES: usize = 6;
/// Characters of such a line.
const LINE: usize = 100;

/// What every report tells, in its order; what there is nothing to say about is left out.
pub(super) fn facts(stage: &mut Stage<'_>) -> Vec<Fact> {
    // In this order: a program that goes on meanwhile must not seem to have answered what it had not read.
    let answered = answered(stage);
    let connections = stage.world.connections().unwrap_or_default();
    let Helpers { processes, threads } = Helpers::of(stage);
    let about = [
        ("server", Some(server(stage, &connections))),
        ("your code", own_code(stage)),
        ("processes", processes),
        ("threads", threads),
        ("expected", expected_announcement(stage)),
        ("stdout", unfinished(stage)),
        ("unread", unread(stage, &connections, &answered)),
        ("clients", clients(stage)),
        ("server printed", printed(stage)),
        ("stderr", stderr(stage)),
    ];
    about
        .into_iter()
        .filter_map(|(label, text)| Some(Fact { label, text: text? }))
        .collect()
}

/// Where the program is.
fn server(stage: &Stage<'_>, connections: &[Connection]) -> String {
    if let Some(exit) = stage.world.exit {
        return ended(exit);
    }
    if !stage.judge.can_look {
        return "cannot be looked at: there is no /proc here, or no right to use it".into();
    }
    let look = stage.judge.last_look();
    if stage.world.frozen {
        return "frozen".into();
    }
    let elsewhere = match stage.target.waits_in.as_deref() {
        Some(own) => format!("; it should wait in {own}"),
        None => String::new(),
    };
    match asleep_where(stage, look) {
        Some((thread, true)) => asleep(stage, thread, connections, look),
        Some((thread, false)) => asleep(stage, thread, connections, look) + &elsewhere,
        None => "running".into(),
    }
}

/// The same, to be counted; `None` where it cannot be looked at.
pub(super) fn state(stage: &Stage<'_>) -> Option<State> {
    match stage.world.exit {
        Some(Exit::Status(status)) => return Some(State::Exited { status }),
        Some(Exit::Signal(signal)) => {
            let signal = signal_name(signal);
            return Some(State::Killed { signal });
        }
        Some(Exit::Lost) => return Some(State::Lost),
        None if !stage.judge.can_look => return None,
        None if stage.world.frozen => return Some(State::Frozen),
        None => {}
    }
    let asleep = asleep_where(stage, stage.judge.last_look());
    Some(
        asleep.map_or(State::Running, |(thread, is_right)| State::Asleep {
            call: family(thread).unwrap_or("a system call").to_owned(),
            is_right,
        }),
    )
}

/// The thread of a sleeping program that is told of, and whether it is where it should be; `None` if the program runs.
pub(super) fn asleep_where<'l>(stage: &Stage<'_>, look: &'l Look) -> Option<(&'l Thread, bool)> {
    match stage.judge.stand(look).filter(|_| look.all_asleep())? {
        Stand::Right(thread) => Some((thread, true)),
        Stand::Wrong(thread) => Some((thread, false)),
        Stand::Elsewhere(thread) => {
            // A shell waits for the program that it has started: that one is of interest.
            let waits = |thread: &&Thread| thread.call().is_some_and(|call| call.name == "wait");
            let other = look.threads.iter().find(|thread| !waits(thread));
            Some((other.unwrap_or(thread), false))
        }
    }
}

fn asleep(stage: &Stage<'_>, thread: &Thread, connections: &[Connection], look: &Look) -> String {
    let call = thread.call().map_or("a system call", |call| call.name);
    let mut text = format!("asleep in {call}");
    if let Some(object) = object(stage, thread, connections) {
        text += &object;
    }
    if let Some(timeout) = thread.timeout() {
        text += &format!(", for {} ms at most", timeout.as_millis());
    }
    match (look.processes(), look.threads.len()) {
        (1, 1) => {}
        (1, threads) => text += &format!(" (one of {threads} threads)"),
        (processes, _) => text += &format!(" (one of {processes} processes)"),
    }
    text
}

/// What the call is about: `, writing to ada, who leaves 2.6 MiB unread`.
fn object(stage: &Stage<'_>, thread: &Thread, connections: &[Connection]) -> Option<String> {
    let held = named(thread.pid, thread.descriptor()?)?;
    let Some(inode) = held.socket else {
        let input = named(thread.pid, 0).map(|held| held.target);
        if input.as_ref() == Some(&held.target) {
            return Some(", reading its standard input".into());
        }
        return Some(match held.descriptor {
            1 => ", on its stdout".into(),
            2 => ", on its stderr".into(),
            _ => format!(", on {}", held.target),
        });
    };
    let mut pairs = stage.world.clients().zip(connections);
    let is_it = |connection: &Connection| {
        connection
            .theirs
            .is_some_and(|theirs| theirs.inode == inode)
    };
    let client = pairs
        .find(|(_, connection)| is_it(connection))
        .map(|(client, _)| client);
    let Some(client) = client else {
        return listener(stage, inode).or_else(|| {
            let other = match thread.call()?.kind {
                Kind::Accept => ", on a listener that it has not announced",
                _ => ", on a socket of nobody in this script",
            };
            Some(other.into())
        });
    };
    let name = &client.name;
    Some(match thread.call()?.kind {
        Kind::Write => format!(
            ", writing to {name}, who leaves {} unread",
            amount(client.unread())
        ),
        Kind::Read if client.has_sent_all() => {
            format!(", reading from {name}, who has nothing more to send now")
        }
        Kind::Read => format!(", reading from {name}"),
        _ => format!(", on {name}'s connection"),
    })
}

fn listener(stage: &Stage<'_>, inode: u64) -> Option<String> {
    let world = &stage.world;
    let of_inode = |address| {
        world
            .listener(address)
            .ok()
            .flatten()
            .is_some_and(|end| end.inode == inode)
    };
    let index = world
        .listeners
        .iter()
        .position(|address| of_inode(*address))?;
    Some(match world.listeners.len() {
        1 => ", on the listener".into(),
        _ => format!(", on the listener of port {}", index + 1),
    })
}

/// The last lines that the program printed, with the names of those whose addresses they tell.
fn printed(stage: &Stage<'_>) -> Option<String> {
    let lines = &stage.world.lines;
    let last = lines.iter().skip(lines.len().saturating_sub(LINES));
    let mut told: Vec<String> = last
        .map(|line| stage.world.with_names(&shortened(&line.text)))
        .collect();
    if lines.len() > LINES {
        told.insert(0, "…".into());
    }
    list(told, LINES + 1)
}

fn stderr(stage: &mut Stage<'_>) -> Option<String> {
    let text = stage.world.program.output().stderr();
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !is_about_backtraces(line))
        .map(shortened)
        .collect();
    // A panic says first what it is, and then, at length, where.
    let panic = lines.iter().rposition(|line| line.contains("panicked at"));
    let last = match panic {
        Some(at) => &lines[at..lines.len().min(at + 2)],
        None => &lines[lines.len().saturating_sub(LINES)..],
    };
    (!last.is_empty()).then(|| last.join("\n"))
}

/// Whether a line of a panic tells how to have a backtrace: the harness keeps programs from drawing one up.
fn is_about_backtraces(line: &str) -> bool {
    line.starts_with("note: run with `RUST_BACKTRACE=")
}

/// A line of the program's, which may be of any length.
fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// What a program that says something else may have meant to say.
fn expected_announcement(stage: &mut Stage<'_>) -> Option<String> {
    let world = &mut stage.world;
    if !world.listeners.is_empty() || world.exit.is_some() {
        return None;
    }
    let line = format!("the line `{ANNOUNCEMENT}127.0.0.1:PORT`");
    let resembles = |line: &str| line.to_lowercase().contains(ANNOUNCEMENT.trim_end());
    let mut texts = world.lines.iter().map(|line| &line.text);
    if texts.any(|text| text.starts_with(ANNOUNCEMENT)) {
        return None; // only its address is wrong, and that is said
    }
    if world.lines.iter().any(|line| resembles(&line.text)) {
        return Some(format!("{line}, letter for letter"));
    }
    resembles(&world.program.output().stderr()).then(|| format!("{line} on stdout, not on stderr"))
}

/// What came to stdout and is no line yet, of a program that has not announced itself.
fn unfinished(stage: &mut Stage<'_>) -> Option<String> {
    if !stage.world.listeners.is_empty() || stage.world.exit.is_some() {
        return None;
    }
    let output = stage.world.program.output();
    if let Some(line) = output.unfinished_line() {
        return Some(format!(
            "\"{}\", and no line feed after it",
            shortened(&line)
        ));
    }
    output.stdout().is_empty().then(|| {
        "empty; a program that prints to a pipe keeps its lines until they are flushed".into()
    })
}

/// What is told of several, of whom `most` are told one by one.
pub(super) fn list(mut told: Vec<String>, most: usize) -> Option<String> {
    let more = told.len().saturating_sub(most);
    told.truncate(most);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    (!told.is_empty()).then(|| told.join(" · "))
}
