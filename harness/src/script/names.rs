//! Who acts in a step: what a client can be called.

use super::fault::{Fault, Parsed, did_you_mean};
use super::lex::Piece;
use super::text::LATER;
use super::{client, client_lesson as lesson, server};

/// Words that a client cannot be called by, beside the verbs: they begin other lines, or mean something in a text.
const RESERVED: [&str; 14] = [
    "server", "peer", "user", "client", "clients", "program", "hint", "guards", "only", "within",
    "not", "nothing", "n", LATER,
];

const NAMES: &str =
    "A name is made of lower-case letters, digits, - and _, and begins with a letter";

/// Whether a client can have this name.
pub(super) fn is_client_name(word: &str) -> bool {
    is_name(word) && !RESERVED.contains(&word) && !is_verb(word)
}

/// Whether somebody with an address can have this name: a client, or the peer of a program that is a client.
pub(super) fn has_an_address(word: &str) -> bool {
    word == "peer" || is_client_name(word)
}

fn is_name(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(allowed)
}

fn is_verb(word: &str) -> bool {
    client::VERBS.contains(&word)
        || server::VERBS.contains(&word)
        || lesson::PEER_VERBS.contains(&word)
        || lesson::USER_VERBS.contains(&word)
        || lesson::PROGRAM_VERBS.contains(&word)
}

/// That the first word of a step can be the name of a client or a peer.
pub(super) fn check_subject(who: Piece) -> Parsed<()> {
    let word = who.text;
    if has_an_address(word) {
        return Ok(());
    }
    let (message, help) = if who.is_string() {
        not_a_subject(
            &format!("expected who acts, found {word}"),
            "sends \"hi\\n\"",
        )
    } else if let Some(header) = word.strip_suffix(':') {
        not_a_header(word, header)
    } else if is_verb(word) {
        let verb = format!("{word} …");
        not_a_subject(&format!("a name is missing before \"{word}\""), &verb)
    } else if RESERVED.contains(&word) {
        reserved(word)
    } else {
        not_a_name(word)
    };
    Err(Fault::new(who.span(), message, help))
}

fn not_a_subject(message: &str, rest: &str) -> (String, String) {
    let help = format!("a step begins with \"server\" or with a client's name: ada {rest}");
    (message.to_owned(), help)
}

fn not_a_header(word: &str, header: &str) -> (String, String) {
    let meant = did_you_mean(
        &format!("{}:", header.to_lowercase()),
        ["hint:", "guards:", "only:"],
    );
    let lines =
        "Above the steps there can be lines with hint: …, one with guards: … and one with only: …";
    let message = format!("\"{word}\" begins no line of a script");
    (message, format!("{meant}{lines}"))
}

fn reserved(word: &str) -> (String, String) {
    let help = match word {
        "hint" | "guards" | "only" => format!("did you mean \"{word}: …\"?"),
        "n" => "{n} is the number of a group's member; call the client ada".to_owned(),
        LATER => "{later} is who connected after a group's member; call the client ada".to_owned(),
        _ => "the word has a meaning of its own; call the client ada".to_owned(),
    };
    (format!("\"{word}\" cannot be a client's name"), help)
}

fn not_a_name(word: &str) -> (String, String) {
    let lower = word.to_lowercase();
    let meant = match is_client_name(&lower) {
        true => format!("did you mean \"{lower}\"? "),
        false => String::new(),
    };
    let message = format!("\"{word}\" is not a client's name");
    (message, format!("{meant}{NAMES}"))
}
