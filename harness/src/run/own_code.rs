//! The line of the program's own source that it is found in.

use super::explain::asleep_where;
use super::stage::Stage;
use crate::look::{CodeLine, Look, Thread, own_calls, own_turns};

/// So often a program that runs is looked at as it enters and leaves its system calls: a few turns of its loop.
const CALLS: usize = 40;
/// Callers that are told of a program that sleeps where it should not.
const CALLERS: usize = 3;
/// Lines that are told of one that runs.
const LINES: usize = 3;

/// `src/main.rs:87  client.socket.send(&chunk)`: the line in which the program sleeps, and where that is wrong, those that it was
/// called from; or the lines through which it runs without end. `None` if it has ended, or if its own source is not known.
pub(super) fn own_code(stage: &Stage<'_>) -> Option<String> {
    if !stage.judge.can_look || stage.world.frozen || stage.world.exit.is_some() {
        return None;
    }
    let look = stage.judge.last_look();
    let lines: Vec<String> = match asleep_where(stage, look) {
        // What was said of it holds only as long as it is still there.
        Some((thread, _)) if !is_unmoved(thread) => return None,
        Some((thread, is_right)) => {
            let mut calls = own_calls(thread.pid, thread.tid);
            // A closure is called from the line that it stands in.
            calls.dedup();
            let callers = if is_right { 0 } else { CALLERS };
            let lines = calls.iter().take(1 + callers).enumerate();
            let lines = lines.map(|(depth, line)| match depth {
                0 => told(line),
                _ => format!("called from {}", told(line)),
            });
            lines.collect()
        }
        None => {
            let busiest = look.threads.iter().max_by_key(|thread| thread.cpu)?;
            let turns = own_turns(busiest.pid, busiest.tid, CALLS);
            turns.iter().take(LINES).map(told).collect()
        }
    };
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn is_unmoved(thread: &Thread) -> bool {
    Look::at([thread.pid]).is_ok_and(|now| now.threads.contains(thread))
}

fn told(code: &CodeLine) -> String {
    let CodeLine { line, text, .. } = code;
    format!("{}:{line}  {text}", code.file_in_package().display())
}
