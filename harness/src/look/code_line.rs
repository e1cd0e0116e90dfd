//! A place in a program's source.

use std::path::PathBuf;

/// A line of a program's own source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLine {
    /// The file, as the compiler knew it, made absolute.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: u32,
    /// What stands there, without the white space around it; empty if the file cannot be read.
    pub text: String,
}
