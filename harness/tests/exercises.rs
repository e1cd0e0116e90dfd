//! What lessons say of their exercises can be used: hints lead somewhere, and a task is short enough to be read.

use harness::lesson::{Hole, Lesson};
use std::path::Path;

/// All holes, each with the name of its lesson.
fn holes() -> Vec<(String, Hole)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let lessons = Lesson::all(root.expect("the harness is in a folder")).expect("lessons");
    let of = |lesson: &Lesson| {
        let name = lesson.full_name();
        assert!(!lesson.about.holes.is_empty(), "{name} has no exercise");
        let holes = lesson.about.holes.iter().cloned();
        holes
            .map(move |hole| (name.clone(), hole))
            .collect::<Vec<_>>()
    };
    lessons.iter().flat_map(of).collect()
}

#[test]
fn every_hole_has_hints_from_a_nudge_to_an_answer() {
    for (lesson, hole) in holes() {
        let function = hole.function;
        assert_eq!(hole.hints.len(), 3, "{lesson}: {function}");
        for hint in hole.hints {
            assert!(
                hint.len() > 30 && hint.len() < 450,
                "{lesson}: {function}: {hint}"
            );
        }
    }
}

#[test]
fn a_task_is_told_in_a_few_sentences() {
    for (lesson, hole) in holes() {
        let task = hole.task;
        assert!(task.ends_with('.'), "{lesson}: {task}");
        assert!(task.len() < 400, "{lesson}: {} bytes: {task}", task.len());
        let todo = hole.todo;
        assert!(todo.len() < 60 && !todo.ends_with('.'), "{lesson}: {todo}");
    }
}
