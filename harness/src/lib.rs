//! Runs a lesson's program, plays scripted clients against it, and says what is wrong with it, and why.
//!
//! The data flows one way: a [`script`] is read from a file, [`run`] plays it against a [`program`] while it
//! [`look`]s at what the program is doing, the result is a [`verdict`], and [`report`] words it for people and machines.

pub mod as_tests;
pub mod build;
pub mod lesson;
pub mod look;
pub mod program;
pub mod report;
pub mod run;
pub mod script;
pub mod suite;
pub mod verdict;
pub mod words;
