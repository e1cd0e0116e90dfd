//! Where steps wait: until what they expect ([`expectation`]) is there or is proven never to come, or until the program has come
//! to rest ([`settle`]).

mod expectation;
mod settle;

pub(super) use expectation::{Expectation, Progress, Unmet};

use crate::habit::Habit;
use crate::look::Look;
use crate::run::ended::ended;
use crate::run::judge::{Judge, Seen};
use crate::run::noted::Noted;
use crate::run::pace::Pace;
use crate::run::stand::{Stand, family};
use crate::run::stop::{Red, Stop};
use crate::run::target::Target;
use crate::run::world::World;
use crate::script::Step;
use std::time::{Duration, Instant};

/// How long nothing must have come before the program is looked at: an answer takes some ten microseconds.
const PATIENCE: Duration = Duration::from_millis(1);
/// Between two looks at a program that nothing is expected of.
const SETTLING: Duration = Duration::from_micros(100);
/// How long a program that runs on is watched after a verdict, to say where it went. One that is ending has ended by then.
const AFTERMATH: Duration = Duration::from_millis(200);
/// What cannot be decided by then is undecided.
const UNDECIDED: Duration = Duration::from_secs(60);
/// Who is said to be closed so many times more than once is met at every turn. Fewer may follow from what a step finds out.
const RUNS_WILD: usize = 10;
/// A program that prints more than this, and more than its clients send, floods.
const FLOOD: u64 = 4 * 1024 * 1024;

/// A world, and the judge who watches it.
pub(super) struct Stage<'a> {
    /// The program, its clients, and what passed between them.
    pub(super) world: World,
    /// Who looks at the program.
    pub(super) judge: Judge<'a>,
    /// What is known of the program.
    pub(super) target: &'a Target,
    /// Sockets, and other descriptors, that it held before its first client.
    pub(super) held_at_start: (usize, usize),
    /// Threads, and processes, that it had before its first client.
    pub(super) most_at_start: (usize, usize),
    /// How it lay at rest before its first client.
    pub(super) at_rest: Look,
    /// Page faults of its children that had come and gone before its first client.
    pub(super) children_at_start: u64,
    /// The program at rest, if nobody has done anything since.
    rest: Option<Look>,
    began: Instant,
    /// When the step before this one began.
    cause_began: Instant,
    within: Option<Duration>,
    not_before: Option<Duration>,
}

impl<'a> Stage<'a> {
    /// A stage with nobody on it but the program.
    ///
    /// # Errors
    /// The run is to be traced, and the program cannot be.
    pub(super) fn new(mut world: World, target: &'a Target) -> Result<Stage<'a>, Stop> {
        if let Some(trace) = &target.trace {
            world.noted = Some(Noted::begin(trace, &world)?);
        }
        Ok(Stage {
            judge: Judge::new(target, &world),
            world,
            target,
            held_at_start: (0, 0),
            most_at_start: (0, 0),
            at_rest: Look::default(),
            children_at_start: 0,
            rest: None,
            began: Instant::now(),
            cause_began: Instant::now(),
            within: None,
            not_before: None,
        })
    }

    /// A step begins.
    pub(super) fn begin(&mut self, step: &Step) {
        self.cause_began = self.began;
        self.began = Instant::now();
        // What a client does now is news for the program, also where no turn of the world takes note of it.
        self.world.begin_at(self.began);
        self.within = step.within;
        self.not_before = step.not_before;
        if !step.action.only_asks() {
            self.rest = None;
        }
    }

    /// Somebody does something that is no step.
    pub(super) fn disturb(&mut self) {
        self.rest = None;
    }

    /// What the first steps tell has begun before there was a stage: a program that is a client runs since then.
    pub(super) fn began_at(&mut self, launch: Instant) {
        self.began = launch;
    }

    /// What is asked after the last step begins.
    pub(super) fn begin_unasked(&mut self) {
        self.began = Instant::now();
        self.world.begin_at(self.began);
        (self.within, self.not_before) = (None, None);
    }

    /// A step has ended well.
    ///
    /// # Errors
    /// It ended too soon, or the program has ended although nobody said that it would.
    pub(super) fn end(&mut self, may_have_exited: bool) -> Result<(), Stop> {
        // The step before has set off what this one waits for. Counted from its own beginning, the program's second would seem too
        // short whenever the harness got here late.
        let took = self.cause_began.elapsed();
        if let Some(soonest) = self.not_before
            && took < soonest
        {
            let message = format!(
                "this came {} ms after the step before, but not before {} ms was asked",
                took.as_millis(),
                soonest.as_millis()
            );
            return Err(Stop::Red(Red::new(message)));
        }
        match self.world.exit {
            Some(exit) if !may_have_exited => {
                Err(Stop::Red(Red::new(format!("the server {}", ended(exit)))))
            }
            _ => Ok(()),
        }
    }

    /// Waits until an expectation is met.
    ///
    /// # Errors
    /// It will never be met: the proof, in its own words. Or what came instead.
    pub(super) fn expect(&mut self, expectation: &mut dyn Expectation) -> Result<(), Stop> {
        let mut pace = Pace::starting_with(PATIENCE);
        loop {
            if expectation.attempt(&mut self.world)? == Progress::Done {
                return Ok(());
            }
            if self.world.turn(pace.pause())? {
                pace.quicken();
                self.heed_output()?;
            } else if self.world.frozen && expectation.goes_on_in_the_background() {
                return Ok(());
            } else {
                let seen = self.observe(&|world| expectation.unmet(world))?;
                if !matches!(seen, Seen::Busy) && expectation.goes_on_in_the_background() {
                    // It may have read, and gone to sleep, just before: then there is room, and what is sent now wakes it.
                    let before = self.world.handed_over();
                    let progress = expectation.attempt(&mut self.world)?;
                    let is_taken = self.world.handed_over() > before;
                    if progress == Progress::Done || (!is_taken && self.is_idle(&seen)?) {
                        return Ok(());
                    }
                    // If more is under way now, what was seen says nothing any more.
                    match is_taken {
                        true => pace.quicken(),
                        false => pace.slacken(&seen),
                    }
                } else if self.is_never(&seen)? {
                    // What it waits for may have come while the program was looked at.
                    return match expectation.attempt(&mut self.world)? {
                        Progress::Done => Ok(()),
                        Progress::Waiting => Err(self.never(expectation)),
                    };
                } else {
                    pace.slacken(&seen);
                }
            }
            self.give_up_in_time(&|world| expectation.unmet(world))?;
        }
    }

    /// Whether it is for the program to go on, and it does not: it sleeps although it is waited for by everybody who cannot send the
    /// rest. It may also sleep because news is under way, that there is room again, on one side or the other.
    fn is_idle(&mut self, seen: &Seen) -> Result<bool, Stop> {
        let look = match seen {
            Seen::Busy => return Ok(false),
            Seen::Still { .. } => return Ok(true),
            Seen::Asleep(look) => look,
        };
        let connections = self.world.connections()?;
        let mut late = self.world.clients().zip(&connections);
        let is_waited_for =
            late.all(|(client, it)| client.has_sent_all() || it.waits_for_the_program());
        drop(late);
        Ok(is_waited_for && self.judge.is_still_so(&mut self.world, look)?)
    }

    /// Observes the program once; what is found to be wrong in passing is told as the reason why an expectation is not met.
    fn observe(&mut self, unmet: &dyn Fn(&mut World) -> Unmet) -> Result<Seen, Stop> {
        self.judge
            .observe(&mut self.world)
            .map_err(|stop| match stop {
                Stop::Red(red) => {
                    let what = unmet(&mut self.world).what;
                    Stop::Red(Red {
                        message: format!("{what}: {}", red.message),
                        ..red
                    })
                }
                other => other,
            })
    }

    /// Whether what is expected is proven never to come.
    fn is_never(&mut self, seen: &Seen) -> Result<bool, Stop> {
        if self.is_within() {
            return Ok(false);
        }
        Ok(match seen {
            Seen::Busy => false,
            Seen::Asleep(look) => self.judge.is_in_a_wrong_call(look),
            Seen::Still { look, .. } => {
                self.judge.is_in_a_wrong_call(look)
                    || self.judge.has_sat_out_its_timeouts(&mut self.world, look)?
            }
        })
    }

    fn never(&mut self, expectation: &dyn Expectation) -> Stop {
        let Unmet { what, never } = expectation.unmet(&mut self.world);
        let reason = match (self.world.exit, self.within) {
            (Some(exit), _) => format!("the server {}", ended(exit)),
            (None, Some(within)) => format!("not within {} ms", within.as_millis()),
            (None, None) => match self.judge.stand(self.judge.last_look()) {
                // That it will never return from there is not proven, and need not be.
                Some(Stand::Wrong(thread)) => {
                    let call = family(thread).unwrap_or("a system call");
                    format!("the server is asleep in {call}")
                }
                _ => never,
            },
        };
        Stop::Red(Red::new(format!("{what}: {reason}")))
    }

    /// Lets the time of a step pass that asks for nothing to happen, as `ada receives nothing within 1 s` does; `what` cannot
    /// be told, if that fails.
    ///
    /// # Errors
    /// The program spins, polls by the clock or floods its output meanwhile.
    pub(super) fn sit_out(&mut self, what: &str) -> Result<(), Stop> {
        let unmet = |_: &mut World| Unmet {
            what: what.to_owned(),
            never: String::new(),
        };
        let mut pace = Pace::starting_with(PATIENCE);
        while self.is_within() {
            if self.world.turn(pace.pause())? {
                pace.quicken();
                self.heed_output()?;
            } else {
                let seen = self.observe(&unmet)?;
                pace.slacken(&seen);
            }
        }
        Ok(())
    }

    /// Whether the step is given more time, in its own words.
    fn is_within(&self) -> bool {
        self.within
            .is_some_and(|within| self.began.elapsed() < within)
    }

    /// Sees where the program goes after something was found to be wrong: a reset that a client has seen may be the first sign
    /// of a program that ends, and then its end is the explanation.
    pub(super) fn look_on(&mut self) {
        let verdict_at = Instant::now();
        while !self.world.frozen && verdict_at.elapsed() < AFTERMATH {
            let seen = self.judge.observe(&mut self.world);
            if !matches!(seen, Ok(Seen::Busy)) || self.world.turn(SETTLING).is_err() {
                break;
            }
        }
    }

    /// Gives up after a time in which nothing could be decided.
    ///
    /// # Errors
    /// The time is over.
    pub(super) fn give_up(&mut self, what: &str) -> Result<(), Stop> {
        self.give_up_in_time(&|_| Unmet {
            what: what.to_owned(),
            never: String::new(),
        })
    }

    fn give_up_in_time(&mut self, unmet: &dyn Fn(&mut World) -> Unmet) -> Result<(), Stop> {
        if self.began.elapsed() < UNDECIDED {
            return Ok(());
        }
        let what = unmet(&mut self.world).what;
        let message = format!(
            "{what} in {} s, and whether it ever will cannot be told",
            UNDECIDED.as_secs()
        );
        Err(Stop::Undecided(message))
    }

    /// What the program prints may show by itself that it runs wild.
    ///
    /// # Errors
    /// It prints without end, or closes a client again and again.
    fn heed_output(&self) -> Result<(), Stop> {
        self.nobody_is_closed_often(RUNS_WILD, "again and again")?;
        if self.world.printed <= FLOOD + 8 * self.world.handed_over() {
            return Ok(());
        }
        let message = format!(
            "the server floods its output: {} MiB so far",
            self.world.printed / (1024 * 1024)
        );
        Err(Stop::Red(Red::new(message).of_habit(Habit::Floods)))
    }
    /// A client is said to be closed once, and not so `many` times more; `how` that is, in words.
    ///
    /// # Errors
    /// One is.
    pub(super) fn nobody_is_closed_often(&self, many: usize, how: &str) -> Result<(), Stop> {
        let is_known = |address: &&str| {
            self.world
                .clients()
                .any(|it| it.own.to_string() == *address)
        };
        let mut closed = self.world.ledger.closed_too_often(many);
        let Some(address) = closed.find(is_known) else {
            return Ok(());
        };
        let line = self.world.with_names(&format!("closed {address}"));
        let message = format!("the server printed \"{line}\" {how}");
        Err(Stop::Red(Red::new(message).of_habit(Habit::ClosesTwice)))
    }
}
