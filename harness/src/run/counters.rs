//! A stream in which every byte tells whose it is and where it belongs: a lost, doubled or crossed one shows.

/// The counter stream of one client: each 8 bytes are the client's number and an index, both big-endian.
///
/// Fills `buffer` with the bytes of `client`'s stream from `position` on.
pub(super) fn fill(client: u32, position: u64, buffer: &mut [u8]) {
    let mut at = position;
    let mut rest = buffer;
    while !rest.is_empty() {
        let word = (u64::from(client) << 32 | (at / 8) & 0xffff_ffff).to_be_bytes();
        let bytes = &word[(at % 8) as usize..];
        let count = bytes.len().min(rest.len());
        rest[..count].copy_from_slice(&bytes[..count]);
        rest = &mut rest[count..];
        at += count as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_filled_in_pieces_is_the_stream_filled_at_once() {
        let mut whole = [0; 100];
        fill(7, 0, &mut whole);
        let mut pieces = [0; 100];
        for (start, end) in [(0, 3), (3, 8), (8, 9), (9, 64), (64, 100)] {
            fill(7, start as u64, &mut pieces[start..end]);
        }
        assert_eq!(whole, pieces);
    }

    #[test]
    fn no_two_words_are_alike_between_clients_or_within_one() {
        let word = |client, index: u64| {
            let mut bytes = [0; 8];
            fill(client, index * 8, &mut bytes);
            bytes
        };
        assert_ne!(word(1, 0), word(2, 0));
        assert_ne!(word(1, 0), word(1, 1));
        assert_eq!(word(1, 2), [0, 0, 0, 1, 0, 0, 0, 2]);
    }
}
