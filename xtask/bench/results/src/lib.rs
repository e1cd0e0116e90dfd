//! What a benchmark has measured: the file that keeps it, and the tables and plots that show it.
//!
//! `cargo xtask bench` makes [`Results`] and prints their [`table`]s; the book reads the ones that were recorded and
//! shows the same tables and [`plot`]s. So what a page says is what was measured, and nobody types a figure.

pub mod plot;
pub mod ratio;
mod results;
mod scale;
mod statistics;
mod svg;
pub mod table;

pub use results::{Cell, Level, Machine, Results, Server, VERSION};
pub use statistics::{Quartiles, median};

/// Where the book's recorded results are, below the workspace's root.
pub const RECORDED: &str = "book/bench/results.json";
