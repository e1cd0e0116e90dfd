//! Finds out whether all is there that `cargo xtask` needs on this computer, and says what to type where it is not.
//!
//! It must work where things are broken: a check that cannot be made has found something, too.

mod files;
mod kernel;
mod tools;

use std::fmt;
use std::path::Path;

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub what: &'static str,
    /// What came of it.
    pub found: Found,
}

/// What there is, or what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// All is well; what there is.
    Well(String),
    /// Something is missing that one can do without.
    Optional {
        /// What is not there, and what it would be for.
        without: String,
        /// What to type.
        remedy: String,
    },
    /// Something is missing that must be there.
    Needed {
        /// What is not there.
        without: String,
        /// What to type.
        remedy: String,
    },
}

impl Check {
    /// Whether something is missing that must be there.
    pub fn is_needed(&self) -> bool {
        matches!(self.found, Found::Needed { .. })
    }

    fn well(what: &'static str, is: impl Into<String>) -> Check {
        let found = Found::Well(is.into());
        Check { what, found }
    }

    fn optional(
        what: &'static str,
        without: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Check {
        let (without, remedy) = (without.into(), remedy.into());
        let found = Found::Optional { without, remedy };
        Check { what, found }
    }

    fn needed(what: &'static str, without: impl Into<String>, remedy: impl Into<String>) -> Check {
        let (without, remedy) = (without.into(), remedy.into());
        let found = Found::Needed { without, remedy };
        Check { what, found }
    }
}

/// `ok       open files     1024, at most 4096`, and what to type on a line of its own.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let what = self.what;
        match &self.found {
            Found::Well(is) => write!(f, "ok       {what:14} {is}"),
            Found::Optional { without, remedy } => write!(
                f,
                "missing  {what:14} optional: {without}\n         {:14} {remedy}",
                ""
            ),
            Found::Needed { without, remedy } => {
                write!(
                    f,
                    "MISSING  {what:14} {without}\n         {:14} {remedy}",
                    ""
                )
            }
        }
    }
}

/// Makes all checks for the workspace at `root`, and tells of each as soon as it is made.
pub fn examine(root: &Path, mut tell: impl FnMut(Check)) {
    tools::check(&mut tell);
    kernel::check(&mut tell);
    files::check(root, &mut tell);
    files::check_exercises(root, &mut tell);
    tools::check_others(&mut tell);
}

/// The same for a workspace at `root` that was handed out: it has no exercises, and nothing that only the course needs.
pub fn examine_handout(root: &Path, mut tell: impl FnMut(Check)) {
    tools::check(&mut tell);
    kernel::check(&mut tell);
    files::check(root, &mut tell);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_type_has_a_line_of_its_own() {
        let check = Check::needed("linker", "there is no cc", "sudo apt install gcc");
        assert_eq!(
            check.to_string(),
            "MISSING  linker         there is no cc\n                        sudo apt install gcc"
        );
        assert!(check.is_needed());
        let check = Check::optional("nc", "it is a client", "sudo apt install nc");
        assert_eq!(
            check.to_string(),
            "missing  nc             optional: it is a client\n                        sudo apt install nc"
        );
        assert!(!check.is_needed());
        let check = Check::well("open files", "1024");
        assert_eq!(check.to_string(), "ok       open files     1024");
        assert!(!check.is_needed());
    }
}
