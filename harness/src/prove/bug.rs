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

use super::header::{PatchFile, Reader, files, lines};
use crate::lesson::Lesson;
use crate::script::ScriptError;
use anyhow::Result;
use std::ops::Range;
use std::path::Path;

/// What a patch must begin with; help for one that does not.
const HEADER: &str = "a patch begins with `why: …`, `pitfall: N` (or `none`) and at least one \
                      `caught by: SCRIPT: WORDS`; an empty line and `--- a/src/main.rs` follow";
/// What to say where nothing is said of the report of `SCRIPT`.
const WORDS: (&str, &str) = (
    "nothing says what SCRIPT must find",
    "say a few words that its report must contain: `caught by: SCRIPT: asleep in recv`",
);

/// A plausible mistake, as a change of a lesson's `src/`.
#[derive(Debug, Clone)]
pub struct Bug {
    /// The change.
    pub patch: PatchFile,
    /// What the author thinks, and what comes of it.
    pub why: String,
    /// The number of the pitfall that this is; `None` for a mistake that has none.
    pub pitfall: Option<u32>,
    /// Which scripts must fail, and what they must say; never empty.
    pub caught_by: Vec<Catch>,
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
        let is_patch = |path: &Path| path.extension().is_some_and(|ending| ending == "patch");
        let files = files(lesson, "bugs")?.into_iter();
        Ok(files
            .filter(|(path, _)| is_patch(path))
            .map(|(path, source)| Bug::parse(&path, &source, scripts))
            .collect())
    }

    /// Reads the text of the patch in `path`, in a lesson that has `scripts`.
    ///
    /// # Errors
    /// The first thing that is wrong with the header, or that there is no diff. The diff itself is read when it is
    /// [applied](super::apply::apply).
    pub fn parse(path: &Path, source: &str, scripts: &[&str]) -> Result<Bug, ScriptError> {
        let reader = Reader { path, source };
        let patch = reader.patch()?;
        let mut why = None;
        let mut pitfall = None;
        let mut caught_by = Vec::new();
        for (span, line) in lines(&source[..patch.diff_at]) {
            if line.trim().is_empty() {
                continue;
            }
            let (key, value) = reader.key_and_value(&span, line, HEADER)?;
            let twice = match key {
                "why" => why.replace(value.to_owned()).is_some(),
                "pitfall" => pitfall.replace(number(&reader, &span, value)?).is_some(),
                "caught by" => {
                    let (script, words) = reader.of_script(&span, value, scripts, WORDS)?;
                    caught_by.push(Catch { script, words });
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
        Ok(Bug {
            why: why.ok_or_else(|| missing("why"))?,
            pitfall: pitfall.ok_or_else(|| missing("pitfall"))?,
            caught_by,
            patch,
        })
    }

    /// What it is called: its file's name without the ending.
    pub fn name(&self) -> &str {
        &self.patch.name
    }
}

/// The number of a pitfall, or `none`.
fn number(
    reader: &Reader<'_>,
    span: &Range<usize>,
    value: &str,
) -> Result<Option<u32>, ScriptError> {
    match value.parse() {
        _ if value == "none" => Ok(None),
        Ok(number @ 1..) => Ok(Some(number)),
        _ => {
            let help = "a pitfall is called by its number: `pitfall: 31`; \
                        a mistake that is none of them has `pitfall: none`";
            Err(reader.error(span.clone(), format!("`{value}` is no pitfall"), help))
        }
    }
}

#[cfg(test)]
#[path = "bug_tests.rs"]
mod tests;
