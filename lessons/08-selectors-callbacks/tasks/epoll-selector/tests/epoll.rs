//! The suite of every selector, asked about the one that is to be made; and what only this one promises.

#![allow(clippy::unwrap_used)]

use selectors::{Backend, EpollSelector, Events, Selector, Watched};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

#[macro_use]
mod suite;

suite!(epoll, || EpollSelector::new().unwrap());

#[test]
fn a_regular_file_is_refused_and_nothing_is_registered() {
    let mut selector = Selector::new(EpollSelector::new().unwrap());
    let file = File::open(env!("CARGO_MANIFEST_PATH")).unwrap();
    let error = selector.register(file, Events::READ, ()).unwrap_err();
    // A file never keeps anybody waiting; so epoll does not take it (epoll_ctl(2), EPERM).
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(selector.get_map().is_empty());
}

#[test]
fn many_that_are_ready_at_once_are_all_told() {
    let mut selector = Selector::new(EpollSelector::new().unwrap());
    let (one, _other) = suite::pair();
    for _ in 0..400 {
        let socket = one.try_clone().unwrap();
        selector.register(socket, Events::WRITE, ()).unwrap();
    }
    // One wait may bring only some of them.
    while !selector.get_map().is_empty() {
        let ready = selector.select(suite::LOOK).unwrap();
        assert!(!ready.is_empty(), "{} are left", selector.get_map().len());
        for (token, _) in ready {
            selector.unregister(token).unwrap();
        }
    }
}

#[test]
fn a_short_timeout_is_slept_and_not_spun() {
    let waits = Rc::new(Cell::new(0));
    let selector = EpollSelector::new().unwrap();
    let mut selector = Selector::new(Counted(selector, Rc::clone(&waits)));
    let (one, _other) = suite::pair();
    selector.register(one, Events::READ, ()).unwrap();
    // Cut to whole milliseconds, each would leave most of one, in which to look again and again.
    for _ in 0..20 {
        let timeout = Some(Duration::from_micros(1_900));
        assert!(selector.select(timeout).unwrap().is_empty());
    }
    let waits = waits.get();
    assert!(waits <= 60, "{waits} waits for 20 timeouts");
}

/// Counts how often it is waited.
struct Counted(EpollSelector, Rc<Cell<u32>>);

impl Backend for Counted {
    fn add(&mut self, source: Watched<'_>) -> io::Result<()> {
        self.0.add(source)
    }

    fn modify(&mut self, source: Watched<'_>) -> io::Result<()> {
        self.0.modify(source)
    }

    fn delete(&mut self, source: Watched<'_>) -> io::Result<()> {
        self.0.delete(source)
    }

    fn wait<'a>(
        &mut self,
        sources: &mut dyn Iterator<Item = Watched<'a>>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(RawFd, Events)>> {
        self.1.set(self.1.get() + 1);
        self.0.wait(sources, timeout)
    }
}

#[test]
fn what_the_process_starts_does_not_inherit_the_epoll_instance() {
    // The tests of one program may run side by side: this looks only at the one that is new.
    let before = epoll_instances();
    let _selector = EpollSelector::new().unwrap();
    let is_new = |(fd, _): &(PathBuf, u32)| before.iter().all(|(known, _)| known != fd);
    let new: Vec<_> = epoll_instances().into_iter().filter(is_new).collect();
    assert!(!new.is_empty());
    for (_, flags) in new {
        // proc_pid_fdinfo(5): O_CLOEXEC is in `flags`.
        assert_ne!(flags & 0o2_000_000, 0, "EPOLL_CLOEXEC is not set");
    }
}

/// This process's epoll instances, each with its flags.
fn epoll_instances() -> Vec<(PathBuf, u32)> {
    let mut all = Vec::new();
    for fd in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let path = fd.path();
        // A descriptor may be gone by now, as that of the folder is.
        if fs::read_link(&path).is_ok_and(|target| target.ends_with("anon_inode:[eventpoll]")) {
            let info = path.to_string_lossy().replace("/fd/", "/fdinfo/");
            let info = fs::read_to_string(info).unwrap_or_default();
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
            let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
            all.extend(flags.map(|flags| (path, flags)));
        }
    }
    all
}
