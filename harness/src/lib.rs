//! Runs a lesson's program, plays scripted clients against it, and says what is wrong with it, and why.
//!
//! The data flows one way: a [`script`] is read from a file, [`run`] plays it against a [`program`] while it
//! [`look`]s at what the program is doing, the result is a [`verdict`], and [`report`] words it for people and machines.

// With the modules left out, this sentence is all that is said on another system.
#[cfg(not(unix))]
compile_error!(
    "sockets are taught here as Unix has them: use Linux, or WSL on Windows (`wsl --install`)"
);

#[cfg(unix)]
pub mod as_tests;
#[cfg(unix)]
pub mod bare;
#[cfg(unix)]
pub mod build;
#[cfg(unix)]
pub mod doctor;
#[cfg(unix)]
pub mod exercise;
#[cfg(unix)]
pub mod fd_setsize;
#[cfg(unix)]
pub mod habit;
#[cfg(unix)]
pub mod handout;
#[cfg(unix)]
pub mod lesson;
#[cfg(unix)]
pub mod library_tests;
#[cfg(unix)]
pub mod look;
#[cfg(unix)]
pub mod mounts;
#[cfg(unix)]
pub mod peers;
#[cfg(unix)]
pub mod pitfalls;
#[cfg(unix)]
pub mod program;
#[cfg(unix)]
pub mod prove;
#[cfg(unix)]
pub mod report;
#[cfg(unix)]
pub mod run;
#[cfg(unix)]
pub mod script;
#[cfg(unix)]
pub mod step;
#[cfg(unix)]
pub mod suite;
#[cfg(unix)]
pub mod task;
#[cfg(unix)]
pub mod trace;
#[cfg(unix)]
pub mod verdict;
#[cfg(unix)]
pub mod words;
