//! `cargo xtask mutants`

use crate::select::{self, Chosen};
use crate::{COULD_NOT, cli, tell, verify, workspace};
use anyhow::{Result, anyhow};
use harness::bare;
use harness::lesson::Lesson;
use harness::prove::apply;
use harness::prove::mutants::{Known, Mutant, Survivor, of_lesson};
use harness::prove::workspace::{Variant, build_what_can};
use harness::run::{Target, play};
use harness::script::Script;
use harness::suite::{self, Event, Plan};
use harness::verdict::{Outcome, Verdict};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Plays the scripts against every mutant of the lessons' programs, and tells which of them none fails.
pub(crate) fn mutants(asked: &cli::Mutants) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = Lesson::all(&root)?;
    let chosen = select::choose(&lessons, &asked.lessons, None)?;
    if verify::complain_about_scripts(&chosen, cli::Format::Human) {
        return Ok(ExitCode::from(COULD_NOT));
    }
    let mut all_right = true;
    for chosen in &chosen {
        let count = of_one(&root, chosen, cli::plan(1, asked.jobs))?;
        tell::print(&format!("{}\n", count.line(chosen.lesson)))?;
        all_right &= count.missed == 0 && count.unknown == 0;
    }
    Ok(match all_right {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// How many mutants of one lesson came to what.
#[derive(Default)]
struct Count {
    all: usize,
    unbuilt: usize,
    caught: usize,
    /// Caught by another test of the lesson's package, as its mutants.toml says.
    tested: usize,
    missed: usize,
    equivalent: usize,
    /// Entries of mutants.toml that no surviving mutant is.
    unknown: usize,
}

impl Count {
    fn line(&self, lesson: &Lesson) -> String {
        let Count {
            all,
            unbuilt,
            caught,
            tested,
            missed,
            equivalent,
            ..
        } = self;
        format!(
            "{}: {all} mutants: {caught} caught, {tested} caught by other tests, {missed} missed, {equivalent} equivalent, {unbuilt} do not compile",
            lesson.full_name()
        )
    }
}

/// A mutant that compiles, and what is played against it.
struct Trial<'a> {
    mutant: &'a Mutant,
    program: &'a Path,
    target: Target,
    scripts: &'a [&'a Script],
}

impl Trial<'_> {
    /// What came of the first script that did not pass, or of the last one.
    fn play(&self) -> Verdict {
        let mut verdict = Verdict {
            outcome: Outcome::Skipped("there is no script".into()),
            took: Duration::ZERO,
        };
        for script in self.scripts {
            verdict = play(script, &self.target);
            if !goes_unnoticed(&verdict) {
                break;
            }
        }
        verdict
    }
}

/// Whether nothing was said of a mutant. One that nothing could be found out about was noticed.
fn goes_unnoticed(verdict: &Verdict) -> bool {
    matches!(verdict.outcome, Outcome::Passed | Outcome::Skipped(_))
}

fn of_one(root: &Path, chosen: &Chosen, plan: Plan) -> Result<Count> {
    let lesson = chosen.lesson;
    let mutants = of_lesson(lesson)?;
    let programs = built(root, lesson, &mutants)?;
    let mut scripts: Vec<&Script> = chosen.scripts.iter().flatten().collect();
    // The first that fails is enough.
    scripts.sort_by_key(|script| script.steps.len());
    let trials: Vec<Trial> = mutants
        .iter()
        .zip(&programs)
        .filter_map(|(mutant, program)| {
            let program = program.as_deref()?;
            let command = vec![program.into()];
            Some(Trial {
                mutant,
                program,
                target: Target::of_lesson(lesson, command, lesson.root.clone()),
                scripts: &scripts,
            })
        })
        .collect();
    let mut count = Count {
        all: mutants.len(),
        unbuilt: mutants.len() - trials.len(),
        ..Count::default()
    };
    let mut survivors = survivors(&trials, plan)?;
    if bare::concerns(lesson) {
        survivors.retain(|(_, program)| bare::check(lesson, program.into()).is_ok());
    }
    count.caught = trials.len() - survivors.len();
    let mut known = Known::of_lesson(lesson)?;
    for (mutant, _) in survivors {
        let Known { equivalent, tested } = &mut known;
        if was_among(equivalent, mutant) {
            count.equivalent += 1;
        } else if was_among(tested, mutant) {
            count.tested += 1;
        } else {
            count.missed += 1;
            let folder = lesson.folder.display();
            tell::print(&format!("missed: {folder}/{}\n", mutant.title))?;
        }
    }
    for Survivor { mutant, line, .. } in known.equivalent.iter().chain(&known.tested) {
        count.unknown += 1;
        let file = lesson.folder.join("mutants.toml");
        tell::print(&format!(
            "{}: no mutant that survives is \"{mutant}\" of `{line}`\n",
            file.display()
        ))?;
    }
    Ok(count)
}

/// Takes a mutant out of those that are known. Returns whether it was there.
fn was_among(known: &mut Vec<Survivor>, mutant: &Mutant) -> bool {
    let at = known.iter().position(|it| it.is(mutant));
    at.map(|at| known.remove(at)).is_some()
}

/// The mutants' programs; `None` for those that do not compile.
fn built(root: &Path, lesson: &Lesson, mutants: &[Mutant]) -> Result<Vec<Option<PathBuf>>> {
    let sources = apply::sources(lesson)?;
    let variants = mutants
        .iter()
        .map(|mutant| Variant::new(lesson, &mutant.patch, &sources));
    let variants: Vec<Variant> = variants
        .collect::<Result<_, _>>()
        .map_err(|error| anyhow!("a mutant does not fit: {}", error.message))?;
    Ok(build_what_can(root, &variants)?
        .into_iter()
        .map(|built| Some(built?.program))
        .collect())
}

/// Those on which no script fails, and their programs.
fn survivors<'a>(trials: &[Trial<'a>], plan: Plan) -> Result<Vec<(&'a Mutant, &'a Path)>> {
    let bar = tell::bar(trials.len() as u64);
    let mut survivors = Vec::new();
    suite::run(trials, plan, Trial::play, |event| {
        match event {
            Event::Progress { .. } => bar.inc(1),
            Event::Played { case, verdict, .. } => {
                if goes_unnoticed(&verdict) {
                    survivors.push((case.mutant, case.program));
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    Ok(survivors)
}
