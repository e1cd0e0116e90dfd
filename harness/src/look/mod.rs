//! Looks at a program from outside: what each of its threads is doing, which sockets it holds, and what the kernel
//! still has to do for its connections. Nothing here waits, and nothing here judges.

mod calls;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod code;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
#[path = "no_code.rs"]
mod code;
mod code_line;
mod files;
mod net;
mod proc;
mod threads;

pub(crate) use calls::by_number;
pub use calls::{Call, Kind, Timeout};
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub use code::{Stacks, entered, is_entering, returned};
pub use code::{may_be_stopped, own_calls, own_turns};
pub use code_line::CodeLine;
pub use files::{Held, descriptors, io_timeout, named, socket_port, timer_timeout};
pub use net::{End, Net, TcpState};
pub use proc::{children_faults, has_terminal, times_asleep};
pub use threads::{Doing, Look, Thread};
