//! Which bugs and which right programs are asked for.

use super::{complain, script_names};
use crate::cli;
use crate::nearest;
use crate::select::Chosen;
use anyhow::{Result, bail};
use harness::lesson::Lesson;
use harness::prove::bug::Bug;
use harness::prove::header::PatchFile;
use harness::prove::right::Right;
use harness::prove::workspace::Variant;
use harness::script::ScriptError;
use std::path::Path;

/// What is asked for, each with its lesson, in the order of the lessons.
pub(super) struct Asked<'l> {
    pub(super) bugs: Vec<(&'l Lesson, Bug)>,
    pub(super) rights: Vec<(&'l Lesson, Right)>,
}

/// Files of one kind as they were read.
type Found<'l, T> = Vec<Result<(&'l Lesson, T), ScriptError>>;

impl<'l> Asked<'l> {
    /// The bugs and the right programs of the chosen lessons, or those of the names that `options` ask for. `None` if some are
    /// not written right, which is said.
    ///
    /// # Errors
    /// A file cannot be read, or nothing is called by a name.
    pub(super) fn of(options: &cli::Prove, chosen: &[Chosen<'l>]) -> Result<Option<Asked<'l>>> {
        let (mut bugs, mut rights): (Found<'l, Bug>, Found<'l, Right>) = (Vec::new(), Vec::new());
        for chosen in chosen {
            let (lesson, scripts) = (chosen.lesson, script_names(chosen));
            let all = Bug::all(lesson, &scripts)?.into_iter();
            bugs.extend(all.map(|bug| Ok((lesson, bug?))));
            if let Some(reference) = lesson.reference()? {
                rights.push(Ok((lesson, reference)));
            }
            let all = Right::all(lesson, &scripts)?.into_iter();
            rights.extend(all.map(|right| Ok((lesson, right?))));
        }
        match (&options.bug, &options.right) {
            (None, None) => {}
            (bug, right) => {
                let path = |bug: &Bug| bug.patch.path.clone();
                bugs = of_name(bugs, bug.as_deref(), "bug", |bug| path(bug))?;
                let path = |right: &Right| right.path.clone();
                rights = of_name(rights, right.as_deref(), "right program", |right| {
                    path(right)
                })?;
            }
        }
        let (bugs, rights) = (all_or_complain(bugs), all_or_complain(rights));
        Ok(bugs
            .zip(rights)
            .map(|(bugs, rights)| Asked { bugs, rights }))
    }

    /// All that are changes of a lesson's program.
    pub(super) fn patches(&self) -> Vec<(&'l Lesson, &PatchFile)> {
        let bugs = self.bugs.iter().map(|(lesson, bug)| (*lesson, &bug.patch));
        let rights = self.rights.iter();
        let rights = rights.filter_map(|(lesson, right)| Some((*lesson, right.patch()?)));
        rights.chain(bugs).collect()
    }

    /// The programs that these changes make of those of their lessons.
    ///
    /// # Errors
    /// The outer error: a lesson's source cannot be read. The inner ones: changes that do not fit it.
    pub(super) fn variants(&self) -> Result<Vec<Result<Variant<'_>, ScriptError>>> {
        let patches = self.patches().into_iter();
        let variant = |(lesson, patch): (&'l Lesson, _)| {
            Ok(Variant::new(lesson, patch, &lesson.base_of(patch)?))
        };
        patches.map(variant).collect()
    }
}

/// Those of `found` that are called `name`; none without a name. `what` they are is for the user.
///
/// # Errors
/// There is none of this name.
fn of_name<'l, T>(
    mut found: Found<'l, T>,
    name: Option<&str>,
    what: &str,
    path: impl Fn(&T) -> std::path::PathBuf,
) -> Result<Found<'l, T>> {
    let Some(name) = name else {
        return Ok(Vec::new());
    };
    let mut known = Vec::new();
    found.retain(|found| {
        let path = match found {
            Ok((_, found)) => path(found),
            Err(error) => error.path.clone(),
        };
        let stem = stem(&path);
        let is_asked_for = stem == name;
        known.push(stem);
        is_asked_for
    });
    if found.is_empty() {
        match nearest(name, known.iter().map(String::as_str)) {
            Some(nearest) => bail!("there is no {what} {name}; did you mean {nearest}?"),
            None => bail!("there is no {what} {name}; the lessons' folders have them all"),
        }
    }
    Ok(found)
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// All that is right; or says of everything that is not what is wrong with it.
pub(super) fn all_or_complain<T>(results: Vec<Result<T, ScriptError>>) -> Option<Vec<T>> {
    let errors = results.iter().filter_map(|result| result.as_ref().err());
    errors.for_each(complain);
    results.into_iter().collect::<Result<_, _>>().ok()
}
