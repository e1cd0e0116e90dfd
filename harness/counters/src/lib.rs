//! A stream in which every byte tells whose it is and where it belongs: a lost, doubled or crossed one shows.
//!
//! Each 8 bytes are a counter: the client's number and an index, in digits that can be printed. A program that prints what it
//! receives would otherwise print four times as much.
//!
//! Many MiB are made of them and compared: a crate of its own, because it is built with optimizations also where the harness is
//! not.

/// The digits of both numbers, to the base of 64.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-";
/// How many of them are the index's, from the right; the others are the client's.
const INDEX_DIGITS: u32 = 5;
/// After so many counters the index begins again, at zero.
const INDICES: u64 = 1 << (6 * INDEX_DIGITS);

/// Fills `buffer` with the bytes of `client`'s counter stream from `position` on.
pub fn fill(client: u32, position: u64, buffer: &mut [u8]) {
    let before = (position % 8) as usize;
    let (first, rest) = buffer.split_at_mut(buffer.len().min((8 - before) % 8));
    let next = position.div_ceil(8);
    if !first.is_empty() {
        first.copy_from_slice(&counter(client, position / 8)[before..][..first.len()]);
    }
    let (whole, begun) = rest.as_chunks_mut();
    let mut word = counter(client, next);
    for (index, bytes) in (next..).zip(whole.iter_mut()) {
        if index % 64 == 0 {
            word = counter(client, index);
        }
        *bytes = word;
        bytes[7] = DIGITS[(index % 64) as usize];
    }
    let after = next + whole.len() as u64;
    begun.copy_from_slice(&counter(client, after)[..begun.len()]);
}

/// Reads a counter: its client, and its index. `None` if it is none, or one of a client beyond all crowds: text may look like that.
pub fn read(counter: [u8; 8]) -> Option<(u32, u64)> {
    let mut number = 0;
    for byte in counter {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        number = number * 64 + digit as u64;
    }
    let client = u32::try_from(number / INDICES).ok()?;
    (client < 1 << 14).then_some((client, number % INDICES))
}

fn counter(client: u32, index: u64) -> [u8; 8] {
    let mut number = u64::from(client) * INDICES + index % INDICES;
    let mut counter = [0; 8];
    for byte in counter.iter_mut().rev() {
        *byte = DIGITS[(number % 64) as usize];
        number /= 64;
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_filled_in_pieces_is_the_stream_filled_at_once() {
        let mut whole = [0; 1024];
        fill(7, 0, &mut whole);
        let mut pieces = [0; 1024];
        for (start, end) in [(0, 3), (3, 8), (8, 9), (9, 604), (604, 1024)] {
            fill(7, start as u64, &mut pieces[start..end]);
        }
        assert_eq!(whole, pieces);
    }

    #[test]
    fn the_index_goes_on() {
        let mut bytes = [0; 70 * 512];
        fill(9, 0, &mut bytes);
        for (index, counter) in bytes.chunks(8).enumerate() {
            let counter = counter.try_into().expect("8 bytes");
            assert_eq!(read(counter), Some((9, index as u64)));
        }
    }

    #[test]
    fn no_two_counters_are_alike_between_clients_or_within_one() {
        assert_eq!(&counter(1, 2), b"00100002");
        assert_eq!(&counter(1030, 64), b"0G600010");
        assert_ne!(counter(1, 0), counter(2, 0));
        assert_ne!(counter(1, INDICES - 1), counter(2, 0));
        assert_eq!(counter(1, INDICES), counter(1, 0));
    }

    #[test]
    fn text_is_no_counter() {
        assert_eq!(read(*b"accepted"), None);
        assert_eq!(read(*b"no digit"), None);
    }
}
