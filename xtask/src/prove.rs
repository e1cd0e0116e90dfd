//! `cargo xtask prove`

use crate::select::{self, Chosen};
use crate::{COULD_NOT, cli, nearest, say, tell, verify, workspace};
use anyhow::{Context, Result, bail};
use harness::build::in_colour;
use harness::lesson::Lesson;
use harness::prove::bug::Bug;
use harness::prove::proof::Proof;
use harness::prove::refresh::{Carried, carry, versions};
use harness::prove::workspace::{Variant, build};
use harness::prove::{apply, table};
use harness::report::{Entry, Program, Wording, script_error};
use harness::run::{Target, play};
use harness::script::{Script, ScriptError};
use harness::suite::{self, Event, Plan};
use indicatif::ProgressBar;
use std::fs;
use std::io;
use std::iter;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// Plays the scripts of lessons against the known-bad variants of their programs, and tells which are caught.
pub(crate) fn prove(asked: &cli::Prove) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = Lesson::all(&root)?;
    let chosen = select::choose(&lessons, &asked.lessons, None)?;
    if verify::complain_about_scripts(&chosen, cli::Format::Human) {
        return Ok(ExitCode::from(COULD_NOT));
    }
    let Some(bugs) = all_or_complain(bugs(&chosen, asked.bug.as_deref())?) else {
        return Ok(ExitCode::from(COULD_NOT));
    };
    if asked.refresh {
        return refresh(&bugs);
    }
    let Some(variants) = all_or_complain(variants(&bugs)?) else {
        return Ok(ExitCode::from(COULD_NOT));
    };
    let programs = build(&root, &variants)?;
    let trials = trials(&chosen, &variants, &programs, asked.named);
    play_all(asked, &trials)
}

/// The bugs of the chosen lessons, or those called `name`.
fn bugs<'l>(
    chosen: &[Chosen<'l>],
    name: Option<&str>,
) -> Result<Vec<Result<(&'l Lesson, Bug), ScriptError>>> {
    let mut bugs = Vec::new();
    for chosen in chosen {
        let scripts = chosen.scripts.iter().flatten();
        let scripts: Vec<&str> = scripts.map(|script| script.name.as_str()).collect();
        let all = Bug::all(chosen.lesson, &scripts)?.into_iter();
        bugs.extend(all.map(|bug| Ok((chosen.lesson, bug?))));
    }
    let Some(name) = name else {
        return Ok(bugs);
    };
    let mut known = Vec::new();
    bugs.retain(|bug| {
        let path = match bug {
            Ok((_, bug)) => &bug.path,
            Err(error) => &error.path,
        };
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_asked_for = stem == name;
        known.push(stem.into_owned());
        is_asked_for
    });
    if bugs.is_empty() {
        match nearest(name, known.iter().map(String::as_str)) {
            Some(nearest) => bail!("there is no bug {name}; did you mean {nearest}?"),
            None => bail!("there is no bug {name}; a lesson's folder `bugs` has them all"),
        }
    }
    Ok(bugs)
}

/// Carries the patches over, and says of each that has changed, or should have, what became of it.
fn refresh(bugs: &[(&Lesson, Bug)]) -> Result<ExitCode> {
    let (mut fit, mut rewritten, mut lost) = (0, 0, 0);
    for (lesson, bug) in bugs {
        let sources = apply::sources(lesson)?;
        let path = bug.path.display();
        match carry(bug, &sources, versions(lesson, bug)) {
            Ok(Carried::Fits) => fit += 1,
            Ok(Carried::Rewritten(text)) => {
                rewritten += 1;
                fs::write(lesson.root.join(&bug.path), text)
                    .with_context(|| format!("cannot write {path}"))?;
                tell::print(&format!("rewritten: {path}\n"))?;
            }
            Ok(Carried::Lost(why)) => {
                lost += 1;
                tell::print(&format!("to be written anew: {path}: {why}\n"))?;
            }
            Err(error) => {
                lost += 1;
                complain(&error);
            }
        }
    }
    tell::print(&format!(
        "{} patches: {fit} fit, {rewritten} rewritten, {lost} to be written anew\n",
        bugs.len()
    ))?;
    Ok(status(lost == 0))
}

/// The program that each of `bugs` makes of its lesson's.
fn variants<'b>(bugs: &'b [(&'b Lesson, Bug)]) -> Result<Vec<Result<Variant<'b>, ScriptError>>> {
    let mut variants = Vec::new();
    for of_lesson in bugs.chunk_by(|(a, _), (b, _)| a.number == b.number) {
        let sources = apply::sources(of_lesson[0].0)?;
        let made = of_lesson
            .iter()
            .map(|(lesson, bug)| Variant::new(lesson, bug, &sources));
        variants.extend(made);
    }
    Ok(variants)
}

/// All that is right; or says of everything that is not what is wrong with it.
fn all_or_complain<T>(results: Vec<Result<T, ScriptError>>) -> Option<Vec<T>> {
    let errors = results.iter().filter_map(|result| result.as_ref().err());
    errors.for_each(complain);
    results.into_iter().collect::<Result<_, _>>().ok()
}

fn complain(error: &ScriptError) {
    let text = script_error::human(error, in_colour(&io::stderr()));
    say(&format!("{text}\n"));
}

fn status(all_right: bool) -> ExitCode {
    if all_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The known-bad programs of one lesson, and the scripts that are played against each.
struct Trial<'a> {
    lesson: &'a Lesson,
    scripts: Vec<&'a Script>,
    targets: Vec<(&'a Bug, Target, Vec<&'a Script>)>,
}

fn trials<'a>(
    chosen: &'a [Chosen],
    variants: &[Variant<'a>],
    programs: &[PathBuf],
    only_named: bool,
) -> Vec<Trial<'a>> {
    let trial = |chosen: &'a Chosen| {
        let lesson = chosen.lesson;
        let of_lesson = iter::zip(variants, programs)
            .filter(|(variant, _)| variant.lesson.number == lesson.number);
        let target = |program: &PathBuf| {
            Target::of_lesson(lesson, vec![program.into()], lesson.root.clone())
        };
        let scripts: Vec<&Script> = chosen.scripts.iter().flatten().collect();
        let against = |bug: &Bug| {
            let is_named =
                |script: &&&Script| bug.caught_by.iter().any(|it| it.script == script.name);
            let played = scripts
                .iter()
                .filter(|script| !only_named || is_named(script));
            played.copied().collect()
        };
        Trial {
            lesson,
            targets: of_lesson
                .map(|(variant, program)| (variant.bug, target(program), against(variant.bug)))
                .collect(),
            scripts,
        }
    };
    chosen.iter().map(trial).collect()
}

fn play_all(asked: &cli::Prove, trials: &[Trial]) -> Result<ExitCode> {
    let plan = cli::plan(asked.repeat, asked.jobs);
    let targets = trials.iter().flat_map(|trial| &trial.targets);
    let cases: usize = targets.map(|(_, _, scripts)| scripts.len()).sum();
    let bar = tell::bar(cases as u64 * u64::from(asked.repeat));
    let (mut caught, mut missed, mut untested) = (0, 0, false);
    for trial in trials {
        let entries = play_lesson(trial, plan, &bar)?;
        let proofs = proofs(trial, &entries, plan);
        let mut text = table::lesson(trial.lesson, &proofs);
        // One bug does not say which scripts find nothing, nor do bugs that most scripts were not played against.
        if asked.bug.is_none()
            && !asked.named
            && let Some(warning) = warning(trial, &proofs)
        {
            untested = true;
            text.push_str(&warning);
        }
        let of_lesson = proofs.iter().filter(|proof| proof.is_caught()).count();
        caught += of_lesson;
        missed += proofs.len() - of_lesson;
        bar.suspend(|| tell::print(&text))?;
    }
    bar.finish_and_clear();
    tell::print(&format!("{}\n", table::total(caught, missed)))?;
    Ok(status(missed == 0 && !untested))
}

/// The scripts on every known-bad program of the lesson; the entries of each program are side by side.
fn play_lesson<'a>(trial: &'a Trial<'a>, plan: Plan, bar: &ProgressBar) -> Result<Vec<Entry<'a>>> {
    let cases: Vec<(&Script, &Target)> = trial
        .targets
        .iter()
        .flat_map(|(_, target, scripts)| scripts.iter().map(move |script| (*script, target)))
        .collect();
    let mut entries = Vec::new();
    suite::run(
        &cases,
        plan,
        |(script, target)| play(script, target),
        |event| {
            match event {
                Event::Progress { .. } => bar.inc(1),
                Event::Played { case, run, verdict } => entries.push(Entry {
                    lesson: trial.lesson,
                    script: case.0,
                    run,
                    verdict,
                }),
            }
            ControlFlow::Continue(())
        },
    )?;
    Ok(entries)
}

fn proofs<'a>(trial: &Trial<'a>, entries: &[Entry<'a>], plan: Plan) -> Vec<Proof<'a>> {
    let wording = Wording {
        program: Program::Lessons,
        hints: false,
        colour: in_colour(&io::stdout()),
    };
    let mut rest = entries;
    let proof = |(bug, _, scripts): &(&'a Bug, Target, Vec<&Script>)| {
        let (of_one, others) = rest.split_at(scripts.len() * plan.repeat.get() as usize);
        rest = others;
        Proof::of(bug, of_one, &wording)
    };
    trial.targets.iter().map(proof).collect()
}

/// What is to be said of scripts that no bug fails, if there are any.
fn warning(trial: &Trial, proofs: &[Proof]) -> Option<String> {
    let untested = table::untested(&trial.scripts, proofs);
    (!untested.is_empty()).then(|| {
        format!(
            "warning: no bug of {} fails {}: add one that does, or say with `guards:` in the script what it is for\n",
            trial.lesson.folder.display(),
            untested.join(", ")
        )
    })
}
