//! What makes a program special.

use std::time::Duration;

/// The words after a part: `swallows`, `wakes=1000`.
#[derive(Debug)]
pub(super) struct Quirks {
    /// What stands in the command line of all who belong together.
    pub(super) mark: String,
    /// As they were given.
    pub(super) words: Vec<String>,
}

impl Quirks {
    pub(super) fn new(mark: &str, words: &[&str]) -> Quirks {
        Quirks {
            mark: mark.to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    pub(super) fn has(&self, quirk: &str) -> bool {
        self.words.iter().any(|word| word == quirk)
    }

    /// The number of `quirk=number`.
    pub(super) fn number(&self, quirk: &str) -> Option<u64> {
        let number = |word: &String| word.strip_prefix(quirk)?.strip_prefix('=')?.parse().ok();
        self.words.iter().find_map(number)
    }

    /// The same as a time, in milliseconds.
    pub(super) fn millis(&self, quirk: &str) -> Option<Duration> {
        self.number(quirk).map(Duration::from_millis)
    }
}
