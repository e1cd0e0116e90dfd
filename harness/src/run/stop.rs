//! Why a script ends before its last step.

use super::ended::ended;
use crate::habit::Habit;
use crate::look::Thread;
use crate::program::Exit;
use crate::verdict::{Fact, State};
use std::io;
use std::time::Duration;

/// Why a script ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something is proven to be wrong.
    Red(Red),
    /// Neither right nor wrong could be proven in time.
    Undecided(String),
    /// It cannot be played here.
    Skip(String),
    /// The harness itself has trouble with the system.
    Trouble(io::Error),
}

/// Something that is proven to be wrong.
#[derive(Debug)]
pub(super) struct Red {
    /// What, in one sentence without a full stop.
    pub(super) message: String,
    /// What is known besides what every report tells.
    pub(super) facts: Vec<Fact>,
    /// What the program is found to do, if that is what is wrong.
    pub(super) state: Option<State>,
    /// What is wrong whatever was expected, if it is that and the state does not say it.
    pub(super) habit: Option<Habit>,
}

impl Red {
    /// Something that is wrong whatever was expected.
    pub(super) fn new(message: impl Into<String>) -> Red {
        Red {
            message: message.into(),
            facts: Vec::new(),
            state: None,
            habit: None,
        }
    }

    /// Adds that this is wrong whatever was expected.
    pub(super) fn of_habit(self, habit: Habit) -> Red {
        Red {
            habit: Some(habit),
            ..self
        }
    }

    /// Adds a fact.
    pub(super) fn with(mut self, label: &'static str, text: impl Into<String>) -> Red {
        self.facts.push(Fact {
            label,
            text: text.into(),
        });
        self
    }

    /// Adds how the program has ended, if it has, and if that is not said yet: a client sees the end of a connection first.
    pub(super) fn tell_the_end(&mut self, exit: Option<Exit>) {
        let end = exit.map(ended).unwrap_or_default();
        if !self.message.contains(&end) {
            self.message += &format!("; the server {end}");
        }
    }

    /// Uses the CPU with nothing to do.
    pub(super) fn spins(cpu: Duration) -> Red {
        let millis = cpu.as_millis();
        Red {
            message: "the server spins".into(),
            state: Some(State::Spinning),
            habit: None,
            facts: vec![Fact {
                label: "server",
                text: format!(
                    "used {millis} ms of CPU while nothing moved: what it waits for is ready and it does not take it, or it waits with a timeout of 0"
                ),
            }],
        }
    }

    /// Wakes up again and again with nothing to do.
    pub(super) fn polls_by_the_clock(thread: &Thread, wake_ups: u64, span: Duration) -> Red {
        let call = thread.call().map_or("a call", |call| call.name);
        Red {
            message: "the server polls by the clock".into(),
            state: Some(State::Polling),
            habit: None,
            facts: vec![Fact {
                label: "server",
                text: format!(
                    "woke up from {call} {wake_ups} times in {} ms while nothing moved: wait for readiness instead, without a timeout",
                    span.as_millis()
                ),
            }],
        }
    }
}

impl From<io::Error> for Stop {
    fn from(err: io::Error) -> Stop {
        Stop::Trouble(err)
    }
}
