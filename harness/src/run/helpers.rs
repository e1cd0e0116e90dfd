//! Whom a program has started to help its one thread.

use super::stage::Stage;

/// What is told of them, each in words; `None` where there is nobody.
#[derive(Debug)]
pub(super) struct Helpers {
    /// Processes that it has more than before its first client, or that came and went.
    pub(super) processes: Option<String>,
    /// Threads that it has more, where it has no more processes.
    pub(super) threads: Option<String>,
}

impl Helpers {
    /// All who were seen at any time so far.
    pub(super) fn of(stage: &Stage<'_>) -> Helpers {
        let more = |seen: usize, at_start: usize| {
            let more = seen.saturating_sub(at_start);
            (more > 0).then(|| {
                format!(
                    "{more} more than before its first client; here, one thread does everything"
                )
            })
        };
        let (threads, processes) = stage.judge.most;
        let (threads_at_start, processes_at_start) = stage.most_at_start;
        if stage.most_at_start == (0, 0) {
            // It never came to rest before a first client, or cannot be looked at.
            return Helpers {
                processes: None,
                threads: None,
            };
        }
        let came_and_went = || {
            (stage.world.children_faults() > stage.children_at_start)
                .then(|| "at least one came and went".to_owned())
        };
        let processes = more(processes, processes_at_start).or_else(came_and_went);
        Helpers {
            // Each process has a thread, which is counted too.
            threads: more(threads, threads_at_start).filter(|_| processes.is_none()),
            processes,
        }
    }
}
