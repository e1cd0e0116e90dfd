//! A text that comes several times. It is kept once: a million times, for each member of a crowd, would be more than there is memory.

use super::wanted::{IN_FULL, quoted_beginning};

/// Bytes that come several times, one after the other.
#[derive(Debug)]
pub(super) struct Repeated {
    bytes: Vec<u8>,
    times: u32,
}

impl Repeated {
    /// These bytes, so often.
    pub(super) fn new(bytes: Vec<u8>, times: u32) -> Repeated {
        Repeated { bytes, times }
    }

    /// How many bytes it is in all.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64 * u64::from(self.times)
    }

    /// Fills the buffer with the bytes from `at` on; so many must be there.
    pub(super) fn fill(&self, at: u64, mut buffer: &mut [u8]) {
        // What is left of the text that byte is in; the texts after it come whole.
        let mut begun = (at % self.bytes.len().max(1) as u64) as usize;
        while !buffer.is_empty() && !self.bytes.is_empty() {
            let count = buffer.len().min(self.bytes.len() - begun);
            let (now, later) = buffer.split_at_mut(count);
            now.copy_from_slice(&self.bytes[begun..begun + count]);
            (buffer, begun) = (later, 0);
        }
    }

    /// The bytes from `from` to `until`, as far as they are there.
    pub(super) fn part(&self, from: u64, until: u64) -> Vec<u8> {
        let count = until.min(self.len()).saturating_sub(from);
        let mut part = vec![0; count as usize];
        self.fill(from, &mut part);
        part
    }

    /// Its first `until` bytes, as a report shows them.
    pub(super) fn shown(&self, until: u64) -> String {
        quoted_beginning(&self.part(0, until.min(IN_FULL as u64)), until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_is_as_if_all_were_there() {
        let repeated = Repeated::new(b"abc".to_vec(), 3);
        let all = b"abcabcabc";
        assert_eq!(repeated.len(), 9);
        for from in 0..=9 {
            for until in from..=9 {
                let part = repeated.part(from as u64, until as u64);
                assert_eq!(part, all[from..until], "{from}..{until}");
            }
        }
        assert_eq!(repeated.part(7, 100), b"bc");
    }

    #[test]
    fn nothing_so_often_is_nothing() {
        let nothing = Repeated::new(Vec::new(), 1_000_000);
        assert_eq!((nothing.len(), nothing.part(0, 10)), (0, Vec::new()));
    }
}
