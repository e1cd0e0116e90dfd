//! The known-bad variants of the lessons: there are enough of them, and each can be made and names who catches it. Whether it is
//! caught takes its program: `cargo xtask prove`.

use harness::lesson::Lesson;
use harness::prove::apply::{apply, sources};
use harness::prove::bug::Bug;
use harness::report::script_error;
use harness::script::Script;
use std::path::Path;

/// The known-bad variants of a program that are the least to prove its scripts with.
const ENOUGH: usize = 5;

#[test]
fn every_lesson_has_five_bugs_that_apply_and_name_its_scripts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let lessons = Lesson::all(root).unwrap();
    assert!(!lessons.is_empty());
    for lesson in &lessons {
        let scripts: Vec<Script> = lesson.scripts().unwrap().into_iter().flatten().collect();
        let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        let bugs = Bug::all(lesson, &names).unwrap();
        assert!(
            bugs.len() >= ENOUGH,
            "{} has only {} of {ENOUGH} bugs",
            lesson.folder.display(),
            bugs.len()
        );
        let sources = sources(lesson).unwrap();
        for bug in bugs {
            let applied = bug.and_then(|bug| apply(&bug, &sources));
            if let Err(error) = applied {
                panic!("{}", script_error::human(&error, false));
            }
        }
    }
}
