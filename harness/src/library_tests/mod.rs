//! Tests that judge a task's library, beside the scripts, which judge its program.
//!
//! A lesson's library has a suite in `tests/suite/`: its `mod.rs` has a macro that lists each case as `group::case`, a function
//! of `tests/suite/group.rs`. A task whose `task.toml` says `tests = "epoll"` has a file `tests/epoll.rs`, which asks the suite
//! about what is to be made, and may have tests of its own. To everything that plays, proves and reports, each of
//! them is a [`Script`] without steps; [`play()`] runs it.

mod play;
mod told;

pub(crate) use play::play;

use crate::exercise::functions_in;
use crate::lesson::Lesson;
use crate::prove::apply::Sources;
use crate::script::Script;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the suite is, below the lesson's folder, and below a package that is judged by it.
const SUITE: &str = "tests/suite";

/// The name that the test program of a package is built under.
pub(crate) fn program_of(package: &str) -> String {
    format!("{package}--tests")
}

/// What the Cargo.toml of `package` says of the tests that judge the library of `lesson`; `None` if there are none.
pub(crate) fn target_of(lesson: &Lesson, package: &str) -> Option<(String, String)> {
    Some((
        program_of(package),
        format!("tests/{}.rs", main_of(lesson)?),
    ))
}

/// Whether there are tests that judge the library of `lesson`.
pub fn judge(lesson: &Lesson) -> bool {
    main_of(lesson).is_some()
}

fn main_of(lesson: &Lesson) -> Option<&str> {
    lesson.task.as_ref()?.about.tests.as_deref()
}

/// The files of the tests, as they stand in a package that is judged by them; none, if there are none.
///
/// # Errors
/// One of them cannot be read.
pub(crate) fn files(lesson: &Lesson) -> Result<Sources> {
    let Some(name) = main_of(lesson) else {
        return Ok(Sources::new());
    };
    let main = PathBuf::from(format!("tests/{name}.rs"));
    let mut files = Sources::from([(main.clone(), read(lesson, &lesson.folder.join(&main))?)]);
    let suite = lesson.package_folder().join(SUITE);
    let folder = lesson.root.join(&suite);
    let cannot_read = || format!("cannot read {}", suite.display());
    for entry in fs::read_dir(&folder).with_context(cannot_read)? {
        let name = entry?.file_name();
        let text = read(lesson, &suite.join(&name))?;
        files.insert(Path::new(SUITE).join(name), text);
    }
    Ok(files)
}

fn read(lesson: &Lesson, file: &Path) -> Result<String> {
    fs::read_to_string(lesson.root.join(file))
        .with_context(|| format!("cannot read {}", file.display()))
}

/// The tests that judge the library of `lesson`, the suite's in its order, then the task's own.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn all(lesson: &Lesson) -> Result<Vec<Script>> {
    let Some(main) = main_of(lesson) else {
        return Ok(Vec::new());
    };
    let suite = lesson.package_folder().join(SUITE);
    let mut tests = Vec::new();
    for (group, case) in cases(&read(lesson, &suite.join("mod.rs"))?) {
        let path = suite.join(format!("{group}.rs"));
        let source = read(lesson, &path)?;
        // The suite's macro puts its cases into a module, which is called as the file is that asks it.
        tests.push(test(lesson, &case, path, source, format!("{main}::{case}")));
    }
    let path = lesson.folder.join(format!("tests/{main}.rs"));
    let source = read(lesson, &path)?;
    for case in own(&source) {
        tests.push(test(
            lesson,
            &case,
            path.clone(),
            source.clone(),
            case.clone(),
        ));
    }
    Ok(tests)
}

/// The lines `group::case` of the suite's macro.
fn cases(source: &str) -> Vec<(String, String)> {
    let is_name = |word: &str| {
        let mut letters = word.chars();
        !word.is_empty() && letters.all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let lines = source
        .lines()
        .filter_map(|line| line.trim().split_once("::"));
    lines
        .filter(|(group, case)| is_name(group) && is_name(case))
        .map(|(group, case)| (group.to_owned(), case.to_owned()))
        .collect()
}

/// The functions that are tests.
fn own(source: &str) -> Vec<String> {
    let all = functions_in(source).into_iter();
    all.filter(|(start, _)| source[..*start].trim_end().ends_with("#[test]"))
        .map(|(_, name)| name)
        .collect()
}

fn test(lesson: &Lesson, name: &str, path: PathBuf, source: String, call: String) -> Script {
    let hints = lesson.task.as_ref();
    let hints = hints.and_then(|task| task.about.hints.get(name).cloned());
    Script {
        name: name.to_owned(),
        path,
        source,
        title: name.replace('_', " "),
        why: String::new(),
        hints: hints.unwrap_or_default(),
        guards: None,
        only: Vec::new(),
        variant: None,
        test: Some(call),
        steps: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cases_of_a_suite_are_those_that_its_macro_lists() {
        let source = "use std::io::{Read};\nmacro_rules! suite {\n    keys::one\n    waiting::the_other\n    crate::suite::$group::$case($new);\n}\n";
        let named = |group: &str, case: &str| (group.to_owned(), case.to_owned());
        assert_eq!(
            cases(source),
            [named("keys", "one"), named("waiting", "the_other")]
        );
    }

    #[test]
    fn a_tasks_own_tests_are_found_by_their_attribute() {
        let source =
            "fn helper() {}\n\n#[test]\nfn one() {}\n\n#[test]\nfn other() { fn inside() {} }\n";
        assert_eq!(own(source), ["one", "other"]);
    }
}
