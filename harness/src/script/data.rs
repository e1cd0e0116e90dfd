//! What is sent and expected, and how long it may take: strings, bytes in hexadecimal, counters, durations.

use super::fault::{Fault, Parsed, did_you_mean};
use super::lex::{Piece, Words};
use super::literal::{self, hex_byte};
use super::{Data, Part, Text};
use std::ops::Range;
use std::time::Duration;

/// The units of counters, each with its size in bytes.
const UNITS: [(&str, u64); 5] = [
    ("bytes", 1),
    ("byte", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// The most that one step can send or receive.
const MOST_COUNTERS: u64 = 16 << 30;

/// A script that is undecided after 60 s is given up; so no step can ask for more than this.
const LONGEST: Duration = Duration::from_secs(50);

/// The most often that one step can send or receive a text.
const MOST_TIMES: u64 = 1_000_000;

const FORMS: &str = "bytes are written \"text\", hex 00 ff, or 16 MiB of counters";
const TIMES: &str = "a text is repeated like this: \"hi\\n\" 100 times; from 2 to 1000000";
const DURATIONS: &str = "a time is written like this: 3 s, 0.5 s, 200 ms";

/// Takes bytes in any of their forms.
pub(super) fn data(words: &mut Words) -> Parsed<Data> {
    match words.peek() {
        Some(piece) if piece.is_string() => match repeated(words)? {
            (text, 1) => Ok(Data::Text(text)),
            (text, times) => Ok(Data::Repeated(text, times)),
        },
        Some(piece) if piece.text == "hex" => Ok(Data::Text(hex(words)?)),
        Some(piece) if piece.text.starts_with(|c: char| c.is_ascii_digit()) => {
            Ok(Data::Counters(counters(words)?))
        }
        _ => Err(no_string(words, "bytes", FORMS)),
    }
}

/// Takes `"text"` or `"text" 100 times`.
fn repeated(words: &mut Words) -> Parsed<(Text, u32)> {
    let text = text(words)?;
    let is_number = |piece: Piece| piece.text.starts_with(|c: char| c.is_ascii_digit());
    if !words.peek().is_some_and(is_number) {
        return Ok((text, 1));
    }
    let times = words.number(2..=MOST_TIMES, TIMES)?;
    words.expect("times", TIMES)?;
    Ok((text, u32::try_from(times).unwrap_or(u32::MAX)))
}

/// Takes a text that is one line, or the same line several times; it may come among others.
pub(super) fn lines(words: &mut Words) -> Parsed<(Text, u32)> {
    let place = words.peek();
    let (text, times) = repeated(words)?;
    let is_line_feed = |byte: &&u8| **byte == b'\n';
    let bytes = || text.0.iter().filter_map(Part::bytes);
    let ends = bytes()
        .next_back()
        .is_some_and(|last| last.ends_with(b"\n"))
        && matches!(text.0.last(), Some(Part::Bytes(_)));
    match place {
        Some(place) if !ends || bytes().flatten().filter(is_line_feed).count() != 1 => {
            Err(Fault::new(
                place.span(),
                "this is not one whole line",
                "in any order come lines: each text has one \\n, at its end",
            ))
        }
        _ => Ok((text, times)),
    }
}

/// Takes a string that is not empty.
pub(super) fn text(words: &mut Words) -> Parsed<Text> {
    let Some(piece) = words.peek().filter(|piece| piece.is_string()) else {
        return Err(no_string(words, "a string", "write it in quotes: \"text\""));
    };
    words.take();
    let (text, places) = literal::text(piece)?;
    if text.0.is_empty() {
        return Err(Fault::new(
            piece.span(),
            "this string is empty",
            "TCP is a stream of bytes: sending, receiving or printing none of them cannot be seen",
        ));
    }
    words.places.extend(places);
    Ok(text)
}

/// The fault that there is no string; quotes that a word processor made deserve a word of their own.
fn no_string(words: &mut Words, what: &str, help: &str) -> Fault {
    let curly = |c| matches!(c, '“' | '”' | '„' | '‘' | '’' | '\'');
    let help = match words.peek() {
        Some(piece) if piece.text.starts_with(curly) => "quotes are straight and double: \"text\"",
        _ => help,
    };
    words.expected(what, help)
}

/// Takes `hex 00 ff`.
fn hex(words: &mut Words) -> Parsed<Text> {
    let help = "each byte is two hexadecimal digits: hex 00 ff";
    words.expect("hex", help)?;
    let mut bytes = Vec::new();
    loop {
        match words.peek() {
            // What can come after bytes is told by its word.
            Some(piece) if !matches!(piece.text, "urgently" | "byte" | "within" | "not") => {
                let Some(byte) = hex_byte(piece.text) else {
                    return Err(words.expected("a byte", help));
                };
                words.take();
                bytes.push(byte);
            }
            _ if bytes.is_empty() => return Err(words.expected("a byte", help)),
            _ => return Ok(Text(vec![Part::Bytes(bytes)])),
        }
    }
}

/// Takes `16 MiB of counters`.
fn counters(words: &mut Words) -> Parsed<u64> {
    let help = "counters are written like this: 16 MiB of counters; from 1 byte to 16 GiB";
    let (bytes, span) = amount(words, 1, help)?;
    words.expect("of counters", help)?;
    if bytes <= MOST_COUNTERS {
        return Ok(bytes);
    }
    Err(Fault::new(span, "these are too many counters", help))
}

/// Takes a number of bytes, `64 KiB`; gives its place, too. The number before the unit is not less than `least`.
pub(super) fn amount(words: &mut Words, least: u64, help: &str) -> Parsed<(u64, Range<usize>)> {
    let first = words.rest_span();
    let number = words.number(least..=MOST_COUNTERS, help)?;
    let unit = words.peek();
    let known = unit.and_then(|unit| UNITS.iter().find(|(name, _)| *name == unit.text));
    let Some((_, size)) = known else {
        return Err(unknown_unit(words, &UNITS.map(|(name, _)| name)));
    };
    words.take();
    let span = first.start..unit.map_or(first.end, |unit| unit.span().end);
    Ok((number.saturating_mul(*size), span))
}

fn unknown_unit(words: &mut Words, units: &[&str]) -> Fault {
    let list = units.join(", ");
    match words.peek() {
        Some(unit) if !unit.is_string() => {
            let message = format!("unknown unit \"{}\"", unit.text);
            let meant = did_you_mean(unit.text, units.iter().copied());
            Fault::new(unit.span(), message, format!("{meant}The units: {list}"))
        }
        _ => words.expected("a unit", &format!("The units: {list}")),
    }
}

/// Takes `3 s`, `0.5 s`, `200 ms`; gives its place, too.
pub(super) fn duration(words: &mut Words) -> Parsed<(Duration, Range<usize>)> {
    let Some((number, value)) = words
        .peek()
        .and_then(|piece| Some((piece, decimal(piece.text)?)))
    else {
        return Err(words.expected("a number", DURATIONS));
    };
    words.take();
    let unit = words.peek();
    let seconds = match unit.map(|unit| unit.text) {
        Some("s") => value,
        Some("ms") => value / 1000.0,
        _ => return Err(unknown_unit(words, &["ms", "s"])),
    };
    words.take();
    let span = number.start..unit.map_or(number.start, |unit| unit.span().end);
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok((duration, span)),
        _ => Err(Fault::new(
            span,
            "this time is out of range",
            "a time is more than 0 and at most 50 s: a script that is undecided \
             after 60 s is given up",
        )),
    }
}

/// `3` or `0.5`, but nothing else that a float can be.
fn decimal(text: &str) -> Option<f64> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    (digits(whole) && digits(fraction))
        .then(|| text.parse().ok())
        .flatten()
}
