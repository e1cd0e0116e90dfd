//! Lines into words and strings, and a hand that takes one after the other.

use super::fault::{Fault, Parsed};
use super::literal::Place;
use std::ops::{Range, RangeInclusive};

/// A piece of the source: a line, a word, or a string with its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// The byte of the source at which it begins.
    pub(super) start: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The piece without the white space around it, nor a byte order mark.
    pub(super) fn trimmed(self) -> Piece<'a> {
        let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
        // The end first: of a blank line its beginning is left.
        let text = self.text.trim_end_matches(blank);
        let leading = text.len() - text.trim_start_matches(blank).len();
        Piece {
            text: &text[leading..],
            start: self.start + leading,
        }
    }

    /// Its first `length` bytes, and what comes after them.
    fn split(self, length: usize) -> (Piece<'a>, Piece<'a>) {
        let (text, rest) = self.text.split_at(length);
        let start = self.start + length;
        (Piece { text, ..self }, Piece { text: rest, start })
    }

    pub(super) fn is_string(&self) -> bool {
        self.text.starts_with('"')
    }
}

/// The lines of a source, each without the white space around it.
pub(super) fn lines(source: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut start = 0;
    source.split_inclusive('\n').map(move |text| {
        let line = Piece { text, start };
        start += text.len();
        line.trimmed()
    })
}

/// The words and strings of one line, taken from left to right.
pub(super) struct Words<'a> {
    pieces: std::iter::Peekable<std::vec::IntoIter<Piece<'a>>>,
    /// Where the line ends: the place of what is missing.
    end: usize,
    /// The places in the strings taken so far.
    pub(super) places: Vec<Place>,
}

impl<'a> Words<'a> {
    /// Cuts a line at its white space and quotes.
    pub(super) fn of(line: Piece<'a>) -> Parsed<Words<'a>> {
        let mut pieces = Vec::new();
        let mut rest = line.trimmed();
        let end = rest.span().end;
        while !rest.text.is_empty() {
            let (piece, after) = rest.split(length_of_first(rest)?);
            pieces.push(piece);
            rest = after.trimmed();
        }
        Ok(Words {
            pieces: pieces.into_iter().peekable(),
            end,
            places: Vec::new(),
        })
    }

    /// The next piece, left where it is.
    pub(super) fn peek(&mut self) -> Option<Piece<'a>> {
        self.pieces.peek().copied()
    }

    /// The next piece.
    pub(super) fn take(&mut self) -> Option<Piece<'a>> {
        self.pieces.next()
    }

    /// Whether the next piece is this word; if so, it is taken.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        self.pieces.next_if(|piece| piece.text == word).is_some()
    }

    /// Whether this word is still to come.
    pub(super) fn has(&self, word: &str) -> bool {
        self.pieces.clone().any(|piece| piece.text == word)
    }

    /// Takes these words.
    pub(super) fn expect(&mut self, phrase: &str, help: &str) -> Parsed<()> {
        for word in phrase.split(' ') {
            if !self.takes(word) {
                return Err(self.expected(&format!("\"{word}\""), help));
            }
        }
        Ok(())
    }

    /// Takes a number in `range`; `help` says what it counts and how far it goes.
    pub(super) fn number(&mut self, range: RangeInclusive<u64>, help: &str) -> Parsed<u64> {
        let digits = |piece: &Piece| piece.text.bytes().all(|byte| byte.is_ascii_digit());
        let Some(piece) = self.pieces.next_if(digits) else {
            return Err(self.expected("a number", help));
        };
        match piece.text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => {
                let message = format!("{} is out of range", piece.text);
                Err(Fault::new(piece.span(), message, help))
            }
        }
    }

    /// That there is nothing more on the line.
    pub(super) fn expect_end(&mut self, help: &str) -> Parsed<()> {
        let Some(piece) = self.peek() else {
            return Ok(());
        };
        let help = if piece.text.starts_with('#') {
            "a comment has a line of its own"
        } else {
            help
        };
        Err(self.expected("the end of the line", help))
    }

    /// The fault that something else stands where `what` belongs.
    pub(super) fn expected(&mut self, what: &str, help: &str) -> Fault {
        let (span, found) = match self.peek() {
            None => (self.end..self.end, "the end of the line".to_owned()),
            Some(piece) if piece.is_string() => (piece.span(), piece.text.to_owned()),
            Some(piece) => (piece.span(), format!("\"{}\"", piece.text)),
        };
        Fault::new(span, format!("expected {what}, found {found}"), help)
    }

    /// From the next piece to the end of the line.
    pub(super) fn rest_span(&mut self) -> Range<usize> {
        let start = self.peek().map_or(self.end, |piece| piece.start);
        start..self.end
    }
}

/// The length in bytes of the first word or string of `line`, which is not empty and does not begin with white space.
fn length_of_first(line: Piece) -> Parsed<usize> {
    if !line.is_string() {
        let after = |c: char| c.is_whitespace() || c == '"' || c == '\u{feff}';
        return Ok(line.text.find(after).unwrap_or(line.text.len()));
    }
    let mut escaped = false;
    for (at, byte) in line.text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Ok(at + 1),
            _ => {}
        }
    }
    Err(Fault::new(
        line.span(),
        "this string is not closed",
        "a string ends on its own line, with \"; a quote inside it is written \\\"",
    ))
}
