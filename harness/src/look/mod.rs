//! Looks at a program from outside: the crate `look`, and where in its source a program is.

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

pub use ::look::*;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub use code::{Stacks, entered, is_entering, returned};
pub use code::{may_be_stopped, own_calls, own_turns};
pub use code_line::CodeLine;
