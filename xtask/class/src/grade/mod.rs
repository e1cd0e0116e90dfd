//! `cargo xtask grade`: marks for a class.
//!
//! Each submission is [collected](collect) into a clean [package], [built](build) and [played](player) against, all of it
//! [confined](crate::confine). What came of it is [data](results), and that is told to people ([table], [feedback]) and to
//! machines ([results](results::Results), [marks], [gradescope]).

// What is done to submissions needs what only Linux has, to confine them and to look at their programs.
#[cfg(target_os = "linux")]
pub mod build;
#[cfg(target_os = "linux")]
pub mod command;
#[cfg(target_os = "linux")]
mod one;
#[cfg(target_os = "linux")]
pub mod player;
#[cfg(target_os = "linux")]
pub mod supervise;
#[cfg(target_os = "linux")]
pub mod toolchain;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod whole;

pub mod autograder;
pub mod collect;
pub mod feedback;
mod files;
pub mod gradescope;
pub mod marks;
pub mod package;
pub mod results;
pub mod roster;
pub mod submission;
pub mod table;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

#[cfg(target_os = "linux")]
pub use whole::{Asked, Plan, grade, write};

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A package: its files by their paths in it, `Cargo.toml` among them.
pub type Package = BTreeMap<PathBuf, Vec<u8>>;
