//! Scripts for a program that is a client: its scripted other side, its user, and what it does itself.
//!
//! Such a script begins with the peers, which are there before the program is, and with the program's command line:
//!
//! ```text
//! peer listens
//! client started with "{peer}" on a terminal
//! peer accepts
//! user types "hello\n"
//! peer receives "hello\n"
//! ```
//!
//! A peer can have any name a client can have, or be called `peer`. Once it has accepted, it does whatever a client of a server's
//! script does. The program is called `client`, and does whatever a server does; what it prints is compared byte by
//! byte, since half a line may matter.

use super::data::{self, data};
use super::fault::{Fault, Parsed, did_you_mean};
use super::lex::{Piece, Words};
use super::names::is_client_name;
use super::{Data, Part, ServerVerb, Text, literal, server};

/// What a peer does beside what any client does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerVerb {
    /// `listens`: from before the program starts.
    Listens,
    /// `refuses`: has an address, but does not listen there (ECONNREFUSED).
    Refuses,
    /// `keeps everybody waiting`: listens, but its accept queue is full, so that a connect gets no answer at all.
    KeepsEverybodyWaiting,
    /// `accepts`: takes the next connection of the program, which becomes the peer's own; with `as first`, it has this name instead,
    /// and the peer can accept more of them.
    Accepts(Option<String>),
}

impl PeerVerb {
    /// Whether this is so before the program starts.
    pub(crate) fn is_before_the_program(&self) -> bool {
        !matches!(self, PeerVerb::Accepts(_))
    }
}

/// What the user in front of the program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserVerb {
    /// `types …`; what the program does not read now goes on being typed in the background.
    Types(Data),
    /// `ends the input`: closes the pipe, or types Ctrl-D, after the last byte that is still to be typed.
    EndsTheInput,
    /// `hangs up`: closes the terminal (SIGHUP).
    HangsUp,
}

/// What a program that is a client does, beside what any program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramVerb {
    /// `started with "{peer}" on a terminal`
    Started {
        /// All that comes after the program's name; `{peer}` is that peer's address.
        arguments: Vec<Text>,
        /// What it reads.
        input: StandardInput,
    },
    /// `prints "hel"`: exactly these bytes come next on stdout.
    Prints(Data),
    /// `prints nothing more`
    PrintsNothingMore,
    /// `says "refused"`: these words stand in what it has written to stderr.
    Says(Text),
}

/// What a program reads as its standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandardInput {
    /// A pipe from the user; the default.
    Pipe,
    /// `on a terminal`: a pseudo-terminal, the program's controlling one.
    Terminal,
    /// `from a file of …`
    File(Data),
    /// `from /dev/null`
    Nothing,
}

/// The first word of each verb that only a peer has.
pub(super) const PEER_VERBS: [&str; 4] = ["listens", "refuses", "keeps", "accepts"];

/// The first word of each verb of the user.
pub(super) const USER_VERBS: [&str; 3] = ["types", "ends", "hangs"];

/// The first word of each verb that only a program has that is a client.
pub(super) const PROGRAM_VERBS: [&str; 1] = ["says"];

const USER_CAN: &str = "The user can: types, ends the input, hangs up";

const CLIENT_CAN: &str = "The client can: started with, prints, prints nothing more, says, waits in, \
                          freezes, thaws, may open, holds, is interrupted, exits with, dies of";

const STARTS: &str = "write: started with \"{peer}\", and then nothing, on a terminal, \
                      from a file of \"text\", or from /dev/null";

const WAITING: &str = "write: keeps everybody waiting";

/// Takes what comes after a peer's name, if it is what only a peer does.
pub(super) fn peer(words: &mut Words) -> Parsed<Option<PeerVerb>> {
    if words.takes("listens") {
        Ok(Some(PeerVerb::Listens))
    } else if words.takes("refuses") {
        Ok(Some(PeerVerb::Refuses))
    } else if words.takes("keeps") {
        words.expect("everybody waiting", WAITING)?;
        Ok(Some(PeerVerb::KeepsEverybodyWaiting))
    } else if words.takes("accepts") {
        Ok(Some(PeerVerb::Accepts(connection(words)?)))
    } else {
        Ok(None)
    }
}

/// Takes `as first`, if it is there.
fn connection(words: &mut Words) -> Parsed<Option<String>> {
    if !words.takes("as") {
        return Ok(None);
    }
    let Some(name) = words.peek().filter(|piece| is_client_name(piece.text)) else {
        return Err(words.expected("a name", "write: accepts as first"));
    };
    words.take();
    Ok(Some(name.text.to_owned()))
}

/// Help for a peer's step that goes on after it should have ended.
pub(super) fn forms_of_peer(verb: &PeerVerb) -> &'static str {
    match verb {
        PeerVerb::Listens => "write: listens",
        PeerVerb::Refuses => "write: refuses",
        PeerVerb::KeepsEverybodyWaiting => WAITING,
        PeerVerb::Accepts(Some(_)) => "after this there can be: within 3 s, not before 1 s",
        PeerVerb::Accepts(None) => "after this there can be: as first, within 3 s, not before 1 s",
    }
}

/// Takes what comes after `user`.
pub(super) fn user(words: &mut Words) -> Parsed<UserVerb> {
    let Some(verb) = words.peek().filter(|piece| !piece.is_string()) else {
        return Err(words.expected("a verb", USER_CAN));
    };
    words.take();
    match verb.text {
        "types" => Ok(UserVerb::Types(data(words)?)),
        "ends" => {
            words.expect("the input", "write: ends the input")?;
            Ok(UserVerb::EndsTheInput)
        }
        "hangs" => {
            words.expect("up", "write: hangs up")?;
            Ok(UserVerb::HangsUp)
        }
        _ => Err(unknown(verb, USER_VERBS, USER_CAN)),
    }
}

/// Help for a user's step that goes on after it should have ended.
pub(super) fn forms_of_user(verb: &UserVerb) -> &'static str {
    match verb {
        UserVerb::Types(_) => "nothing comes after what is typed",
        UserVerb::EndsTheInput => "write: ends the input",
        UserVerb::HangsUp => "write: hangs up",
    }
}

/// What comes after `client`: its own verbs, or any program's.
pub(super) enum OfClient {
    Own(ProgramVerb),
    AnyProgram(ServerVerb),
}

/// Takes what comes after `client`.
pub(super) fn client(words: &mut Words) -> Parsed<OfClient> {
    let Some(verb) = words.peek().filter(|piece| !piece.is_string()) else {
        return Err(words.expected("a verb", CLIENT_CAN));
    };
    let own = match verb.text {
        "started" => started,
        "prints" => prints,
        "says" => says,
        text if server::VERBS.contains(&text) => {
            return server::verb(words).map(OfClient::AnyProgram);
        }
        _ => {
            let known = server::VERBS.into_iter().chain(PROGRAM_VERBS);
            return Err(unknown(verb, known, CLIENT_CAN));
        }
    };
    words.take();
    own(words).map(OfClient::Own)
}

/// Help for a step of the program that goes on after it should have ended.
pub(super) fn forms_of_client(verb: &ProgramVerb) -> &'static str {
    match verb {
        ProgramVerb::Started { .. } => STARTS,
        _ => "after this there can be: within 3 s, not before 1 s",
    }
}

fn started(words: &mut Words) -> Parsed<ProgramVerb> {
    let mut arguments = Vec::new();
    if words.takes("with") {
        while let Some(piece) = words.peek().filter(|piece| piece.is_string()) {
            words.take();
            arguments.push(argument(words, piece)?);
        }
        if arguments.is_empty() {
            return Err(words.expected("a string", STARTS));
        }
    }
    let input = input(words)?;
    Ok(ProgramVerb::Started { arguments, input })
}

/// Arguments go through the kernel, which ends them at a NUL.
pub(super) fn argument(words: &mut Words, piece: Piece) -> Parsed<Text> {
    let (text, places) = literal::text(piece)?;
    let is_text = |part: &Part| match part {
        Part::Bytes(bytes) => str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')),
        Part::Address(_) | Part::Number => true,
    };
    if !text.0.iter().all(is_text) {
        let message = "this cannot be an argument";
        let help = "an argument is UTF-8 text without \\0";
        return Err(Fault::new(piece.span(), message, help));
    }
    words.places.extend(places);
    Ok(text)
}

fn input(words: &mut Words) -> Parsed<StandardInput> {
    if words.takes("on") {
        words.expect("a terminal", STARTS)?;
        return Ok(StandardInput::Terminal);
    }
    if !words.takes("from") {
        return Ok(StandardInput::Pipe);
    }
    if words.takes("/dev/null") {
        return Ok(StandardInput::Nothing);
    }
    words.expect("a file of", STARTS)?;
    Ok(StandardInput::File(data(words)?))
}

fn prints(words: &mut Words) -> Parsed<ProgramVerb> {
    if words.takes("nothing") {
        words.expect("more", "write: prints nothing more")?;
        return Ok(ProgramVerb::PrintsNothingMore);
    }
    Ok(ProgramVerb::Prints(data(words)?))
}

fn says(words: &mut Words) -> Parsed<ProgramVerb> {
    Ok(ProgramVerb::Says(data::text(words)?))
}

fn unknown<'a>(verb: Piece, known: impl IntoIterator<Item = &'a str>, can: &str) -> Fault {
    let message = format!("unknown verb \"{}\"", verb.text);
    let help = format!("{}{can}", did_you_mean(verb.text, known));
    Fault::new(verb.span(), message, help)
}
