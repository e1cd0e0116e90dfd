//! Plays a script against a program.
//!
//! [`play`] starts the program ([`start`]), plays the steps ([`client_steps`], [`server_steps`]) and asks what no script has to
//! ask ([`after`]). All of them work in one [`world`] and wait by way of [`stage`], where a [`judge`] says what can still happen.
//! When something is wrong, [`explain`] tells what is known about it.

mod after;
mod client;
mod client_steps;
mod connecting;
mod connection;
mod counters;
mod ended;
mod explain;
mod judge;
mod printed;
mod receiving;
mod sending;
mod server_steps;
mod stage;
mod start;
mod stop;
mod target;
mod world;

pub use start::try_to_start;
pub use target::Target;

use crate::script::{Action, Script};
use crate::verdict::{Finding, Outcome, Verdict};
use stage::Stage;
use std::time::Instant;
use stop::{Red, Stop};

/// Plays `script` against a new process of `target`, which is gone when this returns.
pub fn play(script: &Script, target: &Target) -> Verdict {
    let started = Instant::now();
    let target = target.for_script(script);
    let outcome = match start::start(script, &target) {
        Ok(mut stage) => {
            let mut at = None;
            let result = play_all(script, &mut stage, &mut at);
            outcome(result, at, Some(&mut stage))
        }
        Err(stop) => outcome(Err(stop), None, None),
    };
    Verdict {
        outcome,
        took: started.elapsed(),
    }
}

fn play_all(script: &Script, stage: &mut Stage<'_>, at: &mut Option<usize>) -> Result<(), Stop> {
    start::bring_to_rest(script, stage)?;
    for (index, step) in script.steps.iter().enumerate() {
        *at = Some(index);
        stage.begin(step);
        match &step.action {
            Action::Client { who, verb } => client_steps::play(stage, who, verb)?,
            Action::Server(verb) => server_steps::play(stage, verb)?,
        }
        stage.end(script.tells_the_end())?;
    }
    *at = None;
    after::check(script, stage)
}

fn outcome(
    result: Result<(), Stop>,
    step: Option<usize>,
    stage: Option<&mut Stage<'_>>,
) -> Outcome {
    let finding = |red: Red| {
        let (mut facts, stalled_for) = match stage {
            Some(stage) => {
                let stalled_for = stage.world.moved_at.elapsed();
                stage.look_on();
                (explain::facts(stage), Some(stalled_for))
            }
            None => (Vec::new(), None),
        };
        // What the red itself says of the server is more to the point than what every report says of it.
        facts.retain(|fact| red.facts.iter().all(|own| own.label != fact.label));
        facts.splice(0..0, red.facts);
        Finding {
            message: red.message,
            step,
            facts,
            stalled_for,
        }
    };
    match result {
        Ok(()) => Outcome::Passed,
        Err(Stop::Red(red)) => Outcome::Failed(finding(red)),
        Err(Stop::Undecided(message)) => Outcome::Undecided(finding(Red::new(message))),
        Err(Stop::Skip(why)) => Outcome::Skipped(why),
        Err(Stop::Trouble(err))
            if matches!(err.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) =>
        {
            Outcome::Skipped(
                "the harness needs more open files than this shell allows (see `ulimit -n`)".into(),
            )
        }
        Err(Stop::Trouble(err)) => Outcome::Undecided(finding(Red::new(format!(
            "the harness could not go on: {err}"
        )))),
    }
}
