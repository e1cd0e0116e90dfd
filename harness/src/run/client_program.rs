//! A program that is a client: how it starts, what it prints, and what is asked of it without being written.
//!
//! It has no line that says when it is ready. It has *started* when it holds a socket, or has ended: from then on, idle work is held
//! against it, for an interpreter that is still loading has none. Then it is waited for until it rests. Threads and processes
//! that it has by then are its runtime's; a thread that it made to read for it sleeps in a read, which is the wrong call.
//!
//! After the last step, unasked: it was alone; whatever it has sent was received, and whatever it has printed was expected; and
//! unless the script tells how it ends, it sleeps in its own call, and ends by itself once its peers are gone.

use super::after::{alone, in_its_own_call, unread};
use super::client::Client;
use super::ended::ended;
use super::peer::{self, Peer};
use super::stage::{Expectation, Progress, Stage, Unmet};
use super::start::{launch, raise_own_limit};
use super::stop::{Red, Stop};
use super::target::Target;
use super::user::{User, bytes_of};
use super::world::World;
use crate::look::Net;
use crate::program::Exit;
use crate::script::{Action, Data, ProgramVerb, Script, Text, escaped};
use crate::trace::Entry;
use crate::words::amount;
use std::time::{Duration, Instant};

/// Bytes shown of what was printed.
const SHOWN: usize = 60;
/// What Rust's runtime exits with after a panic.
const PANIC: i32 = 101;

/// Has the peers listen, and starts the program with their addresses.
///
/// # Errors
/// It cannot be started, or the harness has trouble with the system.
pub(super) fn start<'a>(script: &Script, target: &'a Target) -> Result<Stage<'a>, Stop> {
    raise_own_limit();
    let net = Net::if_there().map_err(std::io::Error::from)?;
    let peers = peer::all(script, net.as_ref())?;
    let started = script.steps.iter().find_map(|step| match &step.action {
        Action::Program(ProgramVerb::Started { arguments, input }) => Some((arguments, input)),
        _ => None,
    });
    let Some((arguments, input)) = started else {
        return Err(Stop::Undecided("the script starts no client".into()));
    };
    let mut command = target.command.clone();
    command.extend(arguments.iter().map(|text| peer::argument(text, &peers)));
    let (user, end) = User::new(input)?;
    let began = Instant::now();
    let program =
        launch(&command, target, end.input()).map_err(|err| Stop::Undecided(err.to_string()))?;
    let mut world = World::new(program, net);
    world.program.output().keep_bytes();
    (world.peers, world.user) = (peers, Some(user));
    let mut stage = Stage::new(world, target)?;
    stage.began_at(began);
    Ok(stage)
}

/// Whether this was done before there was a stage; time is counted from the program's start, then.
pub(super) fn is_done_before(action: &Action) -> bool {
    match action {
        Action::Peer { verb, .. } => verb.is_before_the_program(),
        Action::Program(verb) => matches!(verb, ProgramVerb::Started { .. }),
        _ => false,
    }
}

/// Plays one step of the program.
///
/// # Errors
/// What it should have done, and never will.
pub(super) fn play(stage: &mut Stage<'_>, verb: &ProgramVerb) -> Result<(), Stop> {
    match verb {
        ProgramVerb::Started { .. } => bring_to_rest(stage),
        ProgramVerb::Prints(data) => {
            let wanted = match data {
                Data::Text(text) => render(&stage.world, text),
                Data::Repeated(text, times) => render(&stage.world, text).repeat(*times as usize),
                Data::Counters(_) => bytes_of(data, &mut stage.world.counters_printed),
            };
            stage.expect(&mut Prints { wanted, taken: 0 })
        }
        ProgramVerb::PrintsNothingMore => {
            stage.settle("that the client prints nothing more cannot be told")?;
            printed_nothing_else(stage)
        }
        ProgramVerb::Says(text) => {
            let wanted = render(&stage.world, text);
            stage.expect(&mut Says {
                wanted: String::from_utf8_lossy(&wanted).into_owned(),
            })
        }
    }
}

fn render(world: &World, text: &Text) -> Vec<u8> {
    let addresses = world.addresses();
    text.render(None, |name| addresses.get(name).cloned())
}

fn bring_to_rest(stage: &mut Stage<'_>) -> Result<(), Stop> {
    if stage.judge.can_look {
        stage.expect(&mut HasStarted)?;
    }
    stage.judge.serving = true;
    stage.settle("the client does not come to rest after its start")?;
    stage.most_at_start = stage.judge.most;
    stage.children_at_start = stage.world.children_faults();
    Ok(())
}

/// The program holds a socket, or has ended already.
struct HasStarted;

impl Expectation for HasStarted {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let started = world.exit.is_some() || world.held().0 > 0;
        Ok(if started {
            Progress::Done
        } else {
            Progress::Waiting
        })
    }

    fn unmet(&self, _: &mut World) -> Unmet {
        Unmet {
            what: "the client has no socket".into(),
            never: "it sleeps instead".into(),
        }
    }
}

/// The program prints exactly these bytes next.
struct Prints {
    wanted: Vec<u8>,
    taken: usize,
}

impl Expectation for Prints {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let left = &self.wanted[self.taken..];
        let fresh = &world.printed_bytes[..world.printed_bytes.len().min(left.len())];
        if !left.starts_with(fresh) {
            let same = fresh
                .iter()
                .zip(left)
                .take_while(|(got, wanted)| got == wanted);
            return Err(self.wrong_byte(&world.printed_bytes, same.count()));
        }
        self.taken += fresh.len();
        world.printed_bytes.drain(..fresh.len());
        Ok(if self.taken == self.wanted.len() {
            Progress::Done
        } else {
            Progress::Waiting
        })
    }

    fn unmet(&self, _: &mut World) -> Unmet {
        let wanted = self.shown_wanted();
        Unmet {
            what: match self.taken {
                0 => format!("the client did not print {wanted}"),
                taken => format!(
                    "the client printed only {} of {wanted}",
                    shown(&self.wanted[..taken])
                ),
            },
            never: "it will never print it (is stdout flushed?)".into(),
        }
    }
}

impl Prints {
    fn shown_wanted(&self) -> String {
        shown(&self.wanted)
    }

    fn wrong_byte(&self, printed: &[u8], at: usize) -> Stop {
        let got = [&self.wanted[..self.taken], printed].concat();
        let red = Red::new(format!(
            "the client printed something other than {}",
            self.shown_wanted()
        ));
        let from = (self.taken + at).saturating_sub(SHOWN / 2);
        let red = red
            .with("expected", shown(&self.wanted[from..]))
            .with("printed", shown(&got[from..]));
        let red = match from {
            0 => red,
            _ => red.with("place", format!("byte {}", self.taken + at)),
        };
        Stop::Red(red)
    }
}

/// Bytes between quotes, or the first of them and how many they are.
fn shown(bytes: &[u8]) -> String {
    match bytes.len() {
        length if length > SHOWN => format!(
            "\"{}…\" ({})",
            escaped(&bytes[..SHOWN]),
            amount(length as u64)
        ),
        _ => format!("\"{}\"", escaped(bytes)),
    }
}

/// These words stand in what the program has written to stderr.
struct Says {
    wanted: String,
}

impl Expectation for Says {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let said = world.program.output().stderr().contains(&self.wanted);
        Ok(if said {
            Progress::Done
        } else {
            Progress::Waiting
        })
    }

    fn unmet(&self, _: &mut World) -> Unmet {
        Unmet {
            what: format!(
                "the client did not say \"{}\" on stderr",
                escaped(self.wanted.as_bytes())
            ),
            never: "it will never say it".into(),
        }
    }
}

/// Asks what no script has to ask.
///
/// # Errors
/// What is wrong.
pub(super) fn check(script: &Script, stage: &mut Stage<'_>) -> Result<(), Stop> {
    stage.begin_unasked();
    let look = stage.settle("the client is not at rest after the last step")?;
    alone(stage)?;
    unread(stage)?;
    printed_nothing_else(stage)?;
    if script.tells_the_end() || stage.world.exit.is_some() {
        return stage.end(script.tells_the_end());
    }
    in_its_own_call(stage, &look, "after the last step")?;
    stage.note(Entry::Unasked);
    stage.world.clients_mut().for_each(Client::close);
    stage.world.peers.iter_mut().for_each(Peer::leave);
    stage.expect(&mut EndsByItself)
}

fn printed_nothing_else(stage: &mut Stage<'_>) -> Result<(), Stop> {
    // A program that has ended may have left something in the pipe.
    while stage.world.turn(Duration::ZERO)? {}
    if stage.world.printed_bytes.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the client also printed {}",
        shown(&stage.world.printed_bytes)
    );
    Err(Stop::Red(Red::new(message)))
}

/// The program ends, however, but not by a panic or a signal.
struct EndsByItself;

impl Expectation for EndsByItself {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        match world.exit {
            None => Ok(Progress::Waiting),
            Some(Exit::Status(status)) if status != PANIC => Ok(Progress::Done),
            Some(exit) => Err(Stop::Red(Red::new(format!(
                "the client {} when its peers had left",
                ended(exit)
            )))),
        }
    }

    fn unmet(&self, _: &mut World) -> Unmet {
        Unmet {
            what: "the client did not end although its peers have left".into(),
            never: "it goes on".into(),
        }
    }
}
