//! What a client does or expects.

use super::data::{data, lines};
use super::fault::{Fault, Parsed, did_you_mean};
use super::lex::{Piece, Words};
use super::{ClientVerb, Data, Manner, client_lesson, server};

/// The first word of each verb.
pub(super) const VERBS: [&str; 8] = [
    "connects", "is", "sends", "receives", "sees", "shuts", "closes", "resets",
];

pub(super) const CAN: &str = "A client can: connects, is refused, sends, receives, \
                              sees end of stream, sees a reset, shuts down writing, closes, resets";

const PORT: &str = "a port is a number from 1 to 64: the listener's place among the \
                    program's \"listening on\" lines";

const IN_ANY_ORDER: &str = "write: receives \"a\\n\" and \"b\\n\" in any order; \
                            what comes in this order has a step for each";

/// Takes what comes after a client's name.
pub(super) fn verb(words: &mut Words, who: Piece) -> Parsed<ClientVerb> {
    if words.takes("of") {
        return group(words, who);
    }
    let Some(verb) = words.peek().filter(|piece| !piece.is_string()) else {
        return Err(words.expected("a verb", CAN));
    };
    words.take();
    match verb.text {
        "connects" => connects(words, None),
        "is" => is_refused(words),
        "sends" => sends(words),
        "receives" => receives(words),
        "sees" => sees(words),
        "shuts" => {
            words.expect("down writing", "write: shuts down writing")?;
            Ok(ClientVerb::ShutsDownWriting)
        }
        "closes" => Ok(ClientVerb::Closes),
        "resets" => Ok(ClientVerb::Resets),
        _ => Err(unknown(verb)),
    }
}

/// Help for a step that goes on after it should have ended.
pub(super) fn forms(verb: &ClientVerb) -> &'static str {
    match verb {
        ClientVerb::Connects { .. } => {
            "write: connects, connects to port 2, or connects with small buffers"
        }
        ClientVerb::IsRefused { .. } => "write: is refused, or is refused by port 2",
        ClientVerb::Sends { .. } => {
            "after the bytes there can be: urgently, or byte by byte; nothing after counters"
        }
        ClientVerb::Receives(_)
        | ClientVerb::ReceivesInAnyOrder(_)
        | ClientVerb::ReceivesNothing => "after this there can be: within 3 s, not before 1 s",
        ClientVerb::SeesEnd => "write: sees end of stream",
        ClientVerb::SeesReset => "write: sees a reset",
        ClientVerb::ShutsDownWriting => "write: shuts down writing",
        ClientVerb::Closes => "write: closes",
        ClientVerb::Resets => "write: resets",
    }
}

/// `crowd of 500 connects`, after the `of`.
fn group(words: &mut Words, who: Piece) -> Parsed<ClientVerb> {
    let members = words.number(1..=20_000, "a group has from 1 to 20000 members")?;
    if !words.takes("connects") {
        let who = who.text;
        let help = format!(
            "a group gets its size when it connects: {who} of {members} connects; \
             from then on {who} is enough: {who} sends \"hi\\n\""
        );
        return Err(words.expected("\"connects\"", &help));
    }
    // The range has made sure that it fits.
    connects(words, u32::try_from(members).ok())
}

fn connects(words: &mut Words, members: Option<u32>) -> Parsed<ClientVerb> {
    let port = port(words, "to")?;
    let small_buffers = words.takes("with");
    if small_buffers {
        words.expect("small buffers", "write: connects with small buffers")?;
    }
    Ok(ClientVerb::Connects {
        port,
        members,
        small_buffers,
    })
}

fn is_refused(words: &mut Words) -> Parsed<ClientVerb> {
    words.expect("refused", "write: is refused, or is refused by port 2")?;
    let port = port(words, "by")?;
    Ok(ClientVerb::IsRefused { port })
}

/// `to port 2` or `by port 2`, or nothing for the first.
fn port(words: &mut Words, preposition: &str) -> Parsed<usize> {
    if !words.takes(preposition) {
        return Ok(1);
    }
    words.expect("port", &format!("write: {preposition} port 2"))?;
    let port = words.number(1..=64, PORT)?;
    Ok(usize::try_from(port).unwrap_or(usize::MAX))
}

fn sends(words: &mut Words) -> Parsed<ClientVerb> {
    let data = data(words)?;
    let marked = !matches!(data, Data::Counters(_));
    let manner = if marked && words.takes("urgently") {
        Manner::Urgently
    } else if marked && words.takes("byte") {
        words.expect("by byte", "write: sends \"abc\" byte by byte")?;
        Manner::ByteByByte
    } else {
        Manner::Plain
    };
    Ok(ClientVerb::Sends { data, manner })
}

/// `receives nothing`, `receives "hi\n"`, `receives "a\n" and "b\n" in any order`.
fn receives(words: &mut Words) -> Parsed<ClientVerb> {
    if words.takes("nothing") {
        return Ok(ClientVerb::ReceivesNothing);
    }
    // What is in order has neither of these words.
    if !words.has("and") && !words.has("in") {
        return Ok(ClientVerb::Receives(data(words)?));
    }
    let mut all = vec![lines(words)?];
    while words.takes("and") {
        all.push(lines(words)?);
    }
    words.expect("in any order", IN_ANY_ORDER)?;
    Ok(ClientVerb::ReceivesInAnyOrder(all))
}

fn sees(words: &mut Words) -> Parsed<ClientVerb> {
    let help = "a client can see two things: sees end of stream, sees a reset";
    if words.takes("a") {
        words.expect("reset", help)?;
        return Ok(ClientVerb::SeesReset);
    }
    words.expect("end of stream", help)?;
    Ok(ClientVerb::SeesEnd)
}

fn unknown(verb: Piece) -> Fault {
    if server::VERBS.contains(&verb.text) {
        let message = format!("\"{}\" is for the server, not for a client", verb.text);
        let help = format!("did you mean \"server {} …\"? {CAN}", verb.text);
        return Fault::new(verb.span(), message, help);
    }
    let message = format!("unknown verb \"{}\"", verb.text);
    let known = VERBS.into_iter().chain(client_lesson::PEER_VERBS);
    let help = format!("{}{CAN}", did_you_mean(verb.text, known));
    Fault::new(verb.span(), message, help)
}
