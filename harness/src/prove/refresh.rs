//! Carries patches over when a lesson's source has moved.
//!
//! The version that a patch was made for is in git's history. What the patch changes there and what the lesson's author has
//! changed since are merged, as git itself would do it.

use super::apply::{Change, Sources, apply, changes};
use super::header::{PatchFile, Reader};
use crate::lesson::Lesson;
use crate::script::ScriptError;
use anyhow::{Context, Result, bail};
use diffy::{DiffOptions, Line, Patch, PatchFormatter};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What became of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// It fits as it is.
    Fits,
    /// This is the file's new text.
    Rewritten(String),
    /// It has to be written anew; why, in a sentence without a full stop.
    Lost(String),
}

/// Carries `file` over to `sources`, the lesson's as they are now. `versions` are those that there were before, the newest
/// first; they are asked for only if the patch does not fit any more.
///
/// # Errors
/// The diff is not written right.
pub fn carry(
    file: &PatchFile,
    sources: &Sources,
    versions: impl IntoIterator<Item = Sources>,
) -> Result<Carried, ScriptError> {
    let changed = changes(file)?;
    let files: Vec<&PathBuf> = changed.iter().map(|change| &change.path).collect();
    if let Ok(bad) = apply(file, sources) {
        // Hunks are found wherever they are, but a reader goes by their numbers.
        let fits =
            |change: &Change| change.is_new || is_in_place(&change.patch, &sources[&change.path]);
        return Ok(if changed.iter().all(fits) {
            Carried::Fits
        } else {
            Carried::Rewritten(rewrite(file, &files, sources, &bad))
        });
    }
    for version in versions {
        let Ok(bad) = apply(file, &version) else {
            continue;
        };
        return Ok(match merge(&files, &version, sources, &bad) {
            Ok(merged) if merged == *sources => {
                Carried::Lost("the lesson's program has this change now".into())
            }
            Ok(merged) => Carried::Rewritten(rewrite(file, &files, sources, &merged)),
            Err(why) => Carried::Lost(why),
        });
    }
    Ok(Carried::Lost(
        "no version in git's history has the lines that it changes".into(),
    ))
}

/// `ours` with what leads from `base` to `theirs`.
fn merge(
    files: &[&PathBuf],
    base: &Sources,
    ours: &Sources,
    theirs: &Sources,
) -> Result<Sources, String> {
    let mut merged = ours.clone();
    for &path in files {
        let (Some(base), Some(own)) = (base.get(path), merged.get_mut(path)) else {
            // The patch makes it; or it was there once.
            if base.contains_key(path) {
                return Err(format!("{} is no longer there", path.display()));
            }
            merged.insert(path.clone(), theirs[path].clone());
            continue;
        };
        *own = diffy::merge(base, own, &theirs[path])
            .map_err(|_| "the lines that it changes have changed themselves".to_owned())?;
    }
    Ok(merged)
}

/// Whether the lines that the hunks of `patch` begin with are where the hunks say.
fn is_in_place(patch: &Patch<'_, str>, text: &str) -> bool {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    patch.hunks().iter().all(|hunk| {
        let old = hunk.lines().iter().filter_map(|line| match line {
            Line::Context(text) | Line::Delete(text) => Some(text),
            Line::Insert(_) => None,
        });
        lines
            .get(hunk.old_range().start().saturating_sub(1)..)
            .is_some_and(|here| here.iter().take(hunk.old_range().len()).eq(old))
    })
}

/// The text of `file` with a diff from `good` to `bad`.
fn rewrite(file: &PatchFile, files: &[&PathBuf], good: &Sources, bad: &Sources) -> String {
    let mut text = file.source[..file.diff_at].to_owned();
    for &path in files {
        let (name, old) = match good.get(path) {
            Some(old) => (format!("a/{}", path.display()), old.as_str()),
            None => ("/dev/null".into(), ""),
        };
        let mut options = DiffOptions::new();
        options.set_original_filename(name);
        options.set_modified_filename(format!("b/{}", path.display()));
        let patch = options.create_patch(old, &bad[path]);
        // An empty line of the context is a space, as git writes it.
        let formatter = PatchFormatter::new().suppress_blank_empty(false);
        text.push_str(&formatter.fmt_patch(&patch).to_string());
    }
    text
}

/// The versions that git has of what `file` changes, the newest first: of the sources of `lesson`, with the reference solution
/// of that time if they are a task's. What git cannot tell is missing.
pub fn versions(lesson: &Lesson, file: &PatchFile) -> impl Iterator<Item = Sources> {
    let folder = lesson.root.join(lesson.package_folder());
    let reference = lesson.reference_under(file);
    let mut paths = vec!["src".to_owned()];
    paths.extend(reference.iter().map(|path| path.display().to_string()));
    let mut words = vec!["log", "--format=%H", "--"];
    words.extend(paths.iter().map(String::as_str));
    let commits = git(&folder, &words).unwrap_or_default();
    let commits: Vec<String> = commits.lines().map(str::to_owned).collect();
    let (own, _) = files(file);
    commits.into_iter().filter_map(move |commit| {
        let show = |path: &Path| {
            git(
                &folder,
                &["show", &format!("{commit}:./{}", path.display())],
            )
        };
        let sources = |paths: &BTreeSet<PathBuf>| {
            let texts = paths
                .iter()
                .map(|path| Some((path.clone(), show(path).ok()?)));
            texts.collect::<Option<Sources>>()
        };
        let Some(path) = &reference else {
            return sources(&own);
        };
        let source = &show(path).ok()?;
        let reference = Reader { path, source }.patch().ok()?;
        let (changed, made) = files(&reference);
        // Of what the reference solution makes, git has nothing else.
        let all = own.union(&changed).filter(|path| !made.contains(*path));
        apply(&reference, &sources(&all.cloned().collect())?).ok()
    })
}

/// The files that `file` changes, and those that it makes.
fn files(file: &PatchFile) -> (BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let changes = changes(file).unwrap_or_default();
    let (made, changed): (Vec<_>, Vec<_>) = changes.into_iter().partition(|it| it.is_new);
    let paths = |changes: Vec<Change>| changes.into_iter().map(|it| it.path).collect();
    (paths(changed), paths(made))
}

fn git(folder: &Path, words: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(words)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!(
            "git {}: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use std::fs;

    const HEADER: &str = "why: x\npitfall: none\ncaught by: hello: x\n\n";
    const SEVEN_IN_GERMAN: &str = "\
--- a/src/main.rs
+++ b/src/main.rs
@@ -4,7 +4,7 @@
 four
 five
 six
-seven
+sieben
 eight
 nine
 ten
";
    const NUMBERS: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";

    fn german() -> PatchFile {
        let path = Path::new("bugs/german.patch");
        let source = &format!("{HEADER}{SEVEN_IN_GERMAN}");
        Reader { path, source }.patch().unwrap()
    }

    fn sources(text: &str) -> Sources {
        Sources::from([("src/main.rs".into(), text.into())])
    }

    fn carried(now: &str, before: &[&str]) -> Carried {
        let before = before.iter().map(|text| sources(text));
        carry(&german(), &sources(now), before).unwrap()
    }

    #[test]
    fn a_patch_that_fits_is_left_alone() {
        assert_eq!(carried(NUMBERS, &[]), Carried::Fits);
    }

    #[test]
    fn a_patch_whose_lines_have_moved_gets_their_new_numbers() {
        let moved = SEVEN_IN_GERMAN.replace("@@ -4,7 +4,7 @@", "@@ -5,7 +5,7 @@");
        assert_eq!(
            carried(&format!("zero\n{NUMBERS}"), &[]),
            Carried::Rewritten(format!("{HEADER}{moved}"))
        );
    }

    #[test]
    fn a_patch_whose_context_has_changed_is_merged_with_the_version_that_it_was_made_for() {
        let now = NUMBERS.replace("four", "IV");
        let rewritten = SEVEN_IN_GERMAN.replace(" four", " IV");
        assert_eq!(
            carried(&now, &["nothing like it\n", NUMBERS, "older\n"]),
            Carried::Rewritten(format!("{HEADER}{rewritten}"))
        );
    }

    #[test]
    fn a_patch_whose_own_lines_have_changed_is_lost() {
        let lost = |why: &str| Carried::Lost(why.into());
        assert_eq!(
            carried(&NUMBERS.replace("seven", "VII"), &[NUMBERS]),
            lost("the lines that it changes have changed themselves")
        );
        assert_eq!(
            carried(&NUMBERS.replace("seven", "sieben"), &[NUMBERS]),
            lost("the lesson's program has this change now")
        );
        assert_eq!(
            carried(&NUMBERS.replace("seven", "VII"), &["older\n"]),
            lost("no version in git's history has the lines that it changes")
        );
    }

    #[test]
    fn a_change_of_a_task_goes_on_from_the_reference_solution_of_its_time() {
        let root = tempfile::tempdir().unwrap();
        let mut lesson = samples::lesson(1, "x");
        lesson.root = root.path().to_owned();
        let package = root.path().join(&lesson.folder);
        fs::create_dir_all(package.join("src")).unwrap();
        fs::create_dir_all(package.join("tasks/german")).unwrap();
        fs::write(package.join("src/main.rs"), NUMBERS).unwrap();
        let reference = SEVEN_IN_GERMAN.replace("+sieben", "+VII");
        let reference = format!("differs: x\n\n{reference}");
        fs::write(package.join("tasks/german/reference.patch"), reference).unwrap();
        let toml = "title = \"x\"\nidea = \"x\"\n";
        fs::write(package.join("tasks/german/task.toml"), toml).unwrap();
        commit(root.path());
        let task = lesson.find_task("german").unwrap();
        let bug = PatchFile {
            path: task.folder.join("bugs/german.patch"),
            ..german()
        };
        let found: Vec<Sources> = versions(&task, &bug).collect();
        assert_eq!(found, [sources(&NUMBERS.replace("seven", "VII"))]);
        assert_eq!(task.base_of(&bug).unwrap(), found[0]);
    }

    /// Makes a repository of `root`, if it is none, and keeps what there is.
    fn commit(root: &Path) {
        git(root, &["init", "--quiet"]).unwrap();
        git(root, &["add", "."]).unwrap();
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let commit = ["commit", "--quiet", "--message=x"];
        git(root, &[who.as_slice(), &commit].concat()).unwrap();
    }

    #[test]
    fn versions_come_from_git_the_newest_first() {
        let root = tempfile::tempdir().unwrap();
        let mut lesson = samples::lesson(1, "x");
        lesson.root = root.path().to_owned();
        let source = root.path().join(&lesson.folder).join("src");
        fs::create_dir_all(&source).unwrap();
        for text in ["old\n", "new\n"] {
            fs::write(source.join("main.rs"), text).unwrap();
            commit(root.path());
        }
        let found: Vec<Sources> = versions(&lesson, &german()).collect();
        assert_eq!(found, [sources("new\n"), sources("old\n")]);
    }
}
