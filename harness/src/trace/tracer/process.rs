//! The memory and the descriptors of the program that is traced.

use super::super::log::Thing;
use crate::look::{named, socket_port};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What has to be known of a program to read its calls; a test has its own.
pub(super) trait Surroundings {
    /// Bytes of its memory, as many as are there.
    fn memory(&self, address: u64, length: usize) -> Vec<u8>;
    /// What this descriptor stands for.
    fn thing(&self, descriptor: i32) -> Thing;
    /// It stands for this from now on.
    fn is(&self, descriptor: i32, thing: Thing);
    /// The port that this socket is bound to.
    fn own_port(&self, descriptor: i32) -> Option<u16>;
    /// The port of its other end.
    fn other_port(&self, descriptor: i32) -> Option<u16>;
}

/// A process that is stopped whenever it is asked about.
pub(super) struct Process {
    pid: i32,
    memory: File,
    /// What its sockets stand for, by inode: a number is used again, an inode is not.
    sockets: RefCell<HashMap<u64, Thing>>,
    /// The same by number, as long as that stands for the same socket: a set of a thousand is read at every turn.
    numbers: RefCell<HashMap<i32, Thing>>,
}

impl Process {
    /// The process as it is now: after an exec it has another memory.
    ///
    /// # Errors
    /// There is no /proc, or no right to use it.
    pub(super) fn new(pid: i32) -> io::Result<Process> {
        Ok(Process {
            pid,
            memory: File::open(format!("/proc/{pid}/mem"))?,
            sockets: RefCell::default(),
            numbers: RefCell::default(),
        })
    }

    /// A call is entered after which a number may stand for something else.
    pub(super) fn forget(&self, number: i64, arguments: &[u64; 6]) {
        let mut numbers = self.numbers.borrow_mut();
        match number {
            libc::SYS_close => drop(numbers.remove(&(arguments[0] as i32))),
            libc::SYS_dup3 => drop(numbers.remove(&(arguments[1] as i32))),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_dup2 => drop(numbers.remove(&(arguments[1] as i32))),
            libc::SYS_close_range => numbers.clear(),
            _ => {}
        }
    }
}

impl Surroundings for Process {
    fn memory(&self, address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let read = self.memory.read_at(&mut bytes, address).unwrap_or(0);
        bytes.truncate(read);
        bytes
    }

    fn thing(&self, descriptor: i32) -> Thing {
        if let Some(known) = self.numbers.borrow().get(&descriptor) {
            return known.clone();
        }
        let Some(held) = named(self.pid, descriptor) else {
            return Thing::Closed(descriptor);
        };
        if let Some(inode) = held.socket {
            let known = self.sockets.borrow().get(&inode).cloned();
            return known.unwrap_or_else(|| Thing::Other("another socket".into()));
        }
        // Rust programs wait for a copy of their standard input: select and poll ask for an owner.
        let is_input =
            |target: &str| named(self.pid, 0).is_some_and(|input| input.target == target);
        match (descriptor, held.target.as_str()) {
            (_, "anon_inode:[eventpoll]") => Thing::Epoll,
            (0..=2, _) => Thing::Standard(descriptor as u8),
            (_, target) if is_input(target) => Thing::Standard(0),
            (_, target) => {
                let inside = |it: &'static str| target.strip_prefix(it)?.strip_suffix(']');
                Thing::Other(inside("anon_inode:[").unwrap_or(target).to_owned())
            }
        }
    }

    fn is(&self, descriptor: i32, thing: Thing) {
        if let Some(inode) = named(self.pid, descriptor).and_then(|held| held.socket) {
            self.sockets.borrow_mut().insert(inode, thing.clone());
            self.numbers.borrow_mut().insert(descriptor, thing);
        }
    }

    fn own_port(&self, descriptor: i32) -> Option<u16> {
        socket_port(self.pid, descriptor, false)
    }

    fn other_port(&self, descriptor: i32) -> Option<u16> {
        socket_port(self.pid, descriptor, true)
    }
}
