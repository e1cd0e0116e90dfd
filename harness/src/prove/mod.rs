//! Proves that the scripts find what they are there to find, and nothing else: plays them against programs that are known
//! to be bad, and against others that are right but different.
//!
//! A [`bug`] is a patch of a lesson's program, and says which scripts must fail on it and what they must say. A program
//! that is [`right`] is a patch, or a [`whole`] program in another language; all scripts must pass. [`apply`]
//! makes the patched sources, [`workspace`] builds all of them in one go. [`proof`] judges what came of the scripts on a bug,
//! [`acquittal`] what came of them on a right program; [`table`], [`coverage`] and [`total`] tell it. [`mutants`] are changes that nobody chose. [`refresh`] carries patches over
//! when a lesson's source has moved.

pub mod acquittal;
pub mod apply;
pub mod bug;
pub mod coverage;
pub mod header;
pub(crate) mod manifest;
pub mod mutants;
pub mod proof;
pub mod refresh;
pub mod right;
pub mod table;
pub mod total;
pub mod whole;
pub mod workspace;
