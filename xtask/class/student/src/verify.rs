//! `cargo xtask verify`

use crate::cli::{self, Format};
use crate::{COULD_NOT, choose, program, root};
use anyhow::Result;
use harness::build::in_colour;
use harness::handout;
use harness::lesson::Lesson;
use harness::report::{self, Entry, Program, Tally, Wording, human, json, junit, plain};
use harness::run::{Target, play};
use harness::suite::{self, Case, Event, Plan};
use harness::{step, verdict::Verdict};
use std::io::{self, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, ffi::OsString};

/// Plays the scripts that are asked for, and tells how it went.
pub(crate) fn verify(asked: &cli::Verify) -> Result<ExitCode> {
    if asked.step {
        step::must_have_a_terminal()?;
    }
    let assignment = handout::load(&root()?)?;
    let wording = wording(asked);
    say_whose_program(&wording.program, &assignment, asked.format)?;
    let Some(scripts) = choose::scripts(&assignment, asked.script.as_deref())? else {
        return Ok(ExitCode::from(COULD_NOT));
    };
    let (command, folder) = command(asked, &assignment)?;
    let target = Target::of_lesson(&assignment, command, folder);
    let case = |script| Case {
        lesson: &assignment,
        script,
        target: &target,
    };
    let cases: Vec<Case> = scripts.iter().map(case).collect();
    if asked.step {
        step::say_how()?;
    }
    let began = Instant::now();
    let entries = play_all(asked, &assignment, &cases)?;
    let tally = Tally::of(&entries);
    let told = match asked.format {
        Format::Human => human::lesson(&entries, &wording, 0),
        Format::Plain => plain::lesson(&entries, &wording),
        Format::Json => json::document(&entries, &wording.program),
        Format::Junit => junit::document(&entries, &wording)?,
    };
    print(&told)?;
    if !is_document(asked.format) {
        // Scripts are played side by side: only all of them together take a time that anybody waits for.
        let seconds = began.elapsed().as_secs_f64();
        print(&format!("{tally} in {seconds:.1} s\n"))?;
    }
    Ok(status(tally))
}

/// The program that is checked, and the folder that it is run in.
fn command(asked: &cli::Verify, assignment: &Lesson) -> Result<(Vec<OsString>, PathBuf)> {
    match &asked.program {
        Some(command) => Ok((choose::command(command)?, env::current_dir()?)),
        None => Ok((vec![program(assignment)?.into()], assignment.root.clone())),
    }
}

fn play_all<'a>(
    asked: &cli::Verify,
    assignment: &Lesson,
    cases: &[Case<'a>],
) -> Result<Vec<Entry<'a>>> {
    let exercise = handout::exercise(assignment);
    let once = Plan::once();
    let plan = Plan {
        repeat: NonZero::new(asked.repeat).unwrap_or(once.repeat),
        jobs: match asked.step {
            true => NonZero::<usize>::MIN,
            false => once.jobs,
        },
    };
    let play_one = |case: &Case| -> Verdict {
        exercise.explain(match asked.step {
            true => step::play(case),
            false => play(case.script, case.target),
        })
    };
    let mut entries = Vec::new();
    suite::run_long_ones_first(
        cases,
        plan,
        |case| case.script.takes_long(),
        play_one,
        |event| {
            if let Event::Played { case, run, verdict } = event {
                entries.push(Entry {
                    lesson: case.lesson,
                    script: case.script,
                    run,
                    verdict,
                });
            }
            ControlFlow::Continue(())
        },
    )?;
    Ok(entries)
}

fn wording(asked: &cli::Verify) -> Wording {
    Wording {
        program: match &asked.program {
            Some(command) => Program::Yours(command.clone()),
            None => Program::HandedOut,
        },
        hints: asked.hints,
        columns: match asked.format {
            Format::Human => report::columns(&io::stdout()),
            _ => usize::MAX, // A sentence is a line.
        },
        colour: in_colour(&io::stdout()),
    }
}

/// The first line. Where stdout is one document, it goes to stderr.
fn say_whose_program(program: &Program, assignment: &Lesson, format: Format) -> io::Result<()> {
    let line = report::subject(program, &[assignment]);
    match is_document(format) {
        true => writeln!(io::stderr(), "{line}"),
        false => writeln!(io::stdout(), "{line}"),
    }
}

/// Whether stdout holds one document and nothing else.
fn is_document(format: Format) -> bool {
    matches!(format, Format::Json | Format::Junit)
}

/// A failure was proven and stays one, whatever else could not be found out. Where everything was skipped, nothing was found out.
fn status(tally: Tally) -> ExitCode {
    match tally {
        Tally { failed: 1.., .. } => ExitCode::FAILURE,
        Tally { undecided: 1.., .. } | Tally { passed: 0, .. } => ExitCode::from(COULD_NOT),
        _ => ExitCode::SUCCESS,
    }
}

/// Writes to stdout and sees to it that it has arrived: a pipe may be closed.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
