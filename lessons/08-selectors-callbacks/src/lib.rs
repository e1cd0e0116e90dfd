//! Selectors: one way to wait for many descriptors, whatever the system calls below.
//!
//! A [`Selector`] owns what is registered with it. Each source has a [`Key`]: the source itself,
//! its descriptor, the [`Events`] that it is watched for, and data that is yours. Data is what
//! gives an event its meaning; put a callback there, and the loop need not know any more:
//!
//! ```
//! use selectors::{Events, PollSelector, Selector, Token};
//! use std::io::{self, Read, Write};
//! use std::os::unix::net::UnixStream;
//!
//! type Callback = fn(&mut Server, Token, Events) -> io::Result<()>;
//!
//! struct Server {
//!     selector: Selector<UnixStream, Callback>,
//! }
//!
//! fn echo(server: &mut Server, token: Token, _: Events) -> io::Result<()> {
//!     let mut socket = &server.selector.get_key(token)?.source;
//!     let mut buffer = [0; 1024];
//!     match socket.read(&mut buffer)? {
//!         0 => drop(server.selector.unregister(token)?), // Dropping the source closes it.
//!         count => socket.write_all(&buffer[..count])?,
//!     }
//!     Ok(())
//! }
//!
//! let (ada, socket) = UnixStream::pair()?;
//! let mut server = Server { selector: Selector::new(PollSelector) };
//! server.selector.register(socket, Events::READ, echo)?;
//! drop(ada);
//!
//! while !server.selector.get_map().is_empty() {
//!     for (token, events) in server.selector.select(None)? {
//!         // An earlier callback of this turn may have unregistered it.
//!         if let Ok(key) = server.selector.get_key(token) {
//!             (key.data)(&mut server, token, events)?;
//!         }
//!     }
//! }
//! # io::Result::Ok(())
//! ```
//!
//! # Tokens
//!
//! A descriptor is a number, and the kernel gives it out again as soon as it is free: who closes 7
//! and accepts a client has a new 7, perhaps in the middle of a turn whose events speak of the old
//! one. So a key is named by a [`Token`], its descriptor *and* the generation of its registration.
//! A token whose key is gone names nothing, for ever; it never names the key that came after.
//!
//! # Which calls wait
//!
//! [`SelectSelector`], [`PollSelector`] and [`DefaultSelector`] know the system calls, and nothing
//! else. Each is a [`Backend`]; so can be what you write.

mod backend;
mod default;
mod events;
mod poll;
mod select;
mod selector;

pub use backend::{Backend, Watched};
pub use default::DefaultSelector;
pub use events::Events;
pub use poll::PollSelector;
pub use select::SelectSelector;
pub use selector::{Key, Selector, Token};
