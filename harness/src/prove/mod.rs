//! Proves that the scripts find what they are there to find: plays them against programs that are known to be bad.
//!
//! A [`bug`] is a patch of a lesson's program, and says which scripts must fail on it and what they must say. [`apply`]
//! makes the bad program's sources, [`workspace`] builds all of them in one go, and [`proof`] judges what came of the
//! scripts, [`table`] tells it. [`refresh`] carries patches over when a lesson's source has moved.

pub mod apply;
pub mod bug;
mod manifest;
pub mod proof;
pub mod refresh;
pub mod table;
pub mod workspace;
