//! Tells what is typed, key by key.

use crate::Event;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, Read};
use std::sync::mpsc::Sender;
use std::thread;

const CTRL_C: u8 = 3;

/// What the terminal was like before, and is again when this is dropped.
pub(crate) struct Keys(Option<Termios>);

/// Tells of keys, each at once if there is a terminal.
pub(crate) fn listen(tell: Sender<Event>) -> Keys {
    let before = tcgetattr(io::stdin()).ok();
    if let Some(before) = &before {
        let mut single = before.clone();
        // No waiting for the end of a line, no showing of keys; and Ctrl-C is a key, so that the terminal is put back
        // after it.
        single.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        // If the terminal does not know that, keys are told with the next Enter.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &single);
    }
    thread::spawn(move || {
        let mut key = [0];
        // At the end of the input there are no keys, and files go on changing.
        while io::stdin().read(&mut key).is_ok_and(|count| count > 0) {
            let event = match key[0] {
                b'q' | CTRL_C => Event::Leave,
                b'\n' | b'\r' => Event::Again,
                _ => continue,
            };
            if tell.send(event).is_err() {
                return;
            }
        }
    });
    Keys(before)
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // There is nobody left to tell.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
