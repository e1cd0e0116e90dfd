//! What a chapter ends with: the lesson's tasks and its bug hunts, as the lesson's folder has them.

use crate::book::TheBook;
use crate::page::Page;
use crate::trouble::{Trouble, line_span};
use anyhow::Result;
use harness::exercise::hunt::Hunt;
use harness::lesson::Lesson;
use harness::words::count;
use std::collections::BTreeSet;
use std::fmt::Write;

const TASKS: &str = "{{#tasks}}";
const HUNTS: &str = "{{#hunts}}";

/// `{{#tasks}}`: each task of the lesson, how many scripts there are for it, and how it is begun.
///
/// # Errors
/// The lesson has none, or one cannot be read.
pub(crate) fn tasks(lesson: &Lesson) -> Result<String> {
    let tasks = lesson.tasks()?;
    anyhow::ensure!(!tasks.is_empty(), "this lesson has no tasks");
    let mut out = String::from(
        "Something to design yourself. You begin with the lesson's program, complete. `brief.md`, one page, says what is wanted; \
         it and the scripts are the specification.\n",
    );
    for task in &tasks {
        let name = task.task.as_ref().map_or("", |task| &task.name);
        let (judges, of_lesson) = what_judges(task)?;
        let beside = match of_lesson {
            0 => "none of the lesson's own hold here".to_owned(),
            _ => count(
                of_lesson,
                "of the lesson's scripts still holds",
                "of the lesson's scripts still hold",
            ),
        };
        let holes = match task.about.holes.len() {
            0 => String::new(),
            holes => format!(" What is to be written is there, and empty: {holes} functions."),
        };
        let (title, idea, number) = (&task.about.title, &task.about.idea, lesson.number);
        let _ = write!(
            out,
            "\n**`{name}`: {title}.** {idea}{holes} It has {judges}, and {beside}.\n\n\
             ```sh\n\
             cargo xtask exercise start {number:02} --task {name}    # the brief is {folder}/brief.md\n\
             cargo xtask verify {number:02} --task {name} --mine     # plays the scripts against yours\n\
             ```\n",
            folder = task.folder.display(),
        );
    }
    Ok(out)
}

/// What a task has that judges it: its tests and scripts in words, and how many scripts of its lesson still hold.
fn what_judges(task: &Lesson) -> Result<(String, usize)> {
    let (mut tests, mut own, mut of_lesson) = (0, BTreeSet::new(), BTreeSet::new());
    for script in task.scripts()? {
        let (path, is_test) = match script {
            Ok(script) => (script.path, script.test.is_some()),
            Err(error) => (error.path, false),
        };
        // A script may be played in several variants.
        match is_test {
            true => tests += 1,
            false if task.is_own(&path) => drop(own.insert(path)),
            false => drop(of_lesson.insert(path)),
        }
    }
    let scripts = count(own.len(), "script", "scripts");
    let tests_of = format!("{} of its library", count(tests, "test", "tests"));
    let judges = match (tests, own.len()) {
        (0, _) => scripts,
        (_, 0) => tests_of,
        _ => format!("{tests_of} and {scripts}"),
    };
    Ok((judges, of_lesson.len()))
}

/// `{{#hunts}}`: how many bugs of the lesson can be hunted, and how that goes.
///
/// # Errors
/// The lesson has none, or they cannot be read.
pub(crate) fn hunts(lesson: &Lesson) -> Result<String> {
    let bugs = Hunt::of(lesson).bugs()?.len();
    anyhow::ensure!(bugs > 0, "this lesson has no bugs to hunt");
    let (number, name) = (lesson.number, lesson.full_name());
    Ok(format!(
        "The lesson's program, with a mistake in it. There are {bugs} such mistakes; you get one at random. Find it by what clients see, \
         mend it, and see the scripts pass.\n\n\
         ```sh\n\
         cargo xtask hunt {number:02}              # makes exercises/{name}--hunt\n\
         cargo xtask verify {number:02} --hunt     # what clients see of it\n\
         cargo xtask hunt {number:02} --give-up    # what it is, and why somebody would write it so\n\
         ```\n"
    ))
}

/// That a chapter tells of the tasks and the bugs that its lesson has.
pub(crate) fn check(book: &TheBook, page: &Page, troubles: &mut Vec<Trouble>) {
    let Some(lesson) = page.lesson.map(|lesson| &book.lessons[lesson]) else {
        return;
    };
    let has_tasks = lesson.tasks().is_ok_and(|tasks| !tasks.is_empty());
    let has_hunts = Hunt::of(lesson).bugs().is_ok_and(|bugs| !bugs.is_empty());
    for (has, directive, what) in [
        (has_tasks, TASKS, "tasks"),
        (has_hunts, HUNTS, "bugs to hunt"),
    ] {
        if has && !page.text.contains(directive) {
            let span = line_span(&page.text, 1);
            let message = format!("the lesson has {what}, and its chapter does not say so");
            let help = format!("{directive} tells of them");
            troubles.push(Trouble::new(&page.path, &page.text, span, message, help));
        }
    }
}
