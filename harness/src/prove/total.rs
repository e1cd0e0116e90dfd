//! What was proven in all lessons together.

use super::acquittal::Acquittal;
use super::proof::Proof;
use std::time::Duration;

/// How many programs were judged, and how.
#[derive(Debug, Default, Clone)]
pub struct Total {
    /// Known-bad servers that were caught, and those that were not.
    pub caught: usize,
    /// See [`caught`](Self::caught).
    pub missed: usize,
    /// Right servers that passed, those that were called wrong, and those that could not be run here.
    pub right: usize,
    /// See [`right`](Self::right).
    pub called_wrong: usize,
    /// See [`right`](Self::right).
    pub skipped: usize,
    /// The longest time from a stall to its verdict, and of which bug.
    pub slowest: Option<(Duration, String)>,
}

impl Total {
    /// Adds what came of one lesson's programs.
    pub fn add(&mut self, proofs: &[Proof], acquittals: &[Acquittal], lacking: usize) {
        let caught = proofs.iter().filter(|proof| proof.is_caught()).count();
        self.caught += caught;
        self.missed += proofs.len() - caught;
        let right = acquittals.iter().filter(|it| it.is_right()).count();
        self.right += right;
        self.called_wrong += acquittals.len() - right;
        self.skipped += lacking;
        let times = proofs.iter().filter_map(|proof| {
            let path = proof.bug.patch.path.display().to_string();
            Some((proof.slowest?, path))
        });
        self.slowest = times.chain(self.slowest.take()).max();
    }

    /// Whether nothing was missed and nothing called wrong.
    pub fn is_well(&self) -> bool {
        self.missed == 0 && self.called_wrong == 0
    }

    /// The last line: `47 known-bad servers: 47 caught · 9 right-but-different: 9 pass`. What is zero and should be is left out.
    pub fn line(&self) -> String {
        let unless_zero = |count: usize, what: &str| match count {
            0 => String::new(),
            count => format!(", {count} {what}"),
        };
        format!(
            "{} known-bad servers: {} caught{} · {} right-but-different: {} pass{}{}",
            self.caught + self.missed,
            self.caught,
            unless_zero(self.missed, "missed"),
            self.right + self.called_wrong + self.skipped,
            self.right,
            unless_zero(self.called_wrong, "called wrong"),
            unless_zero(self.skipped, "skipped"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::bug::Bug;
    use std::path::Path;

    fn bug(name: &str) -> Bug {
        let source = "why: x\npitfall: none\ncaught by: hello: a\n\n--- a/src/main.rs\n";
        let path = format!("bugs/{name}.patch");
        Bug::parse(Path::new(&path), source, &["hello"]).unwrap()
    }

    #[test]
    fn the_last_line_counts_both_directions() {
        let mut total = Total {
            caught: 47,
            right: 9,
            ..Total::default()
        };
        assert_eq!(
            total.line(),
            "47 known-bad servers: 47 caught · 9 right-but-different: 9 pass"
        );
        assert!(total.is_well());
        (total.caught, total.missed) = (45, 2);
        (total.right, total.called_wrong, total.skipped) = (6, 1, 2);
        assert_eq!(
            total.line(),
            "47 known-bad servers: 45 caught, 2 missed · \
             9 right-but-different: 6 pass, 1 called wrong, 2 skipped"
        );
        assert!(!total.is_well());
    }

    #[test]
    fn the_slowest_verdict_of_all_is_kept() {
        let (quick, slow) = (bug("quick"), bug("slow"));
        let mut total = Total::default();
        for (bug, millis) in [(&quick, 4), (&slow, 370), (&quick, 12)] {
            let proof = Proof {
                bug,
                failing: vec!["hello"],
                played: 1,
                slowest: Some(Duration::from_millis(millis)),
                misses: Vec::new(),
            };
            total.add(&[proof], &[], 0);
        }
        let (time, path) = total.slowest.unwrap();
        assert_eq!(time.as_millis(), 370);
        assert!(path.ends_with("slow.patch"), "{path}");
    }
}
