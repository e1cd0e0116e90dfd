//! Programs that do what a lesson asks in another way than the lesson's: what the files of `right/` say.
//!
//! A server that is right must never be called wrong, however it is made. `right/NAME.patch` changes the lesson's program:
//!
//! ```text
//! differs: It wakes up every second to look at a clock.
//!
//! --- a/src/main.rs
//! +++ b/src/main.rs
//! @@ …
//! ```
//!
//! `right/NAME.py` and `right/NAME.c` are whole programs, and say the same in comments at their beginning.

use super::header::{PatchFile, Reader, files, lines};
use crate::lesson::Lesson;
use crate::script::ScriptError;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// What a file must begin with; help for one that does not.
const HEADER: &str =
    "it begins with `differs: …`; `waits in: CALL` and `not played: SCRIPT: REASON` may follow";
/// What to say where no reason is given for leaving out `SCRIPT`.
const REASON: (&str, &str) = (
    "nothing says why SCRIPT is not played",
    "give the reason: `not played: SCRIPT: one byte a turn is too slow for 16 MiB`",
);

/// A right program that differs from its lesson's.
#[derive(Debug, Clone)]
pub struct Right {
    /// The file's name without its ending.
    pub name: String,
    /// The file, relative to the workspace's root.
    pub path: PathBuf,
    /// How it differs from the lesson's program.
    pub differs: String,
    /// The call in which it waits, if not the lesson's.
    pub waits_in: Option<String>,
    /// Scripts that are not played against it, with the reasons.
    pub not_played: Vec<(String, String)>,
    /// What it is made from.
    pub made: Made,
}

/// What a right program is made from.
#[derive(Debug, Clone)]
pub enum Made {
    /// A change of the lesson's program.
    Patch(PatchFile),
    /// A program of its own in this language.
    Whole(Language),
}

/// A language that whole programs are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Run by `python3`.
    Python,
    /// Compiled by `cc`.
    C,
}

impl Language {
    /// How a comment begins.
    fn comment(self) -> &'static str {
        match self {
            Language::Python => "#",
            Language::C => "//",
        }
    }
}

impl Right {
    /// The right programs of `lesson`, by name; none if it has no folder `right`. Whether the scripts that they name exist is
    /// compared with `scripts`.
    ///
    /// # Errors
    /// The outer error: the folder or a file in it cannot be read. The inner ones: files that are not written right.
    pub fn all(lesson: &Lesson, scripts: &[&str]) -> Result<Vec<Result<Right, ScriptError>>> {
        let files = files(lesson, "right")?.into_iter();
        Ok(files
            .map(|(path, source)| Right::parse(&path, &source, scripts))
            .collect())
    }

    /// Reads the text of the file in `path`, in a lesson that has `scripts`.
    ///
    /// # Errors
    /// The first thing that is wrong with the header, or that a patch has no diff.
    pub fn parse(path: &Path, source: &str, scripts: &[&str]) -> Result<Right, ScriptError> {
        let reader = Reader { path, source };
        let made = match path.extension().and_then(|ending| ending.to_str()) {
            Some("patch") => Made::Patch(reader.patch()?),
            Some("py") => Made::Whole(Language::Python),
            Some("c") => Made::Whole(Language::C),
            _ => {
                let help = "a right program is a NAME.patch, a NAME.py or a NAME.c";
                return Err(reader.error(0..0, "this is no program".into(), help));
            }
        };
        let mut right = Right {
            name: reader.name(),
            path: path.to_owned(),
            differs: String::new(),
            waits_in: None,
            not_played: Vec::new(),
            made,
        };
        right.read_header(&reader, scripts)?;
        if right.differs.is_empty() {
            return Err(reader.error(0..0, "`differs:` is missing".into(), HEADER));
        }
        Ok(right)
    }

    fn read_header(&mut self, reader: &Reader<'_>, scripts: &[&str]) -> Result<(), ScriptError> {
        let (end, comment) = match &self.made {
            Made::Patch(patch) => (patch.diff_at, ""),
            Made::Whole(language) => (reader.source.len(), language.comment()),
        };
        for (span, line) in lines(&reader.source[..end]) {
            let Some(line) = line.strip_prefix(comment) else {
                break; // the program itself
            };
            if line.trim().is_empty() {
                continue;
            }
            let (key, value) = reader.key_and_value(&span, line, HEADER)?;
            match key {
                "differs" => self.differs = value.to_owned(),
                "waits in" => self.waits_in = Some(value.to_owned()),
                "not played" => {
                    let reason = reader.of_script(&span, value, scripts, REASON)?;
                    self.not_played.push(reason);
                }
                _ => return Err(reader.error(span, format!("`{key}:` is unknown"), HEADER)),
            }
        }
        Ok(())
    }

    /// Whether `script` is played against it.
    pub fn is_played(&self, script: &str) -> bool {
        self.not_played.iter().all(|(name, _)| name != script)
    }

    /// The patch, if it is one.
    pub fn patch(&self) -> Option<&PatchFile> {
        match &self.made {
            Made::Patch(patch) => Some(patch),
            Made::Whole(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::script_error;

    fn parse(file: &str, source: &str) -> Result<Right, ScriptError> {
        Right::parse(&Path::new("right").join(file), source, &["hello", "bulk"])
    }

    fn complaint(file: &str, source: &str) -> String {
        script_error::plain(&parse(file, source).unwrap_err())
    }

    #[test]
    fn a_patch_says_how_it_differs() {
        let diff = "--- a/src/main.rs\n+++ b/src/main.rs\n";
        let right = parse("wakes.patch", &format!("differs: It wakes up.\n\n{diff}")).unwrap();
        assert_eq!((&*right.name, &*right.differs), ("wakes", "It wakes up."));
        assert_eq!(right.patch().unwrap().diff(), diff);
        assert!(right.is_played("hello"));
    }

    #[test]
    fn a_whole_program_says_it_in_comments() {
        let source = "// differs: It is C.\n// waits in: poll\n// not played: bulk: slow\n\n// no header: any more\n";
        let right = parse("in-c.c", source).unwrap();
        assert_eq!(right.differs, "It is C.");
        assert_eq!(right.waits_in.as_deref(), Some("poll"));
        assert_eq!(right.not_played, [("bulk".into(), "slow".into())]);
        assert!(!right.is_played("bulk"));
        let right = parse("in-python.py", "# differs: It is Python.\nimport sys\n").unwrap();
        assert!(matches!(right.made, Made::Whole(Language::Python)));
        assert!(right.patch().is_none());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (file, source, message) in [
            (
                "x.go",
                "// differs: x\n",
                "line 1, column 1: this is no program.",
            ),
            (
                "x.py",
                "import sys\n",
                "line 1, column 1: `differs:` is missing.",
            ),
            (
                "x.py",
                "# differs: x\n# why: y\n",
                "line 2, column 1: `why:` is unknown.",
            ),
            (
                "x.py",
                "# differs: x\n# not played: bulk\n",
                "line 2, column 1: nothing says why bulk is not played.",
            ),
            (
                "x.patch",
                "differs: x\n",
                "line 1, column 11: there is no diff.",
            ),
        ] {
            let said = complaint(file, source);
            assert!(said.contains(message), "{said}");
        }
    }
}
