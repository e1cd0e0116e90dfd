//! `cargo xtask verify`

use crate::cli::{self, Format};
use crate::mine::{self, Memory};
use crate::select::{self, Chosen};
use crate::tell::{self, Teller};
use crate::{COULD_NOT, hunt, reference, say, workspace};
use anyhow::{Result, anyhow, bail};
use harness::build::{self, Built, in_colour};
use harness::exercise::Exercise;
use harness::lesson::Lesson;
use harness::report::{self, Program, Tally, Wording};
use harness::run::{Target, play};
use harness::script::{Script, ScriptError};
use harness::step;
use harness::suite::{self, Case, Hopeless};
use harness::trace::Trace;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::{env, iter};

/// Plays what was asked for, and tells how it went.
pub(crate) fn verify(asked: &cli::Verify) -> Result<ExitCode> {
    if asked.step {
        step::must_have_a_terminal()?;
    }
    let root = workspace::root()?;
    let lessons = lessons(asked, Lesson::all(&root)?)?;
    let mut chosen = select::choose(&lessons, &asked.lessons, asked.script.as_deref())?;
    if asked.is_in_work() {
        chosen.iter_mut().for_each(sort);
    }
    let exercises = exercises(asked, &chosen)?;
    if asked.program.is_some() || asked.step {
        chosen.iter_mut().for_each(drop_tests);
    }
    let yours = asked.program.as_deref().map(select::command).transpose()?;
    if yours.is_some() && chosen.len() != 1 {
        bail!("--program is checked against one lesson; name it: verify LESSON --program …");
    }
    let wording = wording(asked);
    say_whose_program(&wording.program, &chosen, asked.format)?;
    if complain_about_scripts(&chosen, asked.format) {
        return Ok(ExitCode::from(COULD_NOT));
    }
    let targets = targets(asked, yours, &chosen, &exercises, &root)?;
    let cases = cases(&chosen, &targets);
    if asked.step {
        step::say_how()?;
    }
    let mut memory = Memory::of(&root, &exercises, asked.script.is_none());
    let status = play_all(asked, wording, &cases, &mut memory)?;
    let outcome = match asked.hunt {
        true => hunt::outcome(&mut memory)?,
        false => String::new(),
    };
    memory.keep()?;
    if !asked.format.is_document() {
        tell::print(&outcome)?;
    }
    if !asked.format.is_document() && status == ExitCode::SUCCESS {
        tell::print(&mine::what_next(asked, &chosen, &memory))?;
    }
    Ok(status)
}

/// Those of `lessons`, or of their tasks, that a user may mean.
fn lessons(asked: &cli::Verify, lessons: Vec<Lesson>) -> Result<Vec<Lesson>> {
    match &asked.task {
        Some(task) => workspace::only_task(&lessons, &asked.lessons, task),
        None if asked.is_in_work() && asked.lessons.is_empty() => {
            mine::started(lessons, asked.hunt)
        }
        None => Ok(lessons),
    }
}

/// Leaves the tests of a library out: somebody else's program has none that could be asked, and a test has no steps.
fn drop_tests(chosen: &mut Chosen) {
    let is_test = |script: &Script| script.test.is_some();
    chosen
        .scripts
        .retain(|script| !script.as_ref().is_ok_and(is_test));
}

/// Brings the scripts into an order for a learner. One thing is told at a time, and a short script explains more than a
/// long one. In a task, those of its lesson pass from the beginning. The tests of a library come first: the program is made
/// of that.
fn sort(chosen: &mut Chosen) {
    let lesson = chosen.lesson;
    chosen.scripts.sort_by_key(|script| {
        let place = |it: &Script| {
            (
                it.test.is_none() && !lesson.is_own(&it.path),
                it.steps.len(),
            )
        };
        script.as_ref().map_or((false, 0), place)
    });
}

/// Whose program it is, and how the result is told.
fn wording(asked: &cli::Verify) -> Wording {
    Wording {
        program: match &asked.program {
            Some(command) => Program::Yours(command.clone()),
            None if asked.mine => Program::Mine,
            None if asked.hunt => Program::Hunt,
            None => Program::Lessons,
        },
        hints: asked.hints,
        columns: match asked.format {
            Format::Human => report::columns(&io::stdout()),
            _ => usize::MAX, // A sentence is a line.
        },
        colour: in_colour(&io::stdout()),
    }
}

/// The user's exercises of the chosen lessons, with `--mine`, or their hunts, with `--hunt`.
fn exercises<'l>(asked: &cli::Verify, chosen: &[Chosen<'l>]) -> Result<Vec<Exercise<'l>>> {
    if !asked.is_in_work() {
        return Ok(Vec::new());
    }
    let exercise = |chosen: &Chosen<'l>| mine::exercise(chosen.lesson, asked.hunt);
    let exercises: Vec<_> = chosen.iter().map(exercise).collect();
    exercises.iter().try_for_each(Exercise::must_exist)?;
    Ok(exercises)
}

/// The first line. Where stdout is one document, it goes to stderr.
fn say_whose_program(program: &Program, chosen: &[Chosen], format: Format) -> io::Result<()> {
    let lessons: Vec<&Lesson> = chosen.iter().map(|chosen| chosen.lesson).collect();
    let line = report::subject(program, &lessons);
    if format.is_document() {
        say(&line);
        return Ok(());
    }
    writeln!(io::stdout(), "{line}")
}

/// Says what is wrong with each script that cannot be played. Nothing is played then: a result without some of the
/// scripts would look better than it is.
pub(crate) fn complain_about_scripts(chosen: &[Chosen], format: Format) -> bool {
    let errors: Vec<&ScriptError> = chosen
        .iter()
        .flat_map(|chosen| &chosen.scripts)
        .filter_map(|script| script.as_ref().err())
        .collect();
    let colour = in_colour(&io::stderr());
    for error in &errors {
        match format {
            Format::Plain => say(&report::script_error::plain(error)),
            _ => say(&format!("{}\n", report::script_error::human(error, colour))),
        }
    }
    if !errors.is_empty() {
        let scripts = if errors.len() == 1 {
            "1 script is"
        } else {
            "some scripts are"
        };
        say(&format!(
            "error: {scripts} not written right; nothing was played"
        ));
    }
    !errors.is_empty()
}

/// What is checked, in the order of `chosen`: the command that is the user's, or what is built for it.
fn targets(
    asked: &cli::Verify,
    yours: Option<Vec<OsString>>,
    chosen: &[Chosen],
    exercises: &[Exercise],
    root: &Path,
) -> Result<Vec<Target>> {
    let waiting = |target: Target| match &asked.waits_in {
        Some(call) => target.waiting_in(call),
        None => target,
    };
    if let (Some(command), [chosen]) = (yours, chosen) {
        let target = Target::of_lesson(chosen.lesson, command, env::current_dir()?);
        return Ok(vec![waiting(target)]);
    }
    let built = match asked.is_in_work() {
        true => mine::programs(exercises)?,
        false => lesson_programs(root, chosen)?,
    };
    Ok(iter::zip(chosen, built)
        .map(|(chosen, built)| waiting(Target::of_built(chosen.lesson, built, root.to_owned())))
        .collect())
}

/// Builds the lessons' programs, or the task's.
fn lesson_programs(root: &Path, chosen: &[Chosen]) -> Result<Vec<Built>> {
    if let [Chosen { lesson, .. }] = chosen
        && lesson.task.is_some()
    {
        return Ok(vec![reference::program(lesson)?]);
    }
    let names: Vec<&str> = chosen
        .iter()
        .map(|chosen| chosen.lesson.name.as_str())
        .collect();
    let built = build::programs(root, &names)?;
    names
        .iter()
        .map(|name| {
            Built::of(&built, name).ok_or_else(|| anyhow!("cargo did not say where {name} is"))
        })
        .collect()
}

fn cases<'a>(chosen: &'a [Chosen], targets: &'a [Target]) -> Vec<Case<'a>> {
    iter::zip(chosen, targets)
        .flat_map(|(chosen, target)| {
            let scripts = chosen.scripts.iter().flatten();
            scripts.map(move |script| Case {
                lesson: chosen.lesson,
                script,
                target,
            })
        })
        .collect()
}

fn play_all(
    asked: &cli::Verify,
    wording: Wording,
    cases: &[Case],
    memory: &mut Memory,
) -> Result<ExitCode> {
    let plan = match asked.step {
        true => cli::plan(1, Some(1)),
        false => cli::plan(asked.repeat, asked.jobs),
    };
    let mut teller = Teller::new(asked.format, wording, cases, plan.repeat.get());
    let hopeless = Hopeless::default();
    let exercises = memory.exercises;
    let explain = |verdict, case: &Case| {
        let of_lesson = |it: &&Exercise| it.lesson.folder == case.lesson.folder;
        match exercises.iter().find(of_lesson) {
            Some(exercise) => exercise.explain(verdict),
            None => verdict,
        }
    };
    suite::run_long_ones_first(
        cases,
        plan,
        |case| !asked.step && case.script.takes_long(),
        |case| match asked.step {
            true => explain(step::play(case), case),
            false => {
                let verdict = hopeless.or_play(&case.lesson.folder, || match asked.traced {
                    true => play(case.script, &case.target.clone().traced(Trace::default())),
                    false => play(case.script, case.target),
                });
                explain(verdict, case)
            }
        },
        |event| {
            memory.note(&event);
            teller.told(event)
        },
    )?;
    Ok(status(teller.finish()?))
}

/// A failure was proven and stays one, whatever else could not be found out. Where everything was skipped, nothing was found out.
fn status(tally: Tally) -> ExitCode {
    match tally {
        Tally { failed: 1.., .. } => ExitCode::FAILURE,
        Tally { undecided: 1.., .. } => ExitCode::from(COULD_NOT),
        Tally {
            passed: 0,
            skipped: 1..,
            ..
        } => ExitCode::from(COULD_NOT),
        _ => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_only_skipped_is_not_known() {
        let mut tally = Tally {
            skipped: 2,
            ..Tally::default()
        };
        assert_eq!(status(tally), ExitCode::from(2));
        tally.passed = 1;
        assert_eq!(status(tally), ExitCode::SUCCESS);
    }

    #[test]
    fn a_failure_outweighs_what_is_undecided() {
        let mut tally = Tally::default();
        assert_eq!(status(tally), ExitCode::SUCCESS);
        tally.undecided = 1;
        assert_eq!(status(tally), ExitCode::from(2));
        tally.failed = 1;
        assert_eq!(status(tally), ExitCode::from(1));
    }
}
