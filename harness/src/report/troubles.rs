//! What is told of many runs: each thing that is wrong once.

use super::{Entry, Program, finding};
use crate::verdict::{Finding, Outcome};
use std::iter;

/// One thing that is wrong, in one or more runs of one or more scripts.
#[derive(Debug)]
pub(super) struct Trouble<'e, 'a> {
    /// The first run that showed it; the others are only counted.
    pub(super) first: &'e Entry<'a>,
    /// What that run found.
    pub(super) finding: &'e Finding,
    /// How many runs of the first one's script ended so.
    pub(super) failed: usize,
    /// How many runs of that script there were.
    pub(super) runs: usize,
    /// Whether each of them said the same.
    pub(super) same_message: bool,
    /// Other scripts, or this one in other variants, that end the same way: a program that does not start would
    /// otherwise fill the screen.
    pub(super) also: Vec<&'e str>,
    /// Whether all of them are one script, perhaps in several variants.
    pub(super) one_file: bool,
}

/// What is wrong in `entries`, which are of one lesson, in their order.
pub(super) fn troubles<'e, 'a>(entries: &'e [Entry<'a>]) -> Vec<Trouble<'e, 'a>> {
    let mut troubles: Vec<Trouble> = Vec::new();
    for entry in entries {
        let Some(finding) = finding(&entry.verdict.outcome) else {
            continue;
        };
        match troubles
            .iter_mut()
            .find(|known| known.is_the_same_as(entry, finding))
        {
            Some(known) => known.count(entry, finding),
            None => troubles.push(Trouble {
                first: entry,
                finding,
                failed: 1,
                runs: entries
                    .iter()
                    .filter(|other| other.script.name == entry.script.name)
                    .count(),
                same_message: true,
                also: Vec::new(),
                one_file: true,
            }),
        }
    }
    troubles
}

/// What is told in full of what is wrong in `entries`, and the scripts that beside these do not pass. Of a learner's
/// program one thing is told at a time: the first.
pub(super) fn shown<'e, 'a>(
    entries: &'e [Entry<'a>],
    program: &Program,
) -> (Vec<Trouble<'e, 'a>>, Vec<&'e str>) {
    let mut all = troubles(entries);
    if !program.is_in_work() {
        return (all, Vec::new());
    }
    let others = all.split_off(all.len().min(1));
    let names = others
        .iter()
        .filter(|other| other.finding.unwritten.is_none());
    let names = names.flat_map(|other| {
        iter::once(other.first.script.name.as_str()).chain(other.also.iter().copied())
    });
    let names = names.collect();
    (all, names)
}

impl<'e> Trouble<'e, '_> {
    /// Whether this is an undecided run: neither right nor wrong.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.first.verdict.outcome, Outcome::Undecided(_))
    }

    /// A script is told once. Of several scripts only those that fail beside their own steps can be the same, and those
    /// that are one script in several variants.
    fn is_the_same_as(&self, entry: &Entry, finding: &Finding) -> bool {
        let undecided = matches!(entry.verdict.outcome, Outcome::Undecided(_));
        let beside_the_steps = self.finding.step.is_none() && finding.step.is_none();
        let same_script = self.first.script.name == entry.script.name;
        let same_file = self.first.script.path == entry.script.path;
        undecided == self.is_undecided()
            && (same_script
                || ((beside_the_steps || same_file) && finding.message == self.finding.message))
    }

    fn count(&mut self, entry: &'e Entry, finding: &Finding) {
        let name = &entry.script.name;
        if *name == self.first.script.name {
            self.failed += 1;
            self.same_message &= finding.message == self.finding.message;
        } else if !self.also.contains(&name.as_str()) {
            self.also.push(name);
            self.one_file &= entry.script.path == self.first.script.path;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn many_runs_of_a_script_are_one_trouble() {
        let sample = samples::slow_reader();
        let mut entries: Vec<_> = (1..=5).map(|run| sample.passed(run)).collect();
        entries[1] = sample.failed(2);
        entries[4] = sample.failed(5);
        let troubles = troubles(&entries);
        assert_eq!(troubles.len(), 1);
        assert_eq!((troubles[0].failed, troubles[0].runs), (2, 5));
        assert!(troubles[0].same_message && troubles[0].also.is_empty());
    }

    #[test]
    fn a_learner_is_told_one_thing_at_a_time() {
        let mut samples = [(); 3].map(|()| samples::slow_reader());
        for (sample, name) in iter::zip(&mut samples, ["one", "two", "three"]) {
            sample.script.name = name.into();
            sample.script.path = format!("{name}.script").into();
        }
        let entries: Vec<_> = samples.iter().map(|sample| sample.failed(1)).collect();
        let (told, others) = shown(&entries, &Program::Mine);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].first.script.name, "one");
        assert_eq!(others, ["two", "three"]);
        assert_eq!(shown(&entries, &Program::Lessons).0.len(), 3);
    }

    #[test]
    fn a_hole_that_is_not_the_first_thing_is_told_in_its_turn() {
        let mut samples = [(); 3].map(|()| samples::slow_reader());
        samples[1] = samples::unwritten("later", 2);
        samples[2].script.name = "another".into();
        samples[2].script.path = "another.script".into();
        let entries: Vec<_> = samples.iter().map(|sample| sample.failed(1)).collect();
        let (told, others) = shown(&entries, &Program::Mine);
        assert_eq!(told[0].first.script.name, "slow-reader");
        assert_eq!(others, ["another"]);
    }

    #[test]
    fn what_every_script_asks_is_told_once_for_all_scripts() {
        let samples = ["one", "two", "three"].map(samples::never_listened);
        let entries: Vec<_> = samples.iter().map(|sample| sample.failed(1)).collect();
        let troubles = troubles(&entries);
        assert_eq!(troubles.len(), 1);
        assert_eq!(troubles[0].also, ["two", "three"]);
        assert!(!troubles[0].one_file);
    }

    #[test]
    fn a_script_that_fails_alike_in_several_variants_is_told_once() {
        let mut samples = [(); 3].map(|()| samples::slow_reader());
        for (sample, variant) in std::iter::zip(&mut samples, ["select", "poll", "default"]) {
            sample.script = sample.script.in_variant(variant);
        }
        samples[1].finding.message = "something else".into();
        let entries: Vec<_> = samples.iter().map(|sample| sample.failed(1)).collect();
        let troubles = troubles(&entries);
        assert_eq!(troubles.len(), 2);
        assert_eq!(troubles[0].also, ["slow-reader (default)"]);
        assert!(troubles[0].one_file);
    }
}
