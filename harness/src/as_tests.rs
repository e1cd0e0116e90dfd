//! Every script of a lesson as a test of its own name, for `cargo test`; and that its server can be started without arguments.

use crate::bare;
use crate::lesson::Lesson;
use crate::report::{Entry, Program, Wording, human, script_error};
use crate::run::{Target, play};
use crate::script::Script;
use crate::verdict::Outcome;
use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::path::Path;
use std::process::ExitCode;

/// The main function of a lesson's `tests/scripts.rs`: plays every script of the lesson in `folder` against `program`,
/// and starts it without arguments if it is a server.
///
/// `folder` is the package's own, as `env!("CARGO_MANIFEST_DIR")` gives it, two below the workspace's root.
pub fn test_scripts(folder: &str, program: &str) -> ExitCode {
    crate::program::serve_if_asked();
    let arguments = Arguments::from_args();
    match trials(Path::new(folder), program) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(err) => {
            eprintln!("error: {err:#}");
            ExitCode::from(2)
        }
    }
}

fn trials(folder: &Path, program: &str) -> Result<Vec<Trial>> {
    let root = folder
        .ancestors()
        .nth(2)
        .context("a lesson is two folders below the workspace's root")?;
    let lesson = Lesson::load(root, folder.strip_prefix(root)?)?;
    let target = Target::of_lesson(&lesson, vec![program.into()], root.to_owned());
    let trials = lesson.scripts()?.into_iter().map(|script| match script {
        Ok(script) => {
            let (lesson, target) = (lesson.clone(), target.clone());
            Trial::ignorable_test(script.name.clone(), move || test(&lesson, &script, &target))
        }
        Err(error) => {
            let name = error.path.display().to_string();
            Trial::test(name, move || Err(script_error::human(&error, false).into()))
        }
    });
    let mut trials: Vec<Trial> = trials.collect();
    if bare::concerns(&lesson) {
        let program = program.into();
        trials.push(Trial::test("started without arguments", move || {
            bare::check(&lesson, program).map_err(|error| format!("{error:#}").into())
        }));
    }
    Ok(trials)
}

fn test(lesson: &Lesson, script: &Script, target: &Target) -> Result<Completion, Failed> {
    let verdict = play(script, target);
    if let Outcome::Skipped(why) = &verdict.outcome {
        return Ok(Completion::ignored_with(why));
    }
    let wording = Wording {
        program: Program::Lessons,
        hints: false,
        columns: usize::MAX,
        colour: false,
    };
    let entry = Entry {
        lesson,
        script,
        run: 1,
        verdict,
    };
    match human::entry(&entry, &wording) {
        None => Ok(Completion::Completed),
        Some(report) => Err(report.into()),
    }
}
