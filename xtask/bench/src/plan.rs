//! With how many connections, how often and how long.

use crate::process;
use anyhow::{Result, bail};
use bench_results::Level;
use std::time::Duration;

/// What is to be measured.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Rounds of each server at each level.
    pub(crate) rounds: usize,
    /// How long a round is.
    pub(crate) round: Duration,
    /// Echoes of the round in which system calls are counted.
    pub(crate) counted: u64,
    /// Nobody idle.
    pub(crate) busy: Vec<Level>,
    /// The same number busy, beside ever more idle ones.
    pub(crate) idle: Vec<Level>,
    /// Levels for which there are not enough descriptors, and why.
    pub(crate) left_out: Vec<(String, String)>,
}

/// Descriptors beside those of connections, in the load as in a server.
const OTHERS: usize = 128;
/// The most servers that are under load side by side.
const SERVERS: usize = 24;
/// How many are busy beside idle ones.
const BUSY_BESIDE_IDLE: usize = 16;

impl Plan {
    /// The plan, as far as the limit on descriptors allows.
    pub(crate) fn new(quick: bool) -> Result<Plan> {
        let (rounds, round) = if quick { (5, 25) } else { (11, 70) };
        let busy: &[usize] = if quick { &[1, 64] } else { &[1, 64, 512] };
        let idle: &[usize] = if quick {
            &[0, 900]
        } else {
            &[0, 100, 1000, 5000, 10_000]
        };
        let plan = Plan {
            rounds,
            round: Duration::from_millis(round),
            counted: if quick { 200 } else { 1000 },
            busy: busy.iter().map(|&busy| Level { busy, idle: 0 }).collect(),
            idle: idle
                .iter()
                .map(|&idle| Level {
                    busy: BUSY_BESIDE_IDLE,
                    idle,
                })
                .collect(),
            left_out: Vec::new(),
        };
        let most = idle.iter().sum::<usize>().max(512 * SERVERS) + OTHERS + 80;
        plan.within(process::raise_file_limit(most)?)
    }

    /// Leaves out the largest levels until `limit` descriptors are enough.
    fn within(mut self, limit: usize) -> Result<Plan> {
        let total = |level: &Level| level.busy + level.idle;
        while self.idle.iter().map(total).sum::<usize>() + OTHERS > limit {
            self.leave_out_last(true, limit)?;
        }
        while self
            .busy
            .last()
            .is_some_and(|level| total(level) * SERVERS + OTHERS > limit)
        {
            self.leave_out_last(false, limit)?;
        }
        Ok(self)
    }

    fn leave_out_last(&mut self, idle: bool, limit: usize) -> Result<()> {
        let levels = if idle { &mut self.idle } else { &mut self.busy };
        let Some(level) = levels.pop().filter(|_| !levels.is_empty()) else {
            bail!("{limit} descriptors (ulimit -n) are not enough for a load");
        };
        let Level { busy, idle } = level;
        let levels = format!("{busy} busy and {idle} idle connections");
        let why = format!("a process may have {limit} descriptors (ulimit -Hn)");
        self.left_out.push((levels, why));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let level = |busy, idle| Level { busy, idle };
        Plan {
            rounds: 1,
            round: Duration::ZERO,
            counted: 1,
            busy: vec![level(1, 0), level(64, 0), level(512, 0)],
            idle: vec![level(16, 0), level(16, 1000), level(16, 10_000)],
            left_out: Vec::new(),
        }
    }

    #[test]
    fn with_few_descriptors_the_largest_levels_are_left_out_in_words() {
        let plan = plan().within(4096).expect("enough for the small ones");
        let idle: Vec<usize> = plan.idle.iter().map(|level| level.idle).collect();
        let busy: Vec<usize> = plan.busy.iter().map(|level| level.busy).collect();
        assert_eq!((idle, busy), (vec![0, 1000], vec![1, 64]));
        let words: Vec<&str> = plan
            .left_out
            .iter()
            .map(|(levels, _)| levels.as_str())
            .collect();
        assert_eq!(
            words,
            [
                "16 busy and 10000 idle connections",
                "512 busy and 0 idle connections"
            ]
        );
    }

    #[test]
    fn with_enough_descriptors_nothing_is_left_out() {
        let plan = plan().within(20_000).expect("enough");
        assert!(plan.left_out.is_empty(), "{plan:?}");
    }

    #[test]
    fn with_hardly_any_descriptors_nothing_can_be_measured() {
        let error = plan().within(100).expect_err("too few").to_string();
        assert!(error.contains("100 descriptors"), "{error}");
    }
}
