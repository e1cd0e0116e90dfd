//! What a client is to receive.

use std::collections::VecDeque;
use std::mem;

/// Bytes that a client is to receive, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owed {
    /// Neighbours are of different kinds.
    pieces: VecDeque<Piece>,
    bytes: u64,
}

/// Bytes of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// These.
    Text(Vec<u8>),
    /// So many of the client's counters, which go on where the last ones ended.
    Counters(u64),
}

impl Piece {
    fn bytes(&self) -> u64 {
        match self {
            Piece::Text(text) => text.len() as u64,
            Piece::Counters(count) => *count,
        }
    }

    /// Cuts off the first bytes.
    fn split(&mut self, at: u64) -> Piece {
        match self {
            Piece::Text(text) => {
                let rest = text.split_off(at as usize);
                Piece::Text(mem::replace(text, rest))
            }
            Piece::Counters(count) => {
                *count -= at;
                Piece::Counters(at)
            }
        }
    }
}

impl Owed {
    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds bytes to the end.
    pub(crate) fn push(&mut self, piece: Piece) {
        self.bytes += piece.bytes();
        match (self.pieces.back_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(more)) => last.extend(more),
            (Some(Piece::Counters(last)), Piece::Counters(more)) => *last += more,
            (_, piece) => self.pieces.push_back(piece),
        }
    }

    /// Takes the first bytes, at most `most`.
    pub(crate) fn take(&mut self, most: u64) -> Vec<Piece> {
        let mut left = most.min(self.bytes);
        self.bytes -= left;
        let mut taken = Vec::new();
        while left > 0
            && let Some(first) = self.pieces.front_mut()
        {
            if first.bytes() > left {
                taken.push(first.split(left));
                break;
            }
            left -= first.bytes();
            taken.extend(self.pieces.pop_front());
        }
        taken
    }

    /// What comes first.
    pub(crate) fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Piece {
        Piece::Text(bytes.to_vec())
    }

    #[test]
    fn neighbours_of_a_kind_are_one_piece() {
        let mut owed = Owed::default();
        for piece in [
            text(b"one "),
            text(b"two"),
            Piece::Counters(3),
            Piece::Counters(4),
            text(b"x"),
        ] {
            owed.push(piece);
        }
        assert_eq!(owed.bytes(), 15);
        assert_eq!(
            owed.take(u64::MAX),
            [text(b"one two"), Piece::Counters(7), text(b"x")]
        );
        assert_eq!(owed.bytes(), 0);
    }

    #[test]
    fn what_is_taken_in_parts_is_what_is_taken_at_once() {
        let mut owed = Owed::default();
        for piece in [text(b"one two"), Piece::Counters(7)] {
            owed.push(piece);
        }
        assert_eq!(owed.take(4), [text(b"one ")]);
        assert_eq!(owed.take(5), [text(b"two"), Piece::Counters(2)]);
        assert_eq!(owed.first(), Some(&Piece::Counters(5)));
        assert_eq!(owed.take(9), [Piece::Counters(5)]);
        assert_eq!(owed.take(9), []);
    }
}
