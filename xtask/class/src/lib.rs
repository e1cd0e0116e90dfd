//! For a class: assignments, what students are handed, and how it is graded.
//!
//! An [`assignment`] is a folder of the instructor's own, with an `assignment.toml`.

// The harness says why there is nothing on another system.
#![cfg(unix)]

pub mod assignment;
mod cargo;
#[cfg(target_os = "linux")]
pub mod confine;
pub mod grade;
pub mod handout;
mod manifests;
pub mod prove;
pub mod script;
