//! Plays a script against a program.
//!
//! [`play`] starts the program ([`start`]), plays the steps ([`client_steps`], [`server_steps`]) and asks what no script has to
//! ask ([`after`]). Of a program that is a client, [`client_program`] does all three, with the [`peer`]s and the [`user`]. All of them work in one [`world`] and wait by way of [`stage`], where a [`judge`] says what can still happen.
//! It measures against where the lesson lets a program sleep ([`stand`]) and against what one may do that has nothing to do:
//! [`quiet`], of a [`spin`] or of sleeps that are too short ([`idle`]). When something is wrong, [`explain`] tells what is known
//! about it.

mod after;
mod client;
mod client_program;
mod client_steps;
mod connecting;
mod connection;
mod conversations;
mod ended;
mod explain;
mod helpers;
mod idle;
mod judge;
mod leaving;
mod ledger;
mod noted;
mod own_code;
mod pace;
mod peer;
mod printed;
mod quiet;
mod receiving;
mod repeated;
mod seeing;
mod sending;
mod server_steps;
mod sockets;
mod spin;
mod stage;
mod stand;
mod start;
mod stop;
mod target;
mod user;
mod wanted;
mod wording;
mod world;

pub use start::try_to_start;
pub use target::Target;

use crate::habit::Habit;
use crate::library_tests;
use crate::script::{Action, Script, Step};
use crate::verdict::{Finding, Outcome, Verdict};
use stage::Stage;
use std::time::{Duration, Instant};
use stop::{Red, Stop};

/// What there is to see before a step.
#[derive(Debug)]
pub struct Moment<'s> {
    /// The program's process.
    pub pid: i32,
    /// What comes next.
    pub step: &'s Step,
    /// What the program has printed to stdout so far; of much, the end.
    pub stdout: String,
    /// The same of stderr.
    pub stderr: String,
}

/// What is done before each step.
type Before<'b> = &'b mut dyn FnMut(&Moment);

/// Plays `script` against a new process of `target`, which is gone when this returns.
pub fn play(script: &Script, target: &Target) -> Verdict {
    play_with(script, target, None)
}

/// The same, but nothing goes on before `before` has returned from each step's moment. The program runs meanwhile.
pub fn play_stepwise(script: &Script, target: &Target, before: Before) -> Verdict {
    play_with(script, target, Some(before))
}

fn play_with(script: &Script, target: &Target, before: Option<Before>) -> Verdict {
    if let Some(test) = &script.test {
        return library_tests::play(script, test, target);
    }
    let started = Instant::now();
    let target = &target.for_script(script);
    let is_client = script.is_for_a_client();
    let stage = match is_client {
        true => client_program::start(script, target),
        false => start::start(script, target),
    };
    let mut outcome = match stage {
        Ok(mut stage) => {
            let mut at = None;
            let result = play_all(script, &mut stage, &mut at, before);
            stage.note_the_end();
            outcome(result, at, Some(&mut stage))
        }
        Err(stop) => outcome(Err(stop), None, None),
    };
    if is_client && let Outcome::Failed(finding) | Outcome::Undecided(finding) = &mut outcome {
        wording::of_client(finding);
    }
    Verdict {
        outcome,
        took: started.elapsed(),
    }
}

fn play_all(
    script: &Script,
    stage: &mut Stage<'_>,
    at: &mut Option<usize>,
    mut before: Option<Before>,
) -> Result<(), Stop> {
    if !script.is_for_a_client() {
        start::bring_to_rest(script, stage)?;
    }
    for (index, step) in script.steps.iter().enumerate() {
        *at = Some(index);
        if let Some(before) = &mut before {
            before(&moment(step, stage)?);
        }
        let is_done = client_program::is_done_before(&step.action);
        stage.note_step(index, is_done);
        if !is_done {
            stage.begin(step);
        }
        match &step.action {
            Action::Client { who, verb } => client_steps::play(stage, who, verb)?,
            Action::Server(verb) => server_steps::play(stage, verb)?,
            Action::Program(verb) => client_program::play(stage, verb)?,
            Action::Peer { who, verb } => peer::play(stage, who, verb)?,
            Action::User(verb) => user::play(stage, verb)?,
        }
        stage.end(script.tells_the_end())?;
        stage.let_it_rest();
    }
    *at = None;
    match script.is_for_a_client() {
        true => client_program::check(script, stage),
        false => after::check(script, stage),
    }
}

/// What there is to see now.
fn moment<'s>(step: &'s Step, stage: &mut Stage<'_>) -> Result<Moment<'s>, Stop> {
    stage.world.turn(Duration::ZERO)?;
    let program = &mut stage.world.program;
    Ok(Moment {
        pid: program.pid().as_raw_nonzero().get(),
        step,
        stdout: program.output().stdout().into_owned(),
        stderr: program.output().stderr().into_owned(),
    })
}

fn outcome(
    result: Result<(), Stop>,
    step: Option<usize>,
    stage: Option<&mut Stage<'_>>,
) -> Outcome {
    let finding = |mut red: Red| {
        let mut has_served = false;
        let (mut facts, state, stalled_for) = match stage {
            Some(stage) => {
                has_served = stage.world.clients().next().is_some();
                red.message = stage.world.as_scripts_write(&red.message);
                let stalled_for = stage.world.moved_at.elapsed();
                stage.look_on();
                red.tell_the_end(stage.world.exit);
                let state = red.state.or_else(|| explain::state(stage));
                (explain::facts(stage), state, Some(stalled_for))
            }
            None => (Vec::new(), None, None),
        };
        // What the red itself says of the server is more to the point than what every report says of it.
        facts.retain(|fact| red.facts.iter().all(|own| own.label != fact.label));
        facts.splice(0..0, red.facts);
        // Where a step is not met, the script's own hints may say more.
        let of_state = || Habit::of_state(state.as_ref()?).filter(|_| step.is_none());
        let habit = red.habit.or_else(of_state);
        let habit = habit.filter(|it| has_served || *it != Habit::Ends);
        Finding {
            habit,
            message: red.message,
            step,
            at: None,
            facts,
            state,
            stalled_for,
            unwritten: None,
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
