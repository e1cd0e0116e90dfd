//! Applies a patch's diff to the sources of its lesson.

use super::header::{self, PatchFile};
use crate::lesson::Lesson;
use crate::script::ScriptError;
use anyhow::{Context, Result};
use diffy::Patch;
use diffy::patch_set::{FileOperation, ParseOptions, PatchSet};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a package's `src/` with their texts; their paths begin with `src`.
pub type Sources = BTreeMap<PathBuf, String>;

/// The sources of `lesson`, as they are on the disk; of a task those that it begins with.
///
/// # Errors
/// A file or folder cannot be read, or a file is no text.
pub fn sources(lesson: &Lesson) -> Result<Sources> {
    sources_in(&lesson.root.join(lesson.package_folder()))
}

/// The sources of the package in the folder `package`.
///
/// # Errors
/// As those of [`sources`].
pub(crate) fn sources_in(package: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    read(package, Path::new("src"), &mut sources)?;
    Ok(sources)
}

/// Adds the files of the folder `below` of `package`, and of all folders in it.
fn read(package: &Path, below: &Path, sources: &mut Sources) -> Result<()> {
    let folder = package.join(below);
    let cannot_read = |path: &Path| format!("cannot read {}", path.display());
    for entry in fs::read_dir(&folder).with_context(|| cannot_read(&folder))? {
        let path = below.join(entry?.file_name());
        let full = package.join(&path);
        if full.is_dir() {
            read(package, &path, sources)?;
        } else {
            let text = fs::read_to_string(&full).with_context(|| cannot_read(&full))?;
            sources.insert(path, text);
        }
    }
    Ok(())
}

/// The sources that `file` makes of those of its lesson.
///
/// # Errors
/// The diff is not written right, is about other files, changes nothing, or does not fit the sources: which line of
/// the patch it is, and what to do.
pub fn apply(file: &PatchFile, sources: &Sources) -> Result<Sources, ScriptError> {
    let mut changed = sources.clone();
    for Change {
        path,
        patch,
        is_new,
    } in changes(file)?
    {
        let old = changed.get(&path).map(String::as_str);
        let text = match (old, is_new) {
            (Some(text), false) => text,
            (None, true) => "",
            (old, _) => {
                let (is, help) = match old {
                    None => ("no", "a patch makes a new file from `--- /dev/null`"),
                    Some(_) => (
                        "its own",
                        "a patch changes a file from `--- a/` and its name",
                    ),
                };
                let message = format!("the lesson has {is} {}", path.display());
                return Err(file.error(heading(file, &path), message, help));
            }
        };
        let bad = diffy::apply(text, &patch)
            .map_err(|_| file.error(misfit(file, &path, &patch, text), MISFIT.into(), REFRESH))?;
        changed.insert(path, bad);
    }
    if changed == *sources {
        let message = "the diff changes nothing".into();
        return Err(file.error(file.diff_at..file.diff_at, message, "a patch is a change"));
    }
    Ok(changed)
}

const MISFIT: &str = "this hunk does not fit the lesson's source, which has changed";
const REFRESH: &str =
    "`cargo xtask prove --refresh` carries patches over where it can; else write this one anew";

/// What a patch does to one file.
pub(super) struct Change<'p> {
    /// Relative to the package: `src/main.rs`.
    pub(super) path: PathBuf,
    pub(super) patch: Patch<'p, str>,
    /// Whether there is no such file before.
    pub(super) is_new: bool,
}

/// The files that `file` changes or makes, with the changes.
///
/// # Errors
/// The diff is not written right, or would remove or rename files.
pub(super) fn changes(file: &PatchFile) -> Result<Vec<Change<'_>>, ScriptError> {
    let mut changes = Vec::new();
    for change in PatchSet::parse(file.diff(), ParseOptions::unidiff()) {
        let change = change.map_err(|error| {
            let help = "a unified diff is wanted, as `diff -u` and `git diff` write it";
            file.error(file.diff_at..file.diff_at, error.to_string(), help)
        })?;
        let is_source = |path: &str| Path::new(path).starts_with("src");
        let (path, is_new) = match change.operation().strip_prefix(1) {
            FileOperation::Modify { original, modified }
                if original == modified && is_source(&modified) =>
            {
                (PathBuf::from(modified.into_owned()), false)
            }
            FileOperation::Create(path) if is_source(&path) => {
                (PathBuf::from(path.into_owned()), true)
            }
            _ => {
                let message = "the diff does not change a file of src/".into();
                let help = "a patch changes or makes files of src/: `--- a/src/main.rs`, `+++ b/src/main.rs`";
                return Err(file.error(file.diff_at..file.diff_at, message, help));
            }
        };
        if let diffy::patch_set::PatchKind::Text(patch) = change.into_patch() {
            changes.push(Change {
                path,
                patch,
                is_new,
            });
        }
    }
    Ok(changes)
}

/// The place of the line `--- a/PATH`; where a file is made, of `+++ b/PATH`.
fn heading(file: &PatchFile, path: &Path) -> std::ops::Range<usize> {
    let headings = ["--- a", "+++ b"].map(|side| format!("{side}/{}", path.display()));
    let is_heading = |line: &str| {
        let name = line.split('\t').next();
        headings.iter().any(|it| name == Some(it))
    };
    header::lines(&file.source)
        .find(|(_, line)| is_heading(line))
        .map_or(file.diff_at..file.diff_at, |(span, _)| span)
}

/// The place of the first hunk of `patch` that does not fit `text`. Hunks are tried with those before them, as they
/// are applied.
fn misfit(
    file: &PatchFile,
    path: &Path,
    patch: &Patch<'_, str>,
    text: &str,
) -> std::ops::Range<usize> {
    let start = heading(file, path).start;
    let hunks = || {
        header::lines(&file.source)
            .filter(|(span, line)| span.start > start && line.starts_with("@@ "))
            .map(|(span, _)| span)
    };
    let fits = |count: usize| {
        // Cut before the hunk that follows, the diff of this file holds only the first `count`.
        let end = hunks()
            .nth(count)
            .map_or(file.source.len(), |span| span.start);
        Patch::from_str(&file.source[start..end])
            .is_ok_and(|first| diffy::apply(text, &first).is_ok())
    };
    (1..=patch.hunks().len())
        .find(|&count| !fits(count))
        .and_then(|count| hunks().nth(count - 1))
        .unwrap_or(start..start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::header::Reader;
    use crate::report::script_error;

    const DIFF: &str = "\
--- a/src/main.rs
+++ b/src/main.rs
@@ -1,3 +1,3 @@
 one
-two
+zwei
 three
@@ -6,3 +6,3 @@
 six
-seven
+sieben
 eight
--- a/src/lib.rs
+++ b/src/lib.rs
@@ -1 +1 @@
-lib
+Bücherei
";

    fn file(diff: &str) -> PatchFile {
        let source = format!("why: x\npitfall: none\ncaught by: hello: x\n\n{diff}");
        let path = Path::new("bugs/german.patch");
        let source = &source;
        Reader { path, source }.patch().unwrap()
    }

    fn numbers() -> Sources {
        let numbers = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
        Sources::from([
            ("src/main.rs".into(), numbers.into()),
            ("src/lib.rs".into(), "lib\n".into()),
            ("src/other.rs".into(), "other\n".into()),
        ])
    }

    fn complaint(diff: &str, sources: &Sources) -> String {
        script_error::plain(&apply(&file(diff), sources).unwrap_err())
    }

    #[test]
    fn every_file_that_the_diff_names_is_changed() {
        let bad = apply(&file(DIFF), &numbers()).unwrap();
        let numbers = "one\nzwei\nthree\nfour\nfive\nsix\nsieben\neight\n";
        assert_eq!(bad[Path::new("src/main.rs")], numbers);
        assert_eq!(bad[Path::new("src/lib.rs")], "Bücherei\n");
        assert_eq!(bad[Path::new("src/other.rs")], "other\n");
    }

    #[test]
    fn a_hunk_is_found_where_it_has_moved_to() {
        let mut sources = numbers();
        let text = sources.get_mut(Path::new("src/main.rs")).unwrap();
        text.insert_str(0, "minus one\nzero\n");
        let bad = apply(&file(DIFF), &sources).unwrap();
        assert!(bad[Path::new("src/main.rs")].starts_with("minus one\nzero\none\nzwei\n"));
    }

    #[test]
    fn the_hunk_that_does_not_fit_is_pointed_at() {
        let mut sources = numbers();
        let text = sources.get_mut(Path::new("src/main.rs")).unwrap();
        *text = text.replace("six", "VI");
        assert_eq!(
            complaint(DIFF, &sources),
            format!(
                "bugs/german.patch, line 12, column 1: {MISFIT}.\n\
                 The line is: @@ -6,3 +6,3 @@\n\
                 help: {REFRESH}."
            )
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_pointed_at() {
        let mut sources = numbers();
        sources.remove(Path::new("src/lib.rs"));
        let said = complaint(DIFF, &sources);
        assert!(
            said.starts_with("bugs/german.patch, line 17, column 1: the lesson has no src/lib.rs.")
        );
    }

    #[test]
    fn only_files_of_src_are_changed() {
        for (from, to) in [
            ("src/main.rs", "Cargo.toml"),
            ("b/src/main.rs", "/dev/null"),
        ] {
            let said = complaint(&DIFF.replace(from, to), &numbers());
            assert!(
                said.contains("line 5, column 1: the diff does not change a file of src/"),
                "{said}"
            );
        }
    }

    const NEW: &str = "--- /dev/null\n+++ b/src/new.rs\n@@ -0,0 +1,2 @@\n+neu\n+neuer\n";

    #[test]
    fn a_patch_may_make_a_file() {
        let sources = apply(&file(NEW), &numbers()).unwrap();
        assert_eq!(sources[Path::new("src/new.rs")], "neu\nneuer\n");
        assert_eq!(sources.len(), numbers().len() + 1);
    }

    #[test]
    fn a_file_that_is_there_is_not_made_anew() {
        let said = complaint(&NEW.replace("new.rs", "lib.rs"), &numbers());
        assert!(
            said.starts_with(
                "bugs/german.patch, line 6, column 1: the lesson has its own src/lib.rs."
            ),
            "{said}"
        );
    }

    #[test]
    fn a_diff_that_cannot_be_read_is_told_at_its_beginning() {
        let said = complaint(&DIFF.replace("@@ -1,3", "@@ -x,3"), &numbers());
        assert!(said.contains("bugs/german.patch, line 5"), "{said}");
    }

    #[test]
    fn a_diff_without_a_change_is_no_file() {
        let same = "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1 +1 @@\n lib\n";
        assert!(complaint(same, &numbers()).contains("the diff changes nothing"));
    }
}
