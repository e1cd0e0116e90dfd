//! How it is found out that a program has come to rest.

use super::{SETTLING, Stage, Unmet};
use crate::look::Look;
use crate::run::ended::ended;
use crate::run::judge::Seen;
use crate::run::pace::Pace;
use crate::run::stand::family;
use crate::run::stop::{Red, Stop};
use crate::run::world::World;
use std::time::Duration;

impl Stage<'_> {
    /// Waits until the program has come to rest: asleep where it may be, with nothing under way.
    ///
    /// # Errors
    /// It never will; `what` is what could not be found out or done, therefore.
    pub(in crate::run) fn settle(&mut self, what: &str) -> Result<Look, Stop> {
        // Nothing was under way when it came to rest, and nobody has done anything since: if it has not run, it is at rest.
        if let Some(rest) = self.rest.take()
            && self.judge.look(&mut self.world)? == rest
            && !self.world.turn(Duration::ZERO)?
        {
            self.rest = Some(rest.clone());
            return Ok(rest);
        }
        let unmet = |_: &mut World| Unmet {
            what: what.to_owned(),
            never: String::new(),
        };
        let mut pace = Pace::starting_with(SETTLING);
        loop {
            let seen = self.observe(&unmet)?;
            match &seen {
                Seen::Still { look, rests }
                    if self.world.exit.is_some()
                        || *rests && self.judge.has_no_short_timer(&mut self.world, look)? =>
                {
                    self.rest = Some(look.clone()).filter(|look| !look.threads.is_empty());
                    return Ok(look.clone());
                }
                Seen::Asleep(look) | Seen::Still { look, .. }
                    if self.judge.is_in_a_wrong_call(look) =>
                {
                    return Err(self.not_at_rest(what, look));
                }
                // One that polls by the clock is in the right call, too: the judge counts how often it wakes up.
                Seen::Still { look, .. }
                    if !self.judge.is_in_a_right_call(look)
                        && !self.judge.wakes_often(look)
                        && self.judge.has_sat_out_its_timeouts(&mut self.world, look)? =>
                {
                    return Err(self.not_at_rest(what, look));
                }
                _ => {}
            }
            match self.world.turn(pace.pause())? {
                true => pace.quicken(),
                false => pace.slacken(&seen),
            }
            self.heed_output()?;
            self.give_up_in_time(&unmet)?;
        }
    }

    /// As [`Stage::settle`], for what can only be asked of a program that has not ended.
    ///
    /// # Errors
    /// As there; or the program has ended.
    pub(in crate::run) fn settle_alive(&mut self, what: &str) -> Result<Look, Stop> {
        let look = self.settle(what)?;
        match self.world.exit {
            Some(exit) => {
                let ended = ended(exit);
                let message = match what.strip_prefix("the server is not at rest") {
                    Some(when) => format!("the server {ended}{when}"),
                    None => format!("{what}: the server {ended}"),
                };
                Err(Stop::Red(Red::new(message)))
            }
            None => Ok(look),
        }
    }

    fn not_at_rest(&self, what: &str, look: &Look) -> Stop {
        let stand = self.judge.stand(look);
        let call = stand.and_then(|stand| family(stand.thread()));
        let call = call.unwrap_or("a system call");
        Stop::Red(Red::new(format!("{what}: the server is asleep in {call}")))
    }
}
