//! A place in a program's source.

use std::path::{Path, PathBuf};

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

impl CodeLine {
    /// The file as its author names it: from the folder of the package that it belongs to.
    pub fn file_in_package(&self) -> &Path {
        within_package(&self.file).unwrap_or(&self.file)
    }
}

/// The part of a path that follows the folder of the package it belongs to.
fn within_package(file: &Path) -> Option<&Path> {
    let mut folders = file.ancestors().skip(1);
    let package = folders.find(|folder| folder.join("Cargo.toml").is_file())?;
    file.strip_prefix(package).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_package_is_named_as_its_author_names_it() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/look/code_line.rs");
        assert_eq!(
            within_package(&here),
            Some(Path::new("src/look/code_line.rs"))
        );
        assert_eq!(within_package(Path::new("/server.c")), None);
    }
}
