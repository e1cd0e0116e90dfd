//! The known-bad variants of the lessons, and the right ones: there are enough of them, each can be made, and names scripts that
//! there are. Whether a bug is caught, and a right program left alone, takes the programs: `cargo xtask prove`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use harness::lesson::Lesson;
use harness::pitfalls::Pitfall;
use harness::prove::apply::{apply, sources};
use harness::prove::bug::Bug;
use harness::prove::right::Right;
use harness::report::script_error;
use harness::script::{Script, ScriptError};
use std::path::Path;

/// The known-bad variants of a program that are the least to prove its scripts with.
const ENOUGH: usize = 5;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn lessons() -> Vec<Lesson> {
    let lessons = Lesson::all(root()).unwrap();
    assert!(!lessons.is_empty());
    lessons
}

fn with_scripts<T>(lesson: &Lesson, read: impl Fn(&[&str]) -> T) -> T {
    let scripts: Vec<Script> = lesson.scripts().unwrap().into_iter().flatten().collect();
    let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    read(&names)
}

fn bugs(lesson: &Lesson) -> Vec<Bug> {
    let bugs = with_scripts(lesson, |names| Bug::all(lesson, names)).unwrap();
    bugs.into_iter().map(told).collect()
}

/// What was read right.
fn told<T>(read: Result<T, ScriptError>) -> T {
    read.unwrap_or_else(|error| panic!("{}", script_error::human(&error, false)))
}

#[test]
fn every_lesson_has_five_bugs_that_apply_and_name_its_scripts() {
    for lesson in &lessons() {
        let bugs = bugs(lesson);
        assert!(
            bugs.len() >= ENOUGH,
            "{} has only {} of {ENOUGH} bugs",
            lesson.folder.display(),
            bugs.len()
        );
        let sources = sources(lesson).unwrap();
        for bug in bugs {
            told(apply(&bug.patch, &sources));
        }
    }
}

#[test]
fn every_task_has_a_brief_scripts_with_hints_and_bugs_of_its_reference_solution() {
    let lessons = lessons();
    let tasks = lessons.iter().flat_map(|lesson| lesson.tasks().unwrap());
    let tasks: Vec<Lesson> = tasks.collect();
    assert!(!tasks.is_empty());
    for task in &tasks {
        let folder = task.folder.display();
        assert!(task.root.join(&task.folder).join("brief.md").is_file());
        let scripts: Vec<Script> = task.scripts().unwrap().into_iter().map(told).collect();
        let judges = |it: &&Script| it.test.is_some() || task.is_own(&it.path);
        let judges: Vec<&Script> = scripts.iter().filter(judges).collect();
        assert!(judges.len() >= ENOUGH, "{folder}: {}", judges.len());
        for script in judges {
            // What a test asserts is a hint already.
            let enough = script.test.is_some() || script.hints.len() >= 2;
            assert!(enough, "{folder}: {}", script.name);
        }
        for test in task.task.iter().flat_map(|task| task.about.hints.keys()) {
            assert!(
                scripts.iter().any(|it| it.name == *test),
                "{folder}: {test}"
            );
        }
        let reference = task.right_sources().unwrap();
        let bugs = bugs(task);
        assert!(bugs.len() >= ENOUGH, "{folder} has {} bugs", bugs.len());
        for bug in bugs {
            told(apply(&bug.patch, &reference));
        }
    }
}

#[test]
fn every_right_program_can_be_made_and_leaves_out_only_scripts_that_there_are() {
    for lesson in &lessons() {
        let sources = sources(lesson).unwrap();
        let all = with_scripts(lesson, |names| Right::all(lesson, names)).unwrap();
        for right in all.into_iter().map(told) {
            if let Some(patch) = right.patch() {
                told(apply(patch, &sources));
            }
        }
    }
}

#[test]
fn every_pitfall_of_a_lesson_is_a_bug_or_has_a_reason_and_never_both() {
    let pitfalls = Pitfall::all(root()).unwrap();
    for lesson in &lessons() {
        let folder = lesson.folder.display();
        let bugs = bugs(lesson);
        let known = |number: u32| pitfalls.iter().any(|pitfall| pitfall.number == number);
        for bug in &bugs {
            assert!(
                bug.pitfall.is_none_or(known),
                "{}: there is no such pitfall in lessons/pitfalls.toml",
                bug.patch.path.display()
            );
        }
        for number in lesson.about.not_applicable.keys() {
            assert!(
                number.parse().is_ok_and(known),
                "{folder}: [not_applicable] {number} is no pitfall of lessons/pitfalls.toml"
            );
        }
        for pitfall in &pitfalls {
            let (number, name) = (pitfall.number, &pitfall.name);
            let is_a_bug = bugs.iter().any(|bug| bug.pitfall == Some(number));
            let has_a_reason = pitfall.not_applicable(lesson).is_some();
            assert!(
                !(is_a_bug && has_a_reason),
                "{folder} says why pitfall {number} ({name}) cannot be made, and has a bug of it"
            );
            assert!(
                is_a_bug || has_a_reason || !pitfall.lessons.contains(&lesson.number),
                "{folder} has no bug of pitfall {number} ({name}), and gives no reason under [not_applicable]"
            );
        }
    }
}
