//! Decides, by looking and without a clock, whether the program will still do something.
//!
//! A red needs a proof. The proof of *never*: every thread of the program is asleep; nothing is under way in any connection;
//! everything that reached the harness has been taken; and after all that the program still has not run. Then nothing can wake
//! it but a timeout, and one whole timeout is seen to pass. A machine under load makes this slower, never wrong: a thread that
//! was woken is runnable, not asleep, however long it waits for a CPU.

use super::connection::Connection;
use super::idle::{WakeUps, has_run, timed, wait_or_timer, watched};
use super::stop::{Red, Stop};
use super::target::Target;
use super::world::World;
use crate::look::{End, Kind, Look, Thread};
use std::io;
use std::time::{Duration, Instant};

/// CPU time that a program may use while nothing moves, before it is said to spin.
const SPIN: Duration = Duration::from_millis(20);
/// What the kernel must have used of it, at least, to say so of a program that owes somebody an answer: who asks again and again
/// spends its time in system calls, who works on an answer does not. Accounting is in ticks of 4 and 10 ms.
const IN_CALLS: Duration = Duration::from_millis(20);
/// So many page faults are work: a program that is being loaded, a large buffer, the report of a panic.
const WORK: u64 = 16;
/// CPU time without a system call or a byte that is no work on an answer any more.
const LONG_THOUGHT: Duration = Duration::from_secs(1);
/// Wake-ups that are counted before their rate is judged.
const WAKE_UPS: u64 = 6;
/// Waking more often than this for nothing is polling by the clock.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(50);
/// Where the program cannot be looked at, this long without a byte stands in for all proofs.
const QUIET: Duration = Duration::from_secs(2);

/// What one observation showed.
#[derive(Debug)]
pub(super) enum Seen {
    /// It runs, or something has just happened: ask again.
    Busy,
    /// It is asleep, but the kernel still has something to deliver.
    Asleep(Look),
    /// It is asleep, nothing is under way, and nothing has come meanwhile. Empty if the program has ended, or cannot be
    /// looked at.
    Still(Look),
}

/// Where a sleeping program stands, measured by where its lesson's program may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand<'a> {
    /// In a call that the lesson allows.
    Right(&'a Thread),
    /// In a call on a socket, or a read of standard input, that the lesson does not allow.
    Wrong(&'a Thread),
    /// Anywhere else.
    Elsewhere(&'a Thread),
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
    /// When it was first seen still, asleep in a call with a timeout: nothing but the timeout can have brought it back since.
    still_since: Option<Quiet>,
}

/// A moment from which on nothing has moved.
struct Quiet {
    start: Instant,
    /// The program's ends of its connections. What the other ends hear later (that an end was acknowledged, after 40 ms) is
    /// nothing that it could have had to do.
    ends: Vec<Option<End>>,
    look: Look,
    wake_ups: WakeUps,
}

impl Quiet {
    fn begin(ends: Vec<Option<End>>, look: &Look) -> Quiet {
        let mut wake_ups = WakeUps::default();
        wake_ups.note(look);
        Quiet {
            start: Instant::now(),
            ends,
            look: look.clone(),
            wake_ups,
        }
    }
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
        let look = self.look(world)?;
        // Whom it has started may live on, with its sockets.
        if world.exit.is_some() && look.threads.is_empty() {
            return self.observe_blindly(world);
        }
        if world.is_ending(&look) {
            return Ok(Seen::Busy);
        }
        if !look.all_asleep() || !self.look(world)?.is_like(&look) {
            self.hold_idle_work_against_it(world, &look, None)?;
            return Ok(Seen::Busy);
        }
        let Some(connections) = world.unless_moving()? else {
            self.quiet_since = None;
            return Ok(Seen::Asleep(look));
        };
        if world.turn(Duration::ZERO)? || !self.look(world)?.is_like(&look) {
            return Ok(Seen::Busy);
        }
        self.hold_idle_work_against_it(world, &look, Some(connections))?;
        Ok(Seen::Still(look))
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
        Ok(Seen::Still(Look::default()))
    }

    /// Counts CPU time and wake-ups while nothing moves. `connections` are those of this look, if they are known.
    fn hold_idle_work_against_it(
        &mut self,
        world: &World,
        look: &Look,
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
            let connections = connections.map_or_else(|| world.connections(), Ok)?;
            let is_quiet = !connections.iter().any(Connection::is_moving);
            self.quiet_since = is_quiet.then(|| Quiet::begin(ends(&connections), look));
            return Ok(());
        };
        quiet.wake_ups.note(look);
        let used = look.cpu().saturating_sub(quiet.look.cpu());
        let red = if used >= SPIN {
            Red::spins(used)
        } else if let Some((thread, wake_ups)) = quiet.wake_ups.most(look)
            && wake_ups >= WAKE_UPS
            && quiet.start.elapsed() < SHORTEST_TIMEOUT * wake_ups as u32
        {
            Red::polls_by_the_clock(thread, wake_ups, quiet.start.elapsed())
        } else {
            return Ok(());
        };
        let connections = world.connections()?;
        if ends(&connections) != quiet.ends {
            self.quiet_since = None; // something moved in the kernel that nobody here has read: it had work to do
            return Ok(());
        }
        if used >= SPIN && used < LONG_THOUGHT && may_be_work(look, &quiet.look, &connections) {
            return Ok(());
        }
        Err(Stop::Red(red))
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
        if !self.look(world)?.is_like(look) {
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
                self.still_since = Some(Quiet::begin(ends, look));
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
        let wrong = look
            .threads
            .iter()
            .find(|thread| self.is_on_a_wrong_socket(thread));
        let right = || look.threads.iter().find(|thread| self.is_allowed(thread));
        wrong
            .map(Stand::Wrong)
            .or_else(|| right().map(Stand::Right))
            .or_else(|| look.threads.first().map(Stand::Elsewhere))
    }

    /// Whether a sleeping program is in a call on a socket that the lesson does not allow.
    pub(super) fn is_in_a_wrong_call(&self, look: &Look) -> bool {
        matches!(self.stand(look), Some(Stand::Wrong(_)))
    }

    /// Whether a sleeping program is in a call that the lesson allows.
    pub(super) fn is_in_a_right_call(&self, look: &Look) -> bool {
        matches!(self.stand(look), Some(Stand::Right(_)))
    }

    /// Whether a still program has come to rest: in an allowed call, with no timeout or one that is no polling. A timer that
    /// is about to go off may be either: the next look will tell, or the number of wake-ups.
    ///
    /// # Errors
    /// See [`Judge::look`].
    pub(super) fn is_at_rest(&mut self, world: &mut World, look: &Look) -> io::Result<bool> {
        let is_at_rest = match self.stand(look) {
            Some(Stand::Right(thread)) => {
                wait_or_timer(thread).is_none_or(|timeout| timeout >= SHORTEST_TIMEOUT)
            }
            Some(_) => false,
            None => return Ok(true), // it has ended, or cannot be looked at
        };
        // A program that has gone on meanwhile may be about to set its timer again.
        Ok(is_at_rest && self.look(world)?.is_like(look))
    }

    fn is_on_a_wrong_socket(&self, thread: &Thread) -> bool {
        // While it starts, a program may ask others for what it needs.
        let asked = self.serving && self.target.waits_in.is_some();
        let is_reading = is_on_a_socket(thread) || reads_standard_input(thread);
        asked && is_reading && !self.is_allowed(thread)
    }

    fn is_allowed(&self, thread: &Thread) -> bool {
        let Some(word) = family(thread) else {
            return false;
        };
        match &self.target.waits_in {
            None => !matches!(
                thread.call().map(|call| call.kind),
                Some(Kind::Other(_) | Kind::Sleep(_))
            ),
            Some(own) => {
                own == word
                    || self
                        .target
                        .may_sleep_in
                        .iter()
                        .any(|allowed| allowed == word)
            }
        }
    }
}

/// The word that a lesson.toml uses for the call that a thread is in: its name, or for calls on a socket `accept`, `recv`,
/// `send` or `connect`, whichever of their relatives it is.
pub(super) fn family(thread: &Thread) -> Option<&'static str> {
    let call = thread.call()?;
    Some(match call.kind {
        Kind::Accept => "accept",
        Kind::Read if is_on_a_socket(thread) => "recv",
        Kind::Write if is_on_a_socket(thread) => "send",
        Kind::Connect => "connect",
        _ => call.name,
    })
}

fn is_on_a_socket(thread: &Thread) -> bool {
    thread
        .descriptor()
        .and_then(|descriptor| crate::look::named(thread.pid, descriptor))
        .is_some_and(|held| held.socket.is_some())
}

/// The program's ends.
fn ends(connections: &[Connection]) -> Vec<Option<End>> {
    connections
        .iter()
        .map(|connection| connection.theirs)
        .collect()
}

/// Whether the CPU time between two looks may have gone into work that nobody can see yet.
fn may_be_work(now: &Look, then: &Look, connections: &[Connection]) -> bool {
    let touched_memory = now.faults().saturating_sub(then.faults()) >= WORK;
    let asked_again_and_again = now.kernel().saturating_sub(then.kernel()) >= IN_CALLS;
    let owes = connections.iter().any(Connection::may_be_thought_about);
    touched_memory || owes && !asked_again_and_again
}

/// Whether it is in a read on its standard input, which never lasts where readiness was waited for.
fn reads_standard_input(thread: &Thread) -> bool {
    let target = |descriptor| crate::look::named(thread.pid, descriptor).map(|held| held.target);
    matches!(thread.call().map(|call| call.kind), Some(Kind::Read))
        && thread
            .descriptor()
            .and_then(target)
            .is_some_and(|read| Some(read) == target(0))
}
