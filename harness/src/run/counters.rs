//! A stream in which every byte tells whose it is and where it belongs: a lost, doubled or crossed one shows.

/// Words in a block. A block is made at once, because 16 MiB, word by word, take a debug build a tenth of a second.
const WORDS: usize = 256;
const BLOCK: usize = WORDS * 8;

/// Fills `buffer` with the bytes of `client`'s counter stream from `position` on: each 8 bytes are the client's number and an
/// index, both big-endian.
pub(super) fn fill(client: u32, position: u64, buffer: &mut [u8]) {
    let mut at = position;
    let mut rest = buffer;
    while !rest.is_empty() {
        let block = block(client, at / BLOCK as u64);
        let bytes = &block[(at % BLOCK as u64) as usize..];
        let count = bytes.len().min(rest.len());
        rest[..count].copy_from_slice(&bytes[..count]);
        rest = &mut rest[count..];
        at += count as u64;
    }
}

fn block(client: u32, number: u64) -> [u8; BLOCK] {
    let first_index = (number * WORDS as u64) & 0xffff_ffff;
    let mut block = [0; BLOCK];
    block[..8].copy_from_slice(&(u64::from(client) << 32 | first_index).to_be_bytes());
    let mut filled = 8;
    while filled < BLOCK {
        block.copy_within(..filled, filled);
        filled *= 2;
    }
    // The words of a block differ in the last byte of their index.
    let mut word = 0;
    while word < WORDS {
        block[word * 8 + 7] = word as u8; // a loop over a range costs a debug build three times as much
        word += 1;
    }
    block
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
    fn the_index_goes_on_from_block_to_block() {
        let mut bytes = [0; 4 * BLOCK];
        fill(9, 0, &mut bytes);
        for (index, word) in bytes.chunks(8).enumerate() {
            let index = (index as u32).to_be_bytes();
            assert_eq!(word, [&[0, 0, 0, 9], &index[..]].concat());
        }
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
