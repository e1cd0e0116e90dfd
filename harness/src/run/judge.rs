//! Decides, by looking and without a clock, whether the program will still do something.
//!
//! A red needs a proof. The proof of *never*: every thread of the program is asleep; nothing is under way in any connection;
//! everything that reached the harness has been taken; and after all that the program still has not run. Then nothing can wake
//! it but a timeout, and one whole timeout is seen to pass. A machine under load makes this slower, never wrong: a thread that
//! was woken is runnable, not asleep, however long it waits for a CPU.

use super::connection::Connection;
use super::idle::{has_run, timed, timer, wait_or_timer, watched};
use super::quiet::{Quiet, SHORTEST_TIMEOUT, ends};
use super::stand::Stand;
use super::stop::Stop;
use super::target::Target;
use super::world::World;
use crate::look::{End, Look, holds_timer};
use std::io;
use std::time::{Duration, Instant};

/// Where the program cannot be looked at, this long without a byte stands in for all proofs.
const QUIET: Duration = Duration::from_secs(2);

/// What one observation showed.
#[derive(Debug)]
pub(super) enum Seen {
    /// It runs, or something has just happened: ask again.
    Busy,
    /// It is asleep, but the kernel still has something to deliver.
    Asleep(Look),
    /// It is asleep, nothing is under way, and nothing has come meanwhile.
    Still {
        /// Empty if the program has ended, or cannot be looked at.
        look: Look,
        /// Whether it sleeps where it may be at rest: in an allowed call, with no timeout or one that is no polling.
        rests: bool,
    },
}

/// Watches one program.
pub(super) struct Judge<'a> {
    target: &'a Target,
    /// Whether there are /proc and sock_diag, and the right to use them.
    pub(super) can_look: bool,
    /// Whether it serves already, so that idle work is to be held against it.
    pub(super) serving: bool,
    /// The most threads, and the most processes, that were seen at once.
    pub(super) most: (usize, usize),
    last: Look,
    /// The call that each thread was last seen in: what a `restart_syscall` goes on with.
    calls: Look,
    quiet_since: Option<Quiet>,
    /// When it was seen awake, first since something has moved.
    awake_at: Option<Instant>,
    /// When nothing was under way, and how the connections were, if the program had gone on by the time that this was known.
    unmoved: Option<(Instant, Vec<Connection>)>,
    /// Whether it had gone on by then, and was found still all the same.
    has_gone_on: bool,
    /// When it was first seen still, asleep in a call with a timeout: nothing but the timeout can have brought it back since.
    still_since: Option<Still>,
}

/// A program that lies still.
struct Still {
    /// When that was found out.
    start: Instant,
    /// Its ends of its connections.
    ends: Vec<Option<End>>,
    look: Look,
}

impl<'a> Judge<'a> {
    /// A judge for a program that has just been started.
    pub(super) fn new(target: &'a Target, world: &World) -> Judge<'a> {
        Judge {
            target,
            can_look: world.sees_connections()
                && Look::is_allowed(world.program.pid().as_raw_nonzero().get()),
            serving: false,
            most: (0, 0),
            last: Look::default(),
            calls: Look::default(),
            quiet_since: None,
            awake_at: None,
            unmoved: None,
            has_gone_on: false,
            still_since: None,
        }
    }

    /// Looks at every thread of the program and of its descendants, once.
    ///
    /// # Errors
    /// The harness itself lacks something, descriptors for one.
    pub(super) fn look(&mut self, world: &mut World) -> io::Result<Look> {
        let mut look = Look::at(world.processes())?;
        look.resume_from(&self.calls);
        self.calls.take_note(&look);
        self.most.0 = self.most.0.max(look.threads.len());
        self.most.1 = self.most.1.max(look.processes());
        self.last = look.clone();
        Ok(look)
    }

    /// Whether nothing has happened since a look at a program that was asleep. Who belongs to it is asked again: a process that was
    /// being started during the first look shows at the second only, and its parent may sleep until it ends, as a shell does.
    pub(super) fn is_still_so(&self, world: &mut World, look: &Look) -> io::Result<bool> {
        let mut now = Look::at(world.processes())?;
        now.resume_from(&self.calls);
        Ok(now.is_like(look))
    }

    /// The last look that was taken.
    pub(super) fn last_look(&self) -> &Look {
        &self.last
    }

    /// Finds out whether anything can still happen by itself.
    ///
    /// # Errors
    /// The program spins, or polls by the clock; or the kernel does not answer.
    pub(super) fn observe(&mut self, world: &mut World) -> Result<Seen, Stop> {
        if !self.can_look {
            return self.observe_blindly(world);
        }
        let began = Instant::now();
        let look = self.look(world)?;
        // Whom it has started may live on, with its sockets.
        if world.exit.is_some() && look.threads.is_empty() {
            let quiet = self.quiet_since.take();
            let quiet = quiet.filter(|quiet| quiet.start >= world.caused_at && !world.frozen);
            if let Some(red) = quiet.and_then(|quiet| quiet.at_its_end()) {
                return Err(Stop::Red(red));
            }
            return self.observe_blindly(world);
        }
        if world.is_ending(&look) {
            return Ok(Seen::Busy);
        }
        if !look.all_asleep() {
            self.hold_idle_work_against_it(world, (&look, began), None)?;
            return Ok(Seen::Busy);
        }
        // While it sleeps: the memory that its call points to holds other things once it has gone on.
        let rests = self.may_be_at_rest(&look);
        let before = self.unmoved.take();
        let was_asleep = before.is_some() && self.is_still_so(world, &look)?;
        let Some(connections) = world.unless_moving()? else {
            self.quiet_since = None;
            return Ok(match self.is_still_so(world, &look)? {
                true => Seen::Asleep(look),
                false => Seen::Busy,
            });
        };
        if world.turn(Duration::ZERO)? {
            return Ok(Seen::Busy);
        }
        // To ask for a thousand connections takes so long, under load, that one who is woken ten times a second is never found
        // asleep before and after. But if all are as they were before it was found asleep, and nobody else has done anything
        // since, then neither has it.
        let is_same = |(then, before)| then >= world.caused_at && before == connections;
        let is_unmoved = was_asleep && before.is_some_and(is_same);
        let is_still_so = self.is_still_so(world, &look)?;
        let is_still = is_still_so || is_unmoved;
        self.has_gone_on = !is_still_so;
        self.unmoved = (!is_still).then(|| (began, connections.clone()));
        // Also of one that has woken up meanwhile: under load, one that does so all the time is never seen still.
        self.hold_idle_work_against_it(world, (&look, began), Some(connections))?;
        if !is_still {
            return Ok(Seen::Busy);
        }
        Ok(Seen::Still { look, rests })
    }

    /// Without a look at the program: a program that has ended does nothing more, of another one a long silence is taken
    /// to mean the same.
    fn observe_blindly(&mut self, world: &mut World) -> Result<Seen, Stop> {
        let ended = world.exit.is_some();
        if world.is_moving()?
            || world.turn(Duration::ZERO)?
            || (!ended && world.moved_at.elapsed() < QUIET)
        {
            return Ok(Seen::Busy);
        }
        Ok(Seen::Still {
            look: Look::default(),
            rests: true,
        })
    }

    /// Counts CPU time and wake-ups while nothing moves, by a look that began at a moment. `connections` are those of this look,
    /// if they are known.
    fn hold_idle_work_against_it(
        &mut self,
        world: &World,
        (look, began): (&Look, Instant),
        connections: Option<Vec<Connection>>,
    ) -> Result<(), Stop> {
        if !self.serving || world.frozen {
            return Ok(());
        }
        let Some(quiet) = self
            .quiet_since
            .as_mut()
            .filter(|quiet| quiet.start >= world.moved_at)
        else {
            let connections = match (connections, self.awake_at) {
                (Some(connections), _) => connections,
                (None, Some(before)) if before >= world.moved_at => world.connections()?,
                (None, _) => {
                    // What is only just awake has something to do, as a rule. To ask takes long where there are many clients.
                    self.awake_at = Some(began);
                    return Ok(());
                }
            };
            let is_quiet = !connections.iter().any(Connection::is_moving);
            self.quiet_since = is_quiet.then(|| Quiet::begin(began, &connections, look));
            return Ok(());
        };
        let Some(charge) = quiet.note(look, began) else {
            return Ok(());
        };
        let connections = world.connections()?;
        if ends(&connections) != quiet.ends {
            self.quiet_since = None; // something moved in the kernel that nobody here has read: it had work to do
            return Ok(());
        }
        if charge.may_be_work(&connections) {
            return Ok(());
        }
        Err(Stop::Red(charge.red))
    }

    /// Whether a program that lies still like this would have returned from its calls by now if only a timeout could bring
    /// it back: they have none, or one whole timeout was seen to pass.
    ///
    /// # Errors
    /// See [`Judge::look`].
    pub(super) fn has_sat_out_its_timeouts(
        &mut self,
        world: &mut World,
        look: &Look,
    ) -> io::Result<bool> {
        let timed = timed(look);
        // What was read of a program that has gone on meanwhile says nothing: its memory holds other things by now.
        if !self.is_still_so(world, look)? {
            return Ok(false);
        }
        if timed.is_empty() {
            return Ok(true);
        }
        if !self.serving {
            return Ok(false); // it may wait for others while it starts
        }
        let ends = ends(&world.connections()?);
        let still_since = self
            .still_since
            .as_ref()
            .filter(|still| still.start >= world.moved_at && still.ends == ends);
        match still_since {
            Some(still) => Ok(timed.iter().all(|tid| has_run(*tid, &still.look, look))),
            None => {
                self.still_since = Some(Still {
                    start: Instant::now(),
                    ends,
                    look: look.clone(),
                });
                Ok(false)
            }
        }
    }

    /// Whether it is so often awake that counting its wake-ups will tell.
    pub(super) fn wakes_often(&self, look: &Look) -> bool {
        watched(look).any(|thread| wait_or_timer(thread).is_some_and(|it| it < SHORTEST_TIMEOUT))
    }

    /// Where a sleeping program stands; `None` if it was not looked at.
    pub(super) fn stand<'l>(&self, look: &'l Look) -> Option<Stand<'l>> {
        Stand::of(look, self.target, self.serving)
    }

    /// Whether a sleeping program is in a call on a socket that the lesson does not allow.
    pub(super) fn is_in_a_wrong_call(&self, look: &Look) -> bool {
        matches!(self.stand(look), Some(Stand::Wrong(_)))
    }

    /// Whether a sleeping program is in a call that the lesson allows.
    pub(super) fn is_in_a_right_call(&self, look: &Look) -> bool {
        matches!(self.stand(look), Some(Stand::Right(_)))
    }

    /// Whether a sleeping program is in an allowed call, with no timeout or one that is no polling.
    fn may_be_at_rest(&self, look: &Look) -> bool {
        match self.stand(look) {
            Some(Stand::Right(thread)) => {
                let timeout = thread.timeout();
                timeout.is_none_or(|timeout| timeout >= SHORTEST_TIMEOUT)
            }
            Some(_) => false,
            None => true, // it has ended, or cannot be looked at
        }
    }

    /// Whether no timer will soon wake a program that [may be at rest](Seen::Still). One that is about to go off may be polling, or a
    /// long sleep near its end: the next look will tell, or the number of wake-ups.
    ///
    /// # Errors
    /// See [`Judge::look`].
    pub(super) fn has_no_short_timer(&self, world: &mut World, look: &Look) -> io::Result<bool> {
        let Some(Stand::Right(thread)) = self.stand(look) else {
            return Ok(true);
        };
        // A timeout of its own was asked for when it was found asleep.
        if thread.timeout().is_some() {
            return Ok(true);
        }
        let is_short = timer(thread).is_some_and(|left| left < SHORTEST_TIMEOUT);
        // A program that has gone on meanwhile may be about to set its timer again. One that is woken again and again by something
        // else has none.
        let has_none = || self.has_gone_on && !holds_timer(thread.pid);
        Ok(!is_short && (self.is_still_so(world, look)? || has_none()))
    }
}
