//! `cargo xtask trace`

use crate::cli::{self, TraceFormat};
use crate::select::{self, Chosen};
use crate::verify::complain_about_scripts;
use crate::{COULD_NOT, mine, recordings, reference, workspace};
use anyhow::{Result, bail};
use harness::build::{self, in_colour};
use harness::exercise::Exercise;
use harness::lesson::Lesson;
use harness::report::{self, Entry, Program, Wording};
use harness::run::{Target, play};
use harness::script::Script;
use harness::trace::recording::Recording;
use harness::trace::story::Story;
use harness::trace::{Trace, timeline, why_not};
use harness::verdict::{Outcome, Verdict};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, slice};

/// Columns of a timeline that goes to no terminal.
const COLUMNS: usize = 100;

/// Plays a script and tells what the kernel saw of the program; or keeps that, or checks what was kept.
pub(crate) fn trace(asked: &cli::Trace) -> Result<ExitCode> {
    if let Some(why) = why_not() {
        bail!("{why}");
    }
    let root = workspace::root()?;
    let mut lessons = Lesson::all(&root)?;
    if asked.check {
        return recordings::check(&root, &lessons, asked.lesson.as_deref());
    }
    let (Some(lesson), Some(script)) = (&asked.lesson, &asked.script) else {
        bail!("name a lesson and one of its scripts: trace 05 slow-reader");
    };
    if let Some(task) = &asked.task {
        lessons = workspace::only_task(&lessons, slice::from_ref(lesson), task)?;
    }
    let chosen = select::choose(&lessons, slice::from_ref(lesson), Some(script))?;
    let format = match asked.format {
        TraceFormat::Plain => cli::Format::Plain,
        TraceFormat::Human | TraceFormat::Json => cli::Format::Human,
    };
    if complain_about_scripts(&chosen, format) {
        return Ok(ExitCode::from(COULD_NOT));
    }
    let chosen = chosen.into_iter().next();
    let Some((lesson, script)) = chosen.and_then(first_script) else {
        bail!("the lesson has no such script");
    };
    if script.test.is_some() {
        bail!(
            "{} is a test, not a script: there is nothing to be traced",
            script.name
        );
    }
    if asked.record {
        return recordings::record(&root, lesson, &script);
    }
    let program = match &asked.program {
        Some(command) => Program::Yours(command.clone()),
        None if asked.mine => Program::Mine,
        None if asked.hunt => Program::Hunt,
        None => Program::Lessons,
    };
    let (command, folder) = match &program {
        Program::Yours(command) => (select::command(command)?, env::current_dir()?),
        Program::Mine | Program::Hunt => (own_command(lesson, asked.hunt)?, root.clone()),
        Program::Lessons | Program::HandedOut => (lesson_command(&root, lesson)?, root.clone()),
    };
    let (story, verdict) = traced(lesson, &script, command, folder, asked.waits_in.as_deref());
    let verdict = match program {
        // A hole that was reached is no crash.
        Program::Mine => Exercise::of(lesson).explain(verdict),
        _ => verdict,
    };
    let entry = Entry {
        lesson,
        script: &script,
        run: 1,
        verdict,
    };
    tell(asked, &story, &entry, &program)?;
    Ok(match entry.verdict.outcome {
        Outcome::Passed => ExitCode::SUCCESS,
        Outcome::Failed(_) => ExitCode::FAILURE,
        Outcome::Skipped(_) | Outcome::Undecided(_) => ExitCode::from(COULD_NOT),
    })
}

/// The lesson and its script; of several variants, the first.
fn first_script(chosen: Chosen<'_>) -> Option<(&Lesson, Script)> {
    let script = chosen.scripts.into_iter().flatten().next();
    script.map(|script| (chosen.lesson, script))
}

/// The lesson's program, or a task's reference solution, built.
pub(crate) fn lesson_command(root: &Path, lesson: &Lesson) -> Result<Vec<OsString>> {
    let program = match lesson.task {
        Some(_) => reference::program(lesson)?.program,
        None => build::program(root, &lesson.name)?,
    };
    Ok(vec![program.into()])
}

/// The user's exercise, or the program in which they hunt a bug, built.
fn own_command(lesson: &Lesson, hunt: bool) -> Result<Vec<OsString>> {
    let exercise = mine::exercise(lesson, hunt);
    exercise.must_exist()?;
    let mut programs = mine::programs(slice::from_ref(&exercise))?;
    Ok(vec![programs.remove(0).program.into()])
}

/// Plays a script against a program, and follows it.
pub(crate) fn traced(
    lesson: &Lesson,
    script: &Script,
    command: Vec<OsString>,
    folder: PathBuf,
    waits_in: Option<&str>,
) -> (Story, Verdict) {
    let trace = Trace::default();
    let target = Target::of_lesson(lesson, command, folder);
    let target = match waits_in {
        Some(call) => target.waiting_in(call),
        None => target,
    };
    let verdict = play(script, &target.traced(trace.clone()));
    (trace.story(script), verdict)
}

fn tell(asked: &cli::Trace, story: &Story, entry: &Entry, program: &Program) -> Result<()> {
    let Entry { lesson, script, .. } = entry;
    let subject = report::subject(program, slice::from_ref(lesson)).replace("checking", "tracing");
    let head = format!("{subject}: {}\n", script.name);
    let width = match (asked.format, asked.width) {
        (TraceFormat::Human, Some(width)) => width.into(),
        (TraceFormat::Human, None) => match report::columns(&io::stdout()) {
            usize::MAX => COLUMNS,
            columns => columns,
        },
        _ => usize::MAX, // a sentence is a line
    };
    let wording = Wording {
        program: program.clone(),
        hints: false,
        columns: width,
        colour: in_colour(&io::stdout()),
    };
    let entries = slice::from_ref(entry);
    let text = match asked.format {
        TraceFormat::Json => {
            eprint!("{head}");
            Recording::new(lesson, script, story.clone())?.to_json()?
        }
        TraceFormat::Plain => {
            let verdict = report::plain::lesson(entries, &wording);
            format!("{head}{}{verdict}", timeline::plain(story))
        }
        TraceFormat::Human => {
            let look = timeline::Look {
                width,
                colour: wording.colour,
            };
            let drawn = timeline::draw(story, look);
            let verdict = report::human::lesson(entries, &wording, 0);
            format!("{head}{}\n\n{drawn}\n{verdict}", timeline::legend(story))
        }
    };
    write!(io::stdout(), "{text}")?;
    Ok(())
}
