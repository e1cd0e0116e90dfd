//! The files beside a lesson's scripts that begin with a header: patches of its program, and other programs.

use crate::lesson::Lesson;
use crate::script::ScriptError;
use anyhow::{Context, Result};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A unified diff of a lesson's `src/`, after a header that says what it is for.
#[derive(Debug, Clone)]
pub struct PatchFile {
    /// The file's name without `.patch`.
    pub name: String,
    /// The file, relative to the workspace's root.
    pub path: PathBuf,
    /// The file's whole text.
    pub source: String,
    /// Where in [`source`](Self::source) the unified diff begins.
    pub diff_at: usize,
}

impl PatchFile {
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

/// The files in the folder `name` of `lesson`, by name, each with its text; none if there is no such folder.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub(super) fn files(lesson: &Lesson, name: &str) -> Result<Vec<(PathBuf, String)>> {
    let folder = lesson.folder.join(name);
    if !lesson.root.join(&folder).is_dir() {
        return Ok(Vec::new());
    }
    let cannot_read = |path: &Path| format!("cannot read {}", path.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(lesson.root.join(&folder)).with_context(|| cannot_read(&folder))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            paths.push(folder.join(entry.file_name()));
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text =
            fs::read_to_string(lesson.root.join(&path)).with_context(|| cannot_read(&path))?;
        Ok((path, text))
    };
    paths.into_iter().map(read).collect()
}

/// A file that is being read.
pub(super) struct Reader<'a> {
    pub(super) path: &'a Path,
    pub(super) source: &'a str,
}

impl<'a> Reader<'a> {
    /// Something that is wrong at `span`.
    pub(super) fn error(&self, span: Range<usize>, message: String, help: &str) -> ScriptError {
        ScriptError {
            path: self.path.to_owned(),
            source: self.source.to_owned(),
            span,
            message,
            help: help.to_owned(),
        }
    }

    /// The name without its ending.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The patch that the file is.
    ///
    /// # Errors
    /// There is no diff.
    pub(super) fn patch(&self) -> Result<PatchFile, ScriptError> {
        let first = lines(self.source).find(|(_, line)| line.starts_with("--- "));
        let Some((span, _)) = first else {
            let end = self.source.trim_end().len();
            let help = "after the header comes a unified diff: `--- a/src/main.rs`, \
                        `+++ b/src/main.rs`, and hunks that begin with `@@`";
            return Err(self.error(end..end, "there is no diff".into(), help));
        };
        Ok(PatchFile {
            name: self.name(),
            path: self.path.to_owned(),
            source: self.source.to_owned(),
            diff_at: span.start,
        })
    }

    /// What a line `key: value` says; `help` is for one that is none.
    ///
    /// # Errors
    /// It has no colon, or nothing after it.
    pub(super) fn key_and_value<'l>(
        &self,
        span: &Range<usize>,
        line: &'l str,
        help: &str,
    ) -> Result<(&'l str, &'l str), ScriptError> {
        let Some((key, value)) = line.split_once(':') else {
            return Err(self.error(span.clone(), "this is no header line".into(), help));
        };
        let (key, value) = (key.trim(), value.trim());
        if value.is_empty() {
            return Err(self.error(span.clone(), format!("`{key}:` says nothing"), help));
        }
        Ok((key, value))
    }

    /// What a value `SCRIPT: WORDS` says of one of `scripts`. Where there are no words, `why` is the message, and
    /// `example` is what would be right.
    ///
    /// # Errors
    /// There is no such script, or there are no words.
    pub(super) fn of_script(
        &self,
        span: &Range<usize>,
        value: &str,
        scripts: &[&str],
        (why, example): (&str, &str),
    ) -> Result<(String, String), ScriptError> {
        let (script, words) = value.split_once(':').unwrap_or((value, ""));
        let (script, words) = (script.trim(), words.trim());
        if !scripts.contains(&script) {
            let message = format!("the lesson has no script {script}");
            let help = format!("its scripts are {}", scripts.join(", "));
            return Err(self.error(span.clone(), message, &help));
        }
        if words.is_empty() {
            let fill = |text: &str| text.replace("SCRIPT", script);
            return Err(self.error(span.clone(), fill(why), &fill(example)));
        }
        Ok((script.to_owned(), words.to_owned()))
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
