//! Known-bad variants of a lesson's program: what `bugs/NAME.patch` says.
//!
//! ```text
//! why: The author takes 0 bytes for "nothing yet" and asks again.
//! pitfall: 31
//! caught by: half-close: it spins
//!
//! --- a/src/main.rs
//! +++ b/src/main.rs
//! @@ …
//! ```

use crate::lesson::Lesson;
use crate::script::ScriptError;
use anyhow::{Context, Result};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What a patch must begin with; help for one that does not.
const HEADER: &str = "a patch begins with `why: …`, `pitfall: N` (or `none`) and at least one \
                      `caught by: SCRIPT: WORDS`; an empty line and `--- a/src/main.rs` follow";

/// A plausible mistake, as a change of a lesson's `src/`.
#[derive(Debug, Clone)]
pub struct Bug {
    /// The file's name without `.patch`.
    pub name: String,
    /// The file, relative to the workspace's root.
    pub path: PathBuf,
    /// The file's whole text.
    pub source: String,
    /// What the author thinks, and what comes of it.
    pub why: String,
    /// The number of the pitfall that this is; `None` for a mistake that has none.
    pub pitfall: Option<u32>,
    /// Which scripts must fail, and what they must say; never empty.
    pub caught_by: Vec<Catch>,
    /// Where in [`source`](Self::source) the unified diff begins.
    pub diff_at: usize,
}

/// A script that must fail on a bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// The script's name.
    pub script: String,
    /// A few words that what it finds must contain.
    pub words: String,
}

impl Bug {
    /// The bugs of `lesson`, by name; none if it has no folder `bugs`. Whether the scripts that they name exist is
    /// compared with `scripts`.
    ///
    /// # Errors
    /// The outer error: the folder or a file in it cannot be read. The inner ones: patches that are not written right.
    pub fn all(lesson: &Lesson, scripts: &[&str]) -> Result<Vec<Result<Bug, ScriptError>>> {
        let folder = lesson.folder.join("bugs");
        if !lesson.root.join(&folder).is_dir() {
            return Ok(Vec::new());
        }
        let cannot_read = |path: &Path| format!("cannot read {}", path.display());
        let mut paths = Vec::new();
        for entry in
            fs::read_dir(lesson.root.join(&folder)).with_context(|| cannot_read(&folder))?
        {
            let path = folder.join(entry?.file_name());
            if path.extension().is_some_and(|ending| ending == "patch") {
                paths.push(path);
            }
        }
        paths.sort();
        paths
            .iter()
            .map(|path| {
                let source = fs::read_to_string(lesson.root.join(path))
                    .with_context(|| cannot_read(path))?;
                Ok(Bug::parse(path, &source, scripts))
            })
            .collect()
    }

    /// Reads the text of the patch in `path`, in a lesson that has `scripts`.
    ///
    /// # Errors
    /// The first thing that is wrong with the header, or that there is no diff. The diff itself is read when it is
    /// [applied](super::apply::apply).
    pub fn parse(path: &Path, source: &str, scripts: &[&str]) -> Result<Bug, ScriptError> {
        let reader = Reader { path, source };
        let diff_at = reader.diff_at()?;
        let mut why = None;
        let mut pitfall = None;
        let mut caught_by = Vec::new();
        for (span, line) in reader.header(diff_at) {
            let (key, value) = reader.key_and_value(&span, line)?;
            let twice = match key {
                "why" => why.replace(value.to_owned()).is_some(),
                "pitfall" => pitfall.replace(reader.pitfall(&span, value)?).is_some(),
                "caught by" => {
                    caught_by.push(reader.catch(&span, value, scripts)?);
                    false
                }
                _ => return Err(reader.error(span, format!("`{key}:` is unknown"), HEADER)),
            };
            if twice {
                return Err(reader.error(span, format!("a second `{key}:`"), HEADER));
            }
        }
        let missing = |key: &str| reader.error(0..0, format!("`{key}:` is missing"), HEADER);
        if caught_by.is_empty() {
            return Err(missing("caught by"));
        }
        let name = path.file_stem().unwrap_or_default();
        Ok(Bug {
            name: name.to_string_lossy().into_owned(),
            path: path.to_owned(),
            source: source.to_owned(),
            why: why.ok_or_else(|| missing("why"))?,
            pitfall: pitfall.ok_or_else(|| missing("pitfall"))?,
            caught_by,
            diff_at,
        })
    }

    /// The unified diff.
    pub fn diff(&self) -> &str {
        &self.source[self.diff_at..]
    }

    /// Something that is wrong with the patch at `span` of its text.
    pub(super) fn error(&self, span: Range<usize>, message: String, help: &str) -> ScriptError {
        let reader = Reader {
            path: &self.path,
            source: &self.source,
        };
        reader.error(span, message, help)
    }
}

/// A patch that is being read.
struct Reader<'a> {
    path: &'a Path,
    source: &'a str,
}

impl<'a> Reader<'a> {
    fn error(&self, span: Range<usize>, message: String, help: &str) -> ScriptError {
        ScriptError {
            path: self.path.to_owned(),
            source: self.source.to_owned(),
            span,
            message,
            help: help.to_owned(),
        }
    }

    fn diff_at(&self) -> Result<usize, ScriptError> {
        lines(self.source)
            .find(|(_, line)| line.starts_with("--- "))
            .map(|(span, _)| span.start)
            .ok_or_else(|| {
                let end = self.source.trim_end().len();
                let help = "after the header comes a unified diff: `--- a/src/main.rs`, \
                            `+++ b/src/main.rs`, and hunks that begin with `@@`";
                self.error(end..end, "there is no diff".into(), help)
            })
    }

    /// The header's lines that are not empty, with their places.
    fn header(&self, diff_at: usize) -> impl Iterator<Item = (Range<usize>, &'a str)> {
        lines(&self.source[..diff_at]).filter(|(_, line)| !line.trim().is_empty())
    }

    fn key_and_value(
        &self,
        span: &Range<usize>,
        line: &'a str,
    ) -> Result<(&'a str, &'a str), ScriptError> {
        let Some((key, value)) = line.split_once(':') else {
            return Err(self.error(span.clone(), "this is no header line".into(), HEADER));
        };
        let (key, value) = (key.trim(), value.trim());
        if value.is_empty() {
            return Err(self.error(span.clone(), format!("`{key}:` says nothing"), HEADER));
        }
        Ok((key, value))
    }

    fn pitfall(&self, span: &Range<usize>, value: &str) -> Result<Option<u32>, ScriptError> {
        match value.parse() {
            _ if value == "none" => Ok(None),
            Ok(number @ 1..) => Ok(Some(number)),
            _ => {
                let help = "a pitfall is called by its number: `pitfall: 31`; \
                            a mistake that is none of them has `pitfall: none`";
                Err(self.error(span.clone(), format!("`{value}` is no pitfall"), help))
            }
        }
    }

    fn catch(
        &self,
        span: &Range<usize>,
        value: &str,
        scripts: &[&str],
    ) -> Result<Catch, ScriptError> {
        let (script, words) = value.split_once(':').unwrap_or((value, ""));
        let (script, words) = (script.trim(), words.trim());
        if !scripts.contains(&script) {
            let message = format!("the lesson has no script {script}");
            let help = format!("its scripts are {}", scripts.join(", "));
            return Err(self.error(span.clone(), message, &help));
        }
        if words.is_empty() {
            let help = format!(
                "say a few words that its report must contain: `caught by: {script}: asleep in recv`"
            );
            let message = format!("nothing says what {script} must find");
            return Err(self.error(span.clone(), message, &help));
        }
        Ok(Catch {
            script: script.to_owned(),
            words: words.to_owned(),
        })
    }
}

/// The lines of `text` without their ends, each with its place.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.split_inclusive('\n').scan(0, |start, whole| {
        let line = whole.trim_end_matches(['\n', '\r']);
        let span = *start..*start + line.len();
        *start += whole.len();
        Some((span, line))
    })
}

#[cfg(test)]
#[path = "bug_tests.rs"]
mod tests;
