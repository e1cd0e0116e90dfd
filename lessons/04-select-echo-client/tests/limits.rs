//! A socket with a descriptor beyond FD_SETSIZE.

use anyhow::Result;
use harness::fd_setsize::is_refused_in_words;

#[test]
fn a_socket_that_select_has_no_room_for_is_refused_in_words() -> Result<()> {
    is_refused_in_words(env!("CARGO_BIN_EXE_select-echo-client"), |peer| {
        peer.to_string()
    })
}
