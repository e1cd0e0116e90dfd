//! Looks at a program from outside: what each of its threads is doing, which sockets it holds, and what the kernel
//! still has to do for its connections. Nothing here waits, and nothing here judges.
//!
//! A suite of scripts takes some ten thousand looks, and asks for some hundred thousand connections: a crate of its own, because
//! it is built with optimizations also where the harness is not.

mod calls;
mod files;
mod net;
mod proc;
mod threads;

pub use calls::{Call, Kind, Timeout, by_number};
pub use files::{Held, descriptors, holds_timer, io_timeout, named, socket_port, timer_timeout};
pub use net::{End, Net, TcpState};
pub use proc::{children_faults, has_terminal, times_asleep};
pub use threads::{Doing, Look, Thread};
