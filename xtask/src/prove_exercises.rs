//! `cargo xtask prove --exercises`

use crate::prove::lessons;
use crate::select::{self, Chosen};
use crate::{COULD_NOT, cli, tell, verify, workspace};
use anyhow::Result;
use harness::build::Built as Program;
use harness::exercise::Exercise;
use harness::exercise::proof::{Built, Said, build, of_filled, of_hollow, of_start};
use harness::lesson::Lesson;
use harness::run::{Target, play};
use harness::script::Script;
use harness::suite::{self, Event};
use harness::verdict::Verdict;
use std::iter;
use std::ops::ControlFlow;
use std::process::ExitCode;

/// Plays the scripts of lessons against their exercises, as they are started and as they are when they are done.
pub(crate) fn prove(asked: &cli::Prove) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = lessons(asked, &root)?;
    let chosen = select::choose(&lessons, &asked.lessons, None)?;
    if verify::complain_about_scripts(&chosen, cli::Format::Human) {
        return Ok(ExitCode::from(COULD_NOT));
    }
    let named: Vec<&Lesson> = chosen.iter().map(|chosen| chosen.lesson).collect();
    let built = build(&root, &named)?;
    let (mut right, mut wrong) = (0, 0);
    for (chosen, built) in iter::zip(&chosen, &built) {
        let (text, is_right) = of_lesson(asked, chosen, built)?;
        tell::print(&text)?;
        match is_right {
            true => right += 1,
            false => wrong += 1,
        }
    }
    let exercises = harness::words::count(right + wrong, "exercise", "exercises");
    tell::print(&format!("{exercises}: {right} right, {wrong} wrong\n"))?;
    Ok(match wrong {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// What is told of an exercise, and whether it is right.
fn of_lesson(asked: &cli::Prove, chosen: &Chosen, built: &Built) -> Result<(String, bool)> {
    let scripts: Vec<&Script> = chosen.scripts.iter().flatten().collect();
    let at_start = match chosen.lesson.about.holes.is_empty() {
        true => of_start,
        false => of_hollow,
    };
    let hollow = play_all(asked, &built.hollow, &scripts, at_start)?;
    let filled = play_all(asked, &built.filled, &scripts, of_filled)?;
    let count = |of: &[(&str, Said)]| of.iter().filter(|(_, said)| *said == Said::Right).count();
    let reached = count(&hollow);
    let tests = scripts.iter().any(|script| script.test.is_some());
    let of = format!(
        "{}: {reached} of {} {}",
        chosen.lesson.full_name(),
        scripts.len(),
        if tests {
            "tests and scripts"
        } else {
            "scripts"
        }
    );
    let passed = count(&filled);
    let mut text = match built.hollow.0.holes().len() {
        0 => format!("{of} are red at the start, {passed} pass with the reference solution\n"),
        holes => format!("{of} come to hole 1 of {holes}, {passed} pass with all filled\n"),
    };
    let mut is_right = reached > 0;
    for (name, said) in hollow.into_iter().chain(filled) {
        match said {
            Said::Right => {}
            // What holds for the lesson's program, a task begins with.
            Said::PassesAlready if chosen.lesson.task.is_some() => {}
            Said::PassesAlready => text += &format!("  {name} passes with what is given\n"),
            Said::Wrong(why) => {
                is_right = false;
                text += &format!("  {name} {why}\n");
            }
        }
    }
    Ok((text, is_right))
}

/// The name of each of `scripts`, and what it says of the program.
fn play_all<'s>(
    asked: &cli::Prove,
    (exercise, program): &(Exercise, Program),
    scripts: &[&'s Script],
    said: impl Fn(&Verdict) -> Said,
) -> Result<Vec<(&'s str, Said)>> {
    let lesson = exercise.lesson;
    let target = Target::of_built(lesson, program.clone(), lesson.root.clone());
    let mut all = Vec::new();
    suite::run_long_ones_first(
        scripts,
        cli::plan(1, asked.jobs),
        |script| script.takes_long(),
        |script| exercise.explain(play(script, &target)),
        |event| {
            if let Event::Played { case, verdict, .. } = event {
                all.push((case.name.as_str(), said(&verdict)));
            }
            ControlFlow::Continue(())
        },
    )?;
    Ok(all)
}
