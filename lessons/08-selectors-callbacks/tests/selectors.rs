//! Every selector passes the same suite. A new one is one line more.

#![allow(clippy::unwrap_used)]

use selectors::{DefaultSelector, Events, PollSelector, SelectSelector, Selector};
use std::fs::File;
use std::io;

#[macro_use]
mod suite;

suite!(select, || SelectSelector);
suite!(poll, || PollSelector);
suite!(default, || DefaultSelector::new().unwrap());

fn file() -> File {
    File::open(env!("CARGO_MANIFEST_PATH")).unwrap()
}

#[test]
fn to_select_and_poll_a_regular_file_is_always_ready() {
    for mut selector in [Selector::new(SelectSelector), Selector::new(PollSelector)] {
        let token = selector.register(file(), Events::BOTH, ()).unwrap();
        assert_eq!(
            selector.select(suite::LOOK).unwrap(),
            [(token, Events::BOTH)]
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn epoll_refuses_a_regular_file_and_nothing_is_registered() {
    let mut selector = Selector::new(DefaultSelector::new().unwrap());
    let error = selector.register(file(), Events::READ, ()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert!(selector.get_map().is_empty());
}

#[test]
fn events_are_joined_by_or() {
    assert_eq!(Events::READ | Events::WRITE, Events::BOTH);
    assert_eq!(Events::READ | Events::BOTH, Events::BOTH);
    assert_eq!(Events::WRITE | Events::WRITE, Events::WRITE);
}
