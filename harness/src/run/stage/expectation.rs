//! What steps wait for.

use crate::run::stop::Stop;
use crate::run::world::World;

/// Something that a step waits for.
pub(in crate::run) trait Expectation {
    /// Tries to meet it, without waiting.
    ///
    /// # Errors
    /// It can no longer be met: what came instead.
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop>;

    /// What to say when it is not met.
    fn unmet(&self, world: &mut World) -> Unmet;

    /// Whether it is enough that the program is asleep and nothing more can be done now: what is sent goes on being sent.
    fn goes_on_in_the_background(&self) -> bool {
        false
    }
}

/// How an expectation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Progress {
    /// It is met.
    Done,
    /// Not yet.
    Waiting,
}

/// What to say when an expectation is not met.
#[derive(Debug)]
pub(in crate::run) struct Unmet {
    /// `bob did not receive "hi\n"`
    pub(in crate::run) what: String,
    /// `the server will never send it`
    pub(in crate::run) never: String,
}
