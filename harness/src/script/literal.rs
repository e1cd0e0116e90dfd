//! What stands between two quotes: bytes, escapes, and places that the run fills in.

use super::fault::{Fault, Parsed};
use super::lex::Piece;
use super::names::has_an_address;
use super::text::{LATER, Part, Text};
use std::ops::Range;

/// A `{name}` or `{n}` in a string, and where it stands; whether it makes sense, the whole script decides.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) span: Range<usize>,
    /// The client whose address is meant; `None` for `{n}`.
    pub(super) client: Option<String>,
    /// The byte of the source at which the text begins that it belongs to.
    pub(super) text: usize,
}

/// Reads a string; `piece` has its quotes.
pub(super) fn text(piece: Piece) -> Parsed<(Text, Vec<Place>)> {
    let mut reader = Reader {
        inside: &piece.text[1..piece.text.len() - 1],
        start: piece.start + 1,
        at: 0,
        parts: Vec::new(),
        places: Vec::new(),
    };
    while let Some(c) = reader.next() {
        match c {
            '\\' => reader.escape()?,
            '{' if reader.takes('{') => reader.push(b"{"),
            '{' => reader.place()?,
            '}' if reader.takes('}') => reader.push(b"}"),
            '}' => return Err(reader.lone_brace()),
            c => reader.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok((Text(reader.parts), reader.places))
}

struct Reader<'a> {
    inside: &'a str,
    /// The byte of the source at which `inside` begins.
    start: usize,
    /// How much of `inside` is read; always between two characters.
    at: usize,
    parts: Vec<Part>,
    places: Vec<Place>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.inside[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn takes(&mut self, wanted: char) -> bool {
        let there = self.rest().starts_with(wanted);
        self.at += if there { wanted.len_utf8() } else { 0 };
        there
    }

    fn push(&mut self, bytes: &[u8]) {
        match self.parts.last_mut() {
            Some(Part::Bytes(before)) => before.extend_from_slice(bytes),
            _ => self.parts.push(Part::Bytes(bytes.to_vec())),
        }
    }

    /// The place in the source of what was read since `from`.
    fn since(&self, from: usize) -> Range<usize> {
        self.start + from..self.start + self.at
    }

    /// What comes after a backslash.
    fn escape(&mut self) -> Parsed<()> {
        let from = self.at - 1;
        let escaped = self.next();
        let byte = match escaped {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('0') => 0,
            Some(c @ ('"' | '\\')) => c as u8,
            Some('x') => return self.hex_escape(from),
            other => {
                let letter = other.map(String::from).unwrap_or_default();
                let message = format!("unknown escape \\{letter}");
                let help = r#"the escapes are \n \r \t \0 \" \\ and \xNN"#;
                return Err(Fault::new(self.since(from), message, help));
            }
        };
        self.push(&[byte]);
        Ok(())
    }

    /// The two digits of `\xNN`.
    fn hex_escape(&mut self, from: usize) -> Parsed<()> {
        let digits: String = self.rest().chars().take(2).collect();
        self.at += digits.len();
        let Some(byte) = hex_byte(&digits) else {
            return Err(Fault::new(
                self.since(from),
                "\\x needs two hexadecimal digits",
                "write the byte 255 as \\xff, the byte 7 as \\x07",
            ));
        };
        self.push(&[byte]);
        Ok(())
    }

    /// What comes after an opening brace.
    fn place(&mut self) -> Parsed<()> {
        let from = self.at - 1;
        let help = "{ada} is ada's address, {n} a member's number; a brace itself is written {{";
        let Some(length) = self.rest().find('}') else {
            return Err(Fault::new(self.since(from), "this { is not closed", help));
        };
        let name = self.rest()[..length].to_owned();
        self.at += length + 1;
        let span = self.since(from);
        if name != "n" && name != LATER && !has_an_address(&name) {
            let message = format!("\"{name}\" is not a client's name");
            return Err(Fault::new(span, message, help));
        }
        let client = (name != "n").then_some(name);
        self.parts
            .push(client.clone().map_or(Part::Number, Part::Address));
        let text = self.start;
        self.places.push(Place { span, client, text });
        Ok(())
    }

    fn lone_brace(&self) -> Fault {
        let help = "a brace itself is written }}; {ada} is ada's address";
        Fault::new(self.since(self.at - 1), "this } closes nothing", help)
    }
}

/// The byte that two hexadecimal digits name.
pub(super) fn hex_byte(digits: &str) -> Option<u8> {
    let two = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    two.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::text::escaped;
    use super::*;

    fn bytes_of(inside: &str) -> Vec<u8> {
        let quoted = format!("\"{inside}\"");
        let piece = Piece {
            text: &quoted,
            start: 0,
        };
        let (text, _) = text(piece).unwrap_or_else(|fault| panic!("{inside}: {fault:?}"));
        text.render(None, |_| None)
    }

    #[test]
    fn what_is_shown_can_be_written_in_a_script() {
        let every_byte: Vec<u8> = (0..=255).collect();
        let examples: [&[u8]; 8] = [
            b"",
            b"hi\n",
            &every_byte,
            b"{ada} {{n}} \"\\\" \\x41",
            b"\x00001\r\n\t\x1b[31m",
            "grüße, 世界 🦀".as_bytes(),
            // A combining accent, a zero-width joiner, a text turned right to left: not to be seen as they are.
            "e\u{301}\u{200d}\u{202e}".as_bytes(),
            b"\xc3\xc3\xa9\xf0\x9f",
        ];
        for example in examples {
            let shown = escaped(example);
            assert_eq!(bytes_of(&shown), example, "{shown}");
        }
        for first in 0..=255 {
            for second in 0..=255 {
                assert_eq!(bytes_of(&escaped(&[first, second])), [first, second]);
            }
        }
    }
}
