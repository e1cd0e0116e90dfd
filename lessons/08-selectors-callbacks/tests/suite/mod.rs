//! What every selector must do: after CPython's `test_selectors.py`, as far as Rust leaves it to be
//! asked, and the tests of the crates `polling` and `mio`.

use selectors::{Backend, Selector};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

pub(crate) mod callbacks;
pub(crate) mod keys;
pub(crate) mod waiting;

/// A selector of sockets, each with a name.
pub(crate) type Named = Selector<UnixStream, &'static str>;

/// Only a look, without waiting.
pub(crate) const LOOK: Option<Duration> = Some(Duration::ZERO);

/// Two connected sockets that do not block.
pub(crate) fn pair() -> (UnixStream, UnixStream) {
    let (one, other) = UnixStream::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    other.set_nonblocking(true).unwrap();
    (one, other)
}

/// Which sources are ready, by name, in the order of the names.
pub(crate) fn ready(selector: &mut Named, timeout: Option<Duration>) -> Vec<&'static str> {
    let ready = selector.select(timeout).unwrap();
    let name = |(token, _)| selector.get_key(token).unwrap().data;
    let mut names: Vec<_> = ready.into_iter().map(name).collect();
    names.sort_unstable();
    names
}

pub(crate) fn send(mut socket: &UnixStream, bytes: &[u8]) {
    socket.write_all(bytes).unwrap();
}

/// What one recv brings.
pub(crate) fn receive(mut socket: &UnixStream) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let count = socket.read(&mut buffer).unwrap();
    buffer[..count].to_vec()
}

/// A selector that waits as `new` says.
pub(crate) fn named<B: Backend + 'static>(new: impl Fn() -> B) -> Named {
    Selector::new(new())
}

/// The tests of one selector, in a module of that name; the expression makes one.
macro_rules! suite {
    ($name:ident, $new:expr) => {
        mod $name {
            use super::*;
            suite!(@ $new =>
                keys::a_registered_source_has_a_key
                keys::a_descriptor_is_registered_only_once
                keys::a_source_that_is_not_registered_is_closed
                keys::unregister_gives_the_source_and_its_data_back
                keys::what_is_not_registered_is_not_found
                keys::a_token_does_not_name_the_next_key_of_its_descriptor
                keys::modify_changes_events_and_data
                keys::new_data_leaves_the_events_alone
                keys::the_map_has_every_key_by_its_descriptor
                keys::to_drop_a_selector_closes_what_it_watches
                waiting::only_who_is_ready_is_told
                waiting::each_of_many_is_told_apart
                waiting::only_what_was_asked_for_is_told
                waiting::both_events_come_as_one_entry
                waiting::ready_is_told_until_it_is_drained
                waiting::what_was_ready_last_time_is_not_told_again
                waiting::a_new_interest_holds_from_the_next_wait_on
                waiting::what_was_unregistered_is_told_no_more
                waiting::the_end_of_a_stream_is_ready_to_read
                waiting::the_end_of_a_pipe_is_ready_to_read
                waiting::a_broken_source_is_ready_for_what_was_asked
                waiting::a_reset_is_ready_to_read
                waiting::a_look_does_not_wait
                waiting::a_timeout_never_ends_early
                waiting::a_timeout_is_kept_when_nothing_is_registered
                waiting::whoever_is_ready_ends_the_wait
                waiting::a_timeout_can_be_longer_than_any_clock
                callbacks::a_callback_can_unregister_another_that_is_ready
                callbacks::a_callback_can_unregister_itself
                callbacks::a_callback_can_change_its_own_key
                callbacks::a_callback_can_register_another
                callbacks::a_number_that_is_used_again_in_the_same_turn_is_somebody_else
            );
        }
    };
    (@ $new:expr => $($group:ident :: $case:ident)*) => {
        $(#[test] fn $case() { crate::suite::$group::$case($new); })*
    };
}
