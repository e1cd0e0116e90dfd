//! Starts the program and waits until it is ready for its first client.

use super::ended::ended;
use super::peer;
use super::stage::{Expectation, Progress, Stage, Unmet};
use super::stand::family;
use super::stop::{Red, Stop};
use super::target::Target;
use super::world::World;
use crate::look::{Kind, Net};
use crate::program::{Input, Launch, Program, StartError, to_be_traced};
use crate::script::{Action, Script, ServerVerb};
use crate::trace::Entry;
use crate::words::count;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::ffi::OsString;
use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Once;

/// What the program is asked to listen on.
const ANY_PORT: &str = "127.0.0.1:0";
/// How a line begins that announces a listener.
pub(super) const ANNOUNCEMENT: &str = "listening on ";
/// Open files that a program is allowed unless a script says otherwise; what most systems give.
const OPEN_FILES: u64 = 1024;

/// Starts the program for a script.
///
/// # Errors
/// It cannot be started, or the harness cannot ask the kernel about its connections.
pub(super) fn start<'a>(script: &Script, target: &'a Target) -> Result<Stage<'a>, Stop> {
    raise_own_limit();
    let net = Net::if_there().map_err(std::io::Error::from)?;
    let peers = peer::all(script, net.as_ref())?;
    let mut command = target.command.clone();
    for step in &script.steps {
        if let Action::Server(ServerVerb::StartedWith(arguments)) = &step.action {
            command.extend(arguments.iter().map(|text| peer::argument(text, &peers)));
        }
    }
    command.extend(std::iter::repeat_n(
        OsString::from(ANY_PORT),
        target.addresses,
    ));
    let program =
        launch(&command, target, Input::Nothing).map_err(|err| Stop::Undecided(err.to_string()))?;
    let mut world = World::new(program, net);
    world.peers = peers;
    Stage::new(world, target)
}

/// Lets the harness itself open as many files as it may: a crowd of clients is a crowd of descriptors.
pub(super) fn raise_own_limit() {
    static RAISED: Once = Once::new();
    RAISED.call_once(|| {
        let hard = getrlimit(Resource::Nofile).maximum;
        let all = Rlimit {
            current: hard,
            maximum: hard,
        };
        // Where this is not granted, scripts that need more are skipped, in words.
        let _ = setrlimit(Resource::Nofile, all);
    });
}

/// Starts the target's program and ends it at once.
///
/// # Errors
/// It cannot be started: one sentence why, for a user.
pub fn try_to_start(target: &Target) -> Result<(), StartError> {
    launch(&target.command, target, Input::Nothing).map(drop)
}

/// Starts `command` as the target's program, with the limits that a program of a script has.
///
/// # Errors
/// It cannot be started.
pub(super) fn launch(
    command: &[OsString],
    target: &Target,
    input: Input<'_>,
) -> Result<Program, StartError> {
    let hard = getrlimit(Resource::Nofile).maximum;
    let command = match &target.trace {
        Some(_) => &to_be_traced(command),
        None => command,
    };
    let launch = Launch {
        command,
        directory: &target.directory,
        open_files: hard.map_or(OPEN_FILES, |hard| hard.min(OPEN_FILES)),
    };
    Program::start_with_input(&launch, input)
}

/// Waits until the program has announced its listeners and come to rest, and notes what it needs for that.
///
/// # Errors
/// It never will, or what it announced is not so.
pub(super) fn bring_to_rest(script: &Script, stage: &mut Stage<'_>) -> Result<(), Stop> {
    let wanted = stage.target.addresses;
    stage.expect(&mut Listening {
        wanted,
        may_exit: script.tells_the_end(),
    })?;
    if stage.world.exit.is_some() {
        return Ok(());
    }
    for address in stage.world.listeners.clone() {
        check_listener(&stage.world, address)?;
    }
    let ports = stage.world.listeners.iter().map(|address| address.port());
    stage.note(Entry::Listeners(ports.collect()));
    stage.judge.serving = true;
    let look = stage
        .settle("the server is not ready for its first client")
        .map_err(|stop| in_another_call(stage, stop))?;
    if let Some(exit) = stage.world.exit {
        let message = format!("the server {} before its first client", ended(exit));
        return match script.tells_the_end() {
            true => Ok(()),
            false => Err(Stop::Red(Red::new(message))),
        };
    }
    // Whoever was only there to start it, as the parts of a shell script are, is gone by now, and counts for nothing.
    stage.judge.most = (look.threads.len(), look.processes());
    stage.most_at_start = stage.judge.most;
    stage.at_rest = look;
    stage.held_at_start = stage.world.held();
    stage.children_at_start = stage.world.children_faults();
    Ok(())
}

/// A program that waits for readiness, only in another call than the lesson is about, may have no choice.
fn in_another_call(stage: &Stage<'_>, stop: Stop) -> Stop {
    let mut threads = stage.judge.last_look().threads.iter();
    let other = threads.find_map(|thread| match thread.call()?.kind {
        Kind::Wait(_) => {
            family(thread).filter(|call| stage.target.waits_in.as_deref() != Some(call))
        }
        _ => None,
    });
    match (stop, other, &stage.target.waits_in) {
        (Stop::Red(_), Some(other), Some(own)) => Stop::Red(
            Red::new(format!("the server waits in {other}, not in {own}")).with(
                "option",
                format!("where your language chooses the call for you, say --waits-in {other}"),
            ),
        ),
        (stop, ..) => stop,
    }
}

fn check_listener(world: &World, address: SocketAddrV4) -> Result<(), Stop> {
    if *address.ip() != Ipv4Addr::LOCALHOST {
        return Err(elsewhere(&address));
    }
    if address.port() == 0 {
        let message = "the server says that it listens on port 0";
        let cure = "0 asks for any free port; getsockname(2) tells which one the kernel chose";
        return Err(Stop::Red(Red::new(message).with("port", cure)));
    }
    match world.listener(address)? {
        Some(_) => Ok(()),
        None if !world.sees_connections() => Ok(()),
        None => Err(Stop::Red(Red::new(format!(
            "the server says that it listens on {address}, but nobody does"
        )))),
    }
}

/// The address that a program says it listens on.
fn address(text: &str) -> Result<SocketAddrV4, Stop> {
    match text.parse() {
        Ok(SocketAddr::V4(address)) => Ok(address),
        Ok(other) => Err(elsewhere(&other)),
        Err(_) => Err(Stop::Red(Red::new(format!(
            "the server printed \"{ANNOUNCEMENT}{text}\", which names no address like 127.0.0.1:8002"
        )))),
    }
}

fn elsewhere(address: &dyn Display) -> Stop {
    Stop::Red(Red::new(format!(
        "the server was asked to listen on 127.0.0.1, and says that it listens on {address}"
    )))
}

/// The program announces its listeners.
struct Listening {
    wanted: usize,
    may_exit: bool,
}

impl Expectation for Listening {
    fn attempt(&mut self, world: &mut World) -> Result<Progress, Stop> {
        let announced = world
            .lines
            .iter()
            .filter_map(|line| line.text.strip_prefix(ANNOUNCEMENT));
        let listeners: Result<Vec<_>, Stop> = announced.map(address).collect();
        world.listeners = listeners?;
        match world.exit {
            _ if world.listeners.len() >= self.wanted => Ok(Progress::Done),
            Some(_) if self.may_exit => Ok(Progress::Done),
            Some(exit) => Err(Stop::Red(Red::new(format!(
                "the server {} before it listened",
                ended(exit)
            )))),
            None => Ok(Progress::Waiting),
        }
    }

    fn unmet(&self, world: &mut World) -> Unmet {
        let heard = world.listeners.len();
        let what = match heard {
            0 => format!("the server never printed `{ANNOUNCEMENT}ADDRESS`"),
            _ => format!(
                "the server announced {heard} of {}",
                count(self.wanted, "listener", "listeners")
            ),
        };
        let never = if world.program.output().stdout().is_empty() {
            "it is asleep and has printed nothing"
        } else {
            "it is asleep"
        };
        Unmet {
            what,
            never: never.into(),
        }
    }
}
