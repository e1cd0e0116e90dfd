//! What the program does or is made to do.

use super::client_lesson::argument;
use super::data::{self, text};
use super::fault::{Fault, Parsed, did_you_mean};
use super::lex::{Piece, Words};
use super::literal::Place;
use super::names::is_client_name;
use super::{Part, ServerVerb, Text, client};

/// The first word of each verb.
pub(super) const VERBS: [&str; 11] = [
    "started", "prints", "waits", "freezes", "thaws", "may", "holds", "owes", "is", "exits", "dies",
];

const CAN: &str = "The server can: started with, prints, prints nothing more, waits, waits in, freezes, \
                   thaws, may open, holds, owes, is interrupted, exits with, dies of";

/// The calls that a program can be asked to sleep in, by their man page names.
const CALLS: [&str; 9] = [
    "select",
    "poll",
    "epoll_wait",
    "accept",
    "recv",
    "send",
    "connect",
    "read",
    "write",
];

/// The signals that end a program (signal(7): their disposition is Term or Core), the likely ones first.
const SIGNALS: [&str; 18] = [
    "SIGINT", "SIGTERM", "SIGKILL", "SIGABRT", "SIGPIPE", "SIGSEGV", "SIGHUP", "SIGQUIT", "SIGILL",
    "SIGTRAP", "SIGBUS", "SIGFPE", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU", "SIGXFSZ", "SIGSYS",
];

const MORE_FILES: &str =
    "write: may open 4 more files (at most 1000000), or may open any number of files";
const CONNECTIONS: &str = "write: holds 2 connections (at most 1000000), or holds no connections";

const OWES: &str = "write: owes ada at most 64 KiB";

/// Takes what comes after `server`.
pub(super) fn verb(words: &mut Words) -> Parsed<ServerVerb> {
    let Some(verb) = words.peek().filter(|piece| !piece.is_string()) else {
        return Err(words.expected("a verb", CAN));
    };
    words.take();
    match verb.text {
        "started" => started_with(words),
        "prints" => prints(words),
        "waits" => waits(words),
        "freezes" => Ok(ServerVerb::Freezes),
        "thaws" => Ok(ServerVerb::Thaws),
        "may" => may_open(words),
        "holds" => holds(words),
        "owes" => owes(words),
        "is" => {
            words.expect("interrupted", "write: is interrupted")?;
            Ok(ServerVerb::IsInterrupted)
        }
        "exits" => exits_with(words),
        "dies" => dies_of(words),
        _ => Err(unknown(verb)),
    }
}

/// Help for a step that goes on after it should have ended.
pub(super) fn forms(verb: &ServerVerb) -> &'static str {
    match verb {
        ServerVerb::StartedWith(_) => {
            "each argument is a string: started with \"--once\" \"--verbose\""
        }
        ServerVerb::Prints(_) => {
            "after this there can be: before \"another line\", within 3 s, not before 1 s"
        }
        ServerVerb::PrintsBefore(..)
        | ServerVerb::PrintsNothingMore
        | ServerVerb::Waits
        | ServerVerb::WaitsIn(_) => "after this there can be: within 3 s, not before 1 s",
        ServerVerb::Freezes => "write: freezes",
        ServerVerb::Thaws => "write: thaws",
        ServerVerb::MayOpen(_) => MORE_FILES,
        ServerVerb::Holds(_) => CONNECTIONS,
        ServerVerb::Owes { .. } => OWES,
        ServerVerb::IsInterrupted => "write: is interrupted",
        ServerVerb::ExitsWith(_) => "write: exits with 0",
        ServerVerb::DiesOf(_) => "write: dies of SIGINT",
    }
}

/// Arguments go to the program before there is any client. Whether there is a peer that they could mean is seen later.
fn started_with(words: &mut Words) -> Parsed<ServerVerb> {
    let help = "arguments are strings: started with \"--once\"";
    words.expect("with", help)?;
    let mut arguments = Vec::new();
    while let Some(piece) = words.peek().filter(|piece| piece.is_string()) {
        words.take();
        arguments.push(argument(words, piece)?);
    }
    if arguments.is_empty() {
        return Err(words.expected("a string", help));
    }
    Ok(ServerVerb::StartedWith(arguments))
}

fn prints(words: &mut Words) -> Parsed<ServerVerb> {
    if words.takes("nothing") {
        words.expect("more", "write: prints nothing more")?;
        return Ok(ServerVerb::PrintsNothingMore);
    }
    let first = line(words)?;
    if words.takes("before") {
        return Ok(ServerVerb::PrintsBefore(first, line(words)?));
    }
    Ok(ServerVerb::Prints(first))
}

/// Takes a string that can be a printed line.
fn line(words: &mut Words) -> Parsed<Text> {
    let place = words.peek();
    let text = text(words)?;
    let line_feed = |part: &Part| matches!(part, Part::Bytes(bytes) if bytes.contains(&b'\n'));
    match place {
        Some(place) if text.0.iter().any(line_feed) => Err(Fault::new(
            place.span(),
            "a printed line has no line feed in it",
            "leave out the \\n: \"prints\" takes one whole line, a step for each",
        )),
        _ => Ok(text),
    }
}

fn waits(words: &mut Words) -> Parsed<ServerVerb> {
    let next = words.peek().map(|piece| piece.text);
    if matches!(next, None | Some("within" | "not")) {
        return Ok(ServerVerb::Waits);
    }
    let list = CALLS.join(", ");
    words.expect("in", "write: waits, or waits in select")?;
    let Some(call) = words.peek().filter(|piece| !piece.is_string()) else {
        return Err(words.expected("a call", &format!("The calls: {list}")));
    };
    if !CALLS.contains(&call.text) {
        let message = format!("unknown call \"{}\"", call.text);
        let help = format!("{}The calls: {list}", did_you_mean(call.text, CALLS));
        return Err(Fault::new(call.span(), message, help));
    }
    words.take();
    Ok(ServerVerb::WaitsIn(call.text.to_owned()))
}

fn may_open(words: &mut Words) -> Parsed<ServerVerb> {
    words.expect("open", MORE_FILES)?;
    if words.takes("any") {
        words.expect("number of files", MORE_FILES)?;
        return Ok(ServerVerb::MayOpen(None));
    }
    let number = words.number(0..=1_000_000, MORE_FILES)?;
    words.expect("more", MORE_FILES)?;
    if !words.takes("file") {
        words.expect("files", MORE_FILES)?;
    }
    Ok(ServerVerb::MayOpen(u32::try_from(number).ok()))
}

fn holds(words: &mut Words) -> Parsed<ServerVerb> {
    let number = if words.takes("no") {
        0
    } else {
        words.number(0..=1_000_000, CONNECTIONS)?
    };
    if !words.takes("connection") {
        words.expect("connections", CONNECTIONS)?;
    }
    Ok(ServerVerb::Holds(
        usize::try_from(number).unwrap_or(usize::MAX),
    ))
}

fn owes(words: &mut Words) -> Parsed<ServerVerb> {
    let Some(who) = words.peek().filter(|piece| is_client_name(piece.text)) else {
        return Err(words.expected("a client's name", OWES));
    };
    words.take();
    words.places.push(Place {
        span: who.span(),
        client: Some(who.text.to_owned()),
        text: who.start,
    });
    words.expect("at most", OWES)?;
    let (at_most, _) = data::amount(words, 0, OWES)?;
    Ok(ServerVerb::Owes {
        who: who.text.to_owned(),
        at_most,
    })
}

fn exits_with(words: &mut Words) -> Parsed<ServerVerb> {
    let help = "an exit status is a number from 0 to 255: exits with 0";
    words.expect("with", help)?;
    let status = words.number(0..=255, help)?;
    Ok(ServerVerb::ExitsWith(
        i32::try_from(status).unwrap_or(i32::MAX),
    ))
}

fn dies_of(words: &mut Words) -> Parsed<ServerVerb> {
    words.expect("of", "write: dies of SIGINT")?;
    let Some(signal) = words.peek().filter(|piece| !piece.is_string()) else {
        return Err(words.expected("a signal", "write: dies of SIGINT"));
    };
    if SIGNALS.contains(&signal.text) {
        words.take();
        return Ok(ServerVerb::DiesOf(signal.text.to_owned()));
    }
    let upper = signal.text.to_uppercase();
    let full = format!("SIG{}", upper.trim_start_matches("SIG"));
    let meant = did_you_mean(&full, SIGNALS);
    let message = format!("unknown signal \"{}\"", signal.text);
    let help = format!(
        "{meant}Signals that end a program: {}, … (man 7 signal)",
        SIGNALS[..6].join(", ")
    );
    Err(Fault::new(signal.span(), message, help))
}

fn unknown(verb: Piece) -> Fault {
    if client::VERBS.contains(&verb.text) {
        let message = format!("\"{}\" is for a client, not for the server", verb.text);
        let help = format!("did you mean \"ada {} …\"? {CAN}", verb.text);
        return Fault::new(verb.span(), message, help);
    }
    let message = format!("unknown verb \"{}\"", verb.text);
    let help = format!("{}{CAN}", did_you_mean(verb.text, VERBS));
    Fault::new(verb.span(), message, help)
}
