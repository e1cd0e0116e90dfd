//! Reads a system call: what it asks for when it is entered, what came of it when it returns.

use super::super::call::{Call, Outcome};
use super::super::log::Thing;
use super::process::Surroundings;
use super::sets::{Registered, of_poll, of_select};
use super::shape::{self, Shape, is_of_interest};
use crate::look::{Kind, by_number};
use crate::script::escaped;
use nix::errno::Errno;

/// Bytes that are kept of what a call moves.
const KEPT: usize = 400;
/// Bytes of a `struct sockaddr_in` up to the end of the port.
const UP_TO_PORT: usize = 4;

/// A call that has been entered.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    shape: Shape,
    pub(super) number: i64,
    pub(super) arguments: [u64; 6],
    pub(super) call: Call<Thing>,
}

/// Reads what a call asks for; `None` if a trace does not tell of it.
pub(super) fn enter(
    program: &impl Surroundings,
    registered: &Registered,
    number: i64,
    arguments: [u64; 6],
) -> Option<Entered> {
    let (shape, name) = shape::of(number)?;
    let mut call = Call::named(name);
    let first = arguments[0] as i32;
    match shape {
        Shape::Select => call.interest = Some(of_select(program, &arguments)),
        Shape::Poll => call.interest = Some(of_poll(program, &arguments, false)),
        Shape::EpollWait => call.interest = Some(registered.interest(first)),
        Shape::EpollCreate | Shape::Sleep => {}
        Shape::EpollControl => {
            let (operation, interest) = Registered::asked(program, &arguments);
            call.on = Some(program.thing(arguments[2] as i32));
            call.flag = Some(operation.into());
            call.interest = Some(interest).filter(|it| !it.is_empty());
        }
        Shape::Socket => match first {
            libc::AF_INET | libc::AF_INET6 => call.flag = non_blocking(arguments[1] as i32),
            _ => return None,
        },
        _ => {
            let thing = program.thing(first);
            // Of one that is not open the program believes that it is a socket.
            if !is_of_interest(&thing) && (!matches!(thing, Thing::Closed(_)) || name == "close") {
                return None;
            }
            call.on = Some(thing);
            on_descriptor(program, shape, &arguments, &mut call)?;
        }
    }
    if let Kind::Wait(timeout) | Kind::Sleep(timeout) = by_number(number).kind {
        let words = |address| {
            let bytes = program.memory(address, 16);
            let word = |at: usize| Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
            Some([word(0)?, word(8)?])
        };
        let timeout = timeout.of(&arguments, words);
        call.timed = timeout.is_some();
        call.timeout_ms = timeout.and_then(|it| u64::try_from(it.as_millis()).ok());
    }
    Some(Entered {
        shape,
        number,
        arguments,
        call,
    })
}

/// What there is to say of a call whose first argument is a descriptor; `None` if it is not told of.
fn on_descriptor(
    program: &impl Surroundings,
    shape: Shape,
    arguments: &[u64; 6],
    call: &mut Call<Thing>,
) -> Option<()> {
    let [_, second, third, fourth, ..] = *arguments;
    match shape {
        Shape::Take(flags) => {
            call.asked = Some(third);
            call.flag = flags.then(|| message_flag(fourth as i32)).flatten();
        }
        Shape::Give(flags) => {
            call.asked = Some(third);
            call.flag = flags.then(|| message_flag(fourth as i32)).flatten();
            call.data = shown(program, second, third);
        }
        Shape::TakeMany | Shape::GiveMany => {
            let (bytes, first) = gathered(program, second, third as usize);
            call.asked = Some(bytes);
            if shape == Shape::GiveMany {
                call.data = first.and_then(|(address, length)| shown(program, address, length));
            }
        }
        Shape::Listen => call.asked = None,
        Shape::Accept => call.flag = non_blocking(fourth as i32),
        Shape::Connect => {
            let port = port_at(program, second)?;
            program.is(arguments[0] as i32, Thing::Connection(port));
            call.on = Some(Thing::Connection(port));
        }
        Shape::SetOption | Shape::GetOption => {
            let option = match (second as i32, third as i32, shape) {
                (libc::SOL_SOCKET, libc::SO_REUSEADDR, Shape::SetOption) => "SO_REUSEADDR",
                (libc::SOL_SOCKET, libc::SO_ERROR, Shape::GetOption) => "SO_ERROR",
                _ => return None,
            };
            call.flag = Some(option.into());
        }
        Shape::Control => {
            let sets = second as i32 == libc::F_SETFL && third as i32 & libc::O_NONBLOCK != 0;
            call.flag = Some(sets.then(|| "O_NONBLOCK".into())?);
        }
        Shape::DeviceControl => {
            let sets = second as libc::Ioctl == libc::FIONBIO
                && program.memory(third, 4).iter().any(|byte| *byte != 0);
            call.flag = Some(sets.then(|| "FIONBIO".into())?);
        }
        _ => {}
    }
    Some(())
}

/// Reads what came of a call; `None` if it was only interrupted, and goes on as soon as the program does (signal(7)).
pub(super) fn leave(
    program: &impl Surroundings,
    registered: &mut Registered,
    entered: Entered,
    returned: i64,
) -> Option<Call<Thing>> {
    let Entered {
        shape,
        arguments,
        mut call,
        ..
    } = entered;
    if let Ok(errno) = i32::try_from(-returned)
        && errno > 0
    {
        if (512..=516).contains(&errno) {
            return None; // ERESTARTSYS and its relatives (include/linux/errno.h)
        }
        call.result = Some(Outcome::Failed(format!("{:?}", Errno::from_raw(errno))));
        return Some(call);
    }
    let new = returned as i32;
    call.result = Some(match shape {
        Shape::Select | Shape::Poll | Shape::EpollWait if returned == 0 => Outcome::TimedOut,
        Shape::Select => Outcome::Ready(of_select(program, &arguments)),
        Shape::Poll => Outcome::Ready(of_poll(program, &arguments, true)),
        Shape::EpollWait => {
            Outcome::Ready(registered.ready(program, &arguments, returned as usize))
        }
        Shape::EpollControl => {
            registered.change(program, &arguments);
            Outcome::Done
        }
        Shape::Socket => {
            program.is(new, Thing::Socket);
            Outcome::New(Thing::Socket)
        }
        Shape::Accept => {
            let port = port_at(program, arguments[1]).or_else(|| program.other_port(new));
            let thing = port.map_or(Thing::Socket, Thing::Connection);
            program.is(new, thing.clone());
            Outcome::New(thing)
        }
        Shape::Listen => {
            let port = program.own_port(arguments[0] as i32);
            let thing = port.map_or(Thing::Socket, Thing::Listener);
            program.is(arguments[0] as i32, thing.clone());
            call.on = Some(thing);
            Outcome::Done
        }
        Shape::Take(_) | Shape::TakeMany if returned == 0 && call.asked != Some(0) => Outcome::End,
        Shape::Take(_) => {
            call.data = shown(program, arguments[1], returned.unsigned_abs());
            Outcome::Bytes(returned.unsigned_abs())
        }
        Shape::TakeMany | Shape::Give(_) | Shape::GiveMany => {
            Outcome::Bytes(returned.unsigned_abs())
        }
        Shape::GetOption => match program.memory(arguments[3], 4).first_chunk() {
            Some(&value) if value != [0; 4] => {
                let errno = Errno::from_raw(i32::from_ne_bytes(value));
                Outcome::Failed(format!("{errno:?}"))
            }
            _ => Outcome::Done,
        },
        Shape::Plain if call.name == "close" => {
            registered.closed(arguments[0] as i32);
            Outcome::Done
        }
        _ => Outcome::Done,
    });
    Some(call)
}

/// Bytes of the program's memory as they are shown; `None` if they are too many to be.
fn shown(program: &impl Surroundings, address: u64, length: u64) -> Option<String> {
    let length = usize::try_from(length).ok().filter(|it| *it <= KEPT)?;
    Some(escaped(&program.memory(address, length)))
}

/// How many bytes an array of `struct iovec` is about, and where the only one of them is that is not empty.
fn gathered(program: &impl Surroundings, address: u64, count: usize) -> (u64, Option<(u64, u64)>) {
    let bytes = program.memory(address, count.min(1024) * 16);
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |it| u64::from_ne_bytes(*it));
    let parts = bytes.chunks_exact(16).map(|it| (word(it), word(&it[8..])));
    let parts: Vec<(u64, u64)> = parts.filter(|(_, length)| *length > 0).collect();
    let only = (parts.len() == 1).then(|| parts[0]);
    (parts.iter().map(|(_, length)| length).sum(), only)
}

/// The port of a `struct sockaddr_in`, or of a `sockaddr_in6`, which has it in the same place.
fn port_at(program: &impl Surroundings, address: u64) -> Option<u16> {
    let bytes = Some(address).filter(|it| *it != 0);
    let bytes = program.memory(bytes?, UP_TO_PORT);
    let [_, _, high, low] = *bytes.first_chunk()?;
    Some(u16::from_be_bytes([high, low])).filter(|port| *port != 0)
}

fn non_blocking(flags: i32) -> Option<String> {
    (flags & libc::SOCK_NONBLOCK != 0).then(|| "SOCK_NONBLOCK".into())
}

fn message_flag(flags: i32) -> Option<String> {
    let known = [(libc::MSG_OOB, "MSG_OOB"), (libc::MSG_PEEK, "MSG_PEEK")];
    let set = known.iter().find(|(flag, _)| flags & flag != 0);
    set.map(|(_, name)| (*name).into())
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
