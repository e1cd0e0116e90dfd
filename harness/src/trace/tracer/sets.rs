//! Reads who is waited for, or ready: descriptor sets, pollfd arrays, epoll events.

use super::super::call::Sets;
use super::super::log::Thing;
use super::process::Surroundings;
use std::collections::BTreeMap;

const BITS: usize = 64;
const POLLFD: usize = 8;
/// `struct epoll_event` is packed on x86-64 only (epoll_event(3type)).
const EVENT: usize = if cfg!(target_arch = "x86_64") { 12 } else { 16 };
const DATA: usize = EVENT - 8;
/// What is told of whether it was asked for or not (epoll_ctl(2)).
const UNASKED: u32 = (libc::EPOLLHUP | libc::EPOLLERR) as u32;
/// An array that is longer than this is read no further.
const MOST: usize = 65_536;

/// A call's three sets of descriptors below `count` (select(2)).
pub(super) fn of_select(program: &impl Surroundings, arguments: &[u64; 6]) -> Sets<Thing> {
    let count = (arguments[0] as usize).min(MOST);
    let set = |address: u64| -> Vec<Thing> {
        if address == 0 {
            return Vec::new();
        }
        let bytes = program.memory(address, count.div_ceil(BITS) * BITS / 8);
        let is_in = |number: &usize| {
            let byte = bytes.get(number / 8);
            byte.is_some_and(|byte| byte & (1 << (number % 8)) != 0)
        };
        let numbers = (0..count).filter(is_in);
        numbers.map(|number| program.thing(number as i32)).collect()
    };
    Sets {
        read: set(arguments[1]),
        write: set(arguments[2]),
        exceptional: set(arguments[3]),
        ..Sets::default()
    }
}

/// What an array of `struct pollfd` asks for; or, where `answers`, what it was told (poll(2)).
pub(super) fn of_poll(
    program: &impl Surroundings,
    arguments: &[u64; 6],
    answers: bool,
) -> Sets<Thing> {
    let count = (arguments[1] as usize).min(MOST);
    let bytes = program.memory(arguments[0], count * POLLFD);
    let mut sets = Sets::default();
    for entry in bytes.chunks_exact(POLLFD) {
        let descriptor = i32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let at = if answers { 6 } else { 4 };
        let bits = u16::from_ne_bytes([entry[at], entry[at + 1]]);
        let bits = u32::from(bits) & if answers { u32::MAX } else { !UNASKED };
        if descriptor >= 0 && bits != 0 {
            add(&mut sets, bits, program.thing(descriptor));
        }
    }
    sets
}

/// Notes for what somebody is waited for, or ready. The bits of poll and epoll are the same (sys/epoll.h).
fn add(sets: &mut Sets<Thing>, bits: u32, thing: Thing) {
    let lists = [
        (libc::EPOLLIN, &mut sets.read),
        (libc::EPOLLOUT, &mut sets.write),
        (libc::EPOLLPRI, &mut sets.exceptional),
        (libc::EPOLLHUP, &mut sets.hang_up),
        (libc::EPOLLERR | i32::from(libc::POLLNVAL), &mut sets.error),
        (libc::EPOLLRDHUP, &mut sets.half_closed),
        (libc::EPOLLET, &mut sets.edge_triggered),
    ];
    for (bit, list) in lists {
        if bits & bit as u32 != 0 {
            list.push(thing.clone());
        }
    }
}

/// What is registered with each epoll.
#[derive(Debug, Default)]
pub(super) struct Registered(BTreeMap<(i32, i32), Registration>);

#[derive(Debug)]
struct Registration {
    bits: u32,
    data: u64,
    thing: Thing,
}

impl Registered {
    /// What an epoll_ctl registers, and the name of what it does.
    pub(super) fn asked(
        program: &impl Surroundings,
        arguments: &[u64; 6],
    ) -> (&'static str, Sets<Thing>) {
        let mut sets = Sets::default();
        let operation = match arguments[1] as i32 {
            libc::EPOLL_CTL_ADD => "EPOLL_CTL_ADD",
            libc::EPOLL_CTL_MOD => "EPOLL_CTL_MOD",
            _ => return ("EPOLL_CTL_DEL", sets),
        };
        let (bits, _) = event(&program.memory(arguments[3], EVENT));
        add(
            &mut sets,
            bits & !UNASKED,
            program.thing(arguments[2] as i32),
        );
        (operation, sets)
    }

    /// An epoll_ctl has succeeded.
    pub(super) fn change(&mut self, program: &impl Surroundings, arguments: &[u64; 6]) {
        let [epoll, operation, descriptor, address, ..] = *arguments;
        let key = (epoll as i32, descriptor as i32);
        if operation as i32 == libc::EPOLL_CTL_DEL {
            self.0.remove(&key);
            return;
        }
        let (bits, data) = event(&program.memory(address, EVENT));
        let thing = program.thing(descriptor as i32);
        self.0.insert(key, Registration { bits, data, thing });
    }

    /// A descriptor has been closed: the kernel takes it from every list (epoll(7)).
    pub(super) fn closed(&mut self, descriptor: i32) {
        self.0
            .retain(|key, _| key.0 != descriptor && key.1 != descriptor);
    }

    /// For whom an epoll waits.
    pub(super) fn interest(&self, epoll: i32) -> Sets<Thing> {
        let mut sets = Sets::default();
        for (_, it) in self.0.iter().filter(|(key, _)| key.0 == epoll) {
            add(&mut sets, it.bits & !UNASKED, it.thing.clone());
        }
        sets
    }

    /// The events that an epoll_wait has brought.
    pub(super) fn ready(
        &mut self,
        program: &impl Surroundings,
        arguments: &[u64; 6],
        count: usize,
    ) -> Sets<Thing> {
        let bytes = program.memory(arguments[1], count.min(MOST) * EVENT);
        let mut sets = Sets::default();
        for (bits, data) in bytes.chunks_exact(EVENT).map(event) {
            let epoll = arguments[0] as i32;
            let mut of_epoll = self.0.iter_mut().filter(|(key, _)| key.0 == epoll);
            let Some((_, it)) = of_epoll.find(|(_, it)| it.data == data) else {
                continue;
            };
            add(&mut sets, bits, it.thing.clone());
            if it.bits & libc::EPOLLONESHOT as u32 != 0 {
                it.bits = 0; // it is not told of again before it is asked for again
            }
        }
        sets
    }
}

/// The bits and the data of a `struct epoll_event`.
fn event(bytes: &[u8]) -> (u32, u64) {
    let bits = bytes.first_chunk().map_or(0, |it| u32::from_ne_bytes(*it));
    let data = bytes.get(DATA..).and_then(|it| it.first_chunk());
    (bits, data.map_or(0, |it| u64::from_ne_bytes(*it)))
}
