//! `cargo xtask hunt`: a program with one bug in it.

use crate::mine::{self, Memory};
use crate::{cli, exercise, tell, workspace};
use anyhow::{Context, Result, bail};
use harness::exercise::hunt::{Begun, Hunt, State};
use harness::exercise::progress::Progress;
use harness::lesson::Lesson;
use harness::pitfalls::Pitfall;
use harness::prove::bug::Bug;
use harness::run::{Target, play};
use harness::suite::{self, Event};
use harness::verdict::Outcome;
use harness::words::{count, wrapped};
use std::collections::BTreeMap;
use std::iter;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::process::ExitCode;

/// Where prose is broken.
const WIDTH: usize = 76;

/// How often each script is played when a hunt begins: one that a bug fails by chance is not to be taken for one that is mended,
/// or broken, later.
const RUNS: NonZero<u32> = NonZero::new(5).unwrap();

/// Seeds that are chosen here are small: they are to be typed.
const SEEDS: Range<u64> = 1..10_000;

/// Begins a hunt, or ends one by showing the bug.
pub(crate) fn hunt(asked: &cli::Hunt) -> Result<ExitCode> {
    let root = workspace::root()?;
    let lessons = Lesson::all(&root)?;
    let hunt = Hunt::of(workspace::find(&lessons, &asked.lesson)?);
    if asked.give_up {
        give_up(&hunt)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !asked.again {
        hunt.must_be_over()?;
    }
    let (bug, seed) = choose(asked, &hunt, &root)?;
    let begun = hunt.begin(&bug)?;
    // Until it is known what fails, so that a hunt which is broken off here is one, too.
    let mut state = State {
        bug: bug.name().to_owned(),
        is_over: false,
        failing: Vec::new(),
        varying: Vec::new(),
    };
    hunt.save(&state)?;
    let (failures, of) = failures(&hunt, &root)?;
    state.note(&failures, RUNS.get());
    if failures.is_empty() {
        state.is_over = true;
        hunt.save(&state)?;
        bail!(
            "no script fails with this bug on this system; `cargo xtask doctor` may know what is missing"
        );
    }
    tell::print(&told(&hunt, &begun, seed, &state, of))?;
    hunt.save(&state)?;
    let mut progress = Progress::load(&root);
    let known = progress.of_mut(&hunt.exercise.name);
    known.scripts.clear();
    known.stopped_at = None;
    progress.save(&root)?;
    Ok(ExitCode::SUCCESS)
}

/// The bug that was asked for, or one by chance, with the number that stands for it.
fn choose(asked: &cli::Hunt, hunt: &Hunt, root: &Path) -> Result<(Bug, Option<u64>)> {
    if let Some(name) = &asked.bug {
        return Ok((hunt.bug(name)?, None));
    }
    let mut bugs = hunt.bugs()?;
    if bugs.is_empty() {
        bail!("{} has no bugs to hunt", hunt.exercise.lesson.name);
    }
    let of = |seed| fastrand::Rng::with_seed(seed).usize(..bugs.len());
    let seed = asked.seed.unwrap_or_else(|| {
        let progress = Progress::load(root);
        let known = progress.of(&hunt.exercise.name).map(|it| &it.found);
        let last = hunt.state().map(|it| it.bug);
        let is_new = |bug: &Bug| {
            known.is_none_or(|known| !known.contains(bug.name()))
                && last.as_deref() != Some(bug.name())
        };
        let mut seeds = iter::repeat_with(|| fastrand::u64(SEEDS));
        match bugs.iter().any(is_new) {
            true => seeds.find(|seed| is_new(&bugs[of(*seed)])),
            false => seeds.next(), // All have been found: any will do.
        }
        .unwrap_or(SEEDS.start)
    });
    let chosen = of(seed);
    Ok((bugs.swap_remove(chosen), Some(seed)))
}

/// The scripts that fail on the program as it is, by name, each with how often; and how many scripts there are.
fn failures(hunt: &Hunt, root: &Path) -> Result<(BTreeMap<String, u32>, usize)> {
    let lesson = hunt.exercise.lesson;
    let scripts: Vec<_> = lesson.scripts()?.into_iter().flatten().collect();
    let program = mine::programs(std::slice::from_ref(&hunt.exercise))?.remove(0);
    let target = Target::of_built(lesson, program, root.to_owned());
    let mut failures = BTreeMap::new();
    let bar = tell::bar(scripts.len() as u64 * u64::from(RUNS.get()));
    suite::run_long_ones_first(
        &scripts,
        cli::plan(RUNS.get(), None),
        |script| script.takes_long(),
        |script| play(script, &target),
        |event| {
            if let Event::Progress { .. } = event {
                bar.inc(1);
            }
            if let Event::Played { case, verdict, .. } = event
                && matches!(verdict.outcome, Outcome::Failed(_))
            {
                *failures.entry(case.name.clone()).or_default() += 1;
            }
            ControlFlow::Continue(())
        },
    )?;
    bar.finish_and_clear();
    Ok((failures, scripts.len()))
}

/// What is printed when a hunt has begun.
fn told(hunt: &Hunt, begun: &Begun, seed: Option<u64>, state: &State, of: usize) -> String {
    let number = hunt.exercise.lesson.number;
    let folder = hunt.exercise.folder();
    let mut text = String::new();
    if let Some(backup) = &begun.backup {
        text += &format!("what you had is in {}\n", backup.display());
    }
    let (always, at_times) = (state.failing.len(), state.varying.len());
    let fail = if always == 1 { "fails" } else { "fail" };
    let now_and_then = match at_times {
        0 => String::new(),
        some => format!(", {some} more now and then"),
    };
    text += &format!(
        "{} has a bug in it: {always} of {of} scripts {fail}{now_and_then}.\n",
        folder.display()
    );
    if let Some(seed) = seed {
        text += &format!("seed {seed}: --seed {seed} brings the same bug again\n");
    }
    text += &format!(
        "\ncargo xtask verify {number:02} --hunt     what clients see of it\n\
         cargo xtask watch {number:02} --hunt      the same at every save\n\
         cargo xtask hunt {number:02} --give-up    what it is\n"
    );
    text + &exercise::about_editor(&begun.editor)
}

/// Shows the bug. The hunt is over then.
fn give_up(hunt: &Hunt) -> Result<()> {
    hunt.exercise.must_exist()?;
    let mut state = hunt.state().context(
        "it is not known any more which bug it is: a file of exercises/.hunt was deleted",
    )?;
    tell::print(&answer(hunt, &state.bug)?)?;
    state.is_over = true;
    hunt.save(&state)
}

/// What a check of programs with bugs says beyond the scripts: of one that is mended, what the bug was; of others, what
/// was broken on the way.
pub(crate) fn outcome(memory: &mut Memory) -> Result<String> {
    let mut text = String::new();
    for exercise in memory.exercises {
        let hunt = Hunt::of(exercise.lesson);
        let (Some(failing), Some(mut state)) = (memory.failing(exercise), hunt.state()) else {
            continue; // Only some scripts were played, or it is not known what was to be found.
        };
        if !failing.is_empty() {
            text += &on_the_way(&failing, &state);
            continue;
        }
        if !state.is_over {
            memory.found(exercise, &state.bug);
            state.is_over = true;
            hunt.save(&state)?;
        }
        let number = exercise.lesson.number;
        text += &format!(
            "\nmended, and nothing else is broken. {}",
            answer(&hunt, &state.bug)?
        );
        text += &format!(
            "\nthis again: cargo xtask hunt {number:02} --give-up  ·  another bug: cargo xtask hunt {number:02}\n"
        );
    }
    Ok(text)
}

/// What has changed since the hunt began, as far as that is known: `failing` fail now.
fn on_the_way(failing: &[String], known: &State) -> String {
    let at_first = &known.failing;
    let broken: Vec<&str> = failing
        .iter()
        .filter(|script| !at_first.contains(script) && !known.varying.contains(script))
        .map(String::as_str)
        .collect();
    let mended = at_first.iter().filter(|script| !failing.contains(script));
    let mended = mended.count();
    // One that fails now and then may be what is left of the bug.
    let fails_still = failing.iter().any(|script| known.varying.contains(script));
    let mut text = match (mended == at_first.len(), mended) {
        (true, _) if !broken.is_empty() && !fails_still => {
            "the bug is mended, but something else is broken\n".to_owned()
        }
        (_, 0) => String::new(),
        _ => format!(
            "of {} that failed at first, {mended} now {}\n",
            count(at_first.len(), "script", "scripts"),
            if mended == 1 { "passes" } else { "pass" }
        ),
    };
    if !broken.is_empty() {
        text += &wrapped(
            &format!("passed at first, and fails now: {}", broken.join(", ")),
            WIDTH,
        );
        text.push('\n');
    }
    text
}

/// What the bug called `name` is, why somebody made it, and what the lesson has in its place.
fn answer(hunt: &Hunt, name: &str) -> Result<String> {
    let bug = hunt.bug(name)?;
    let mut text = format!("It was {name}.\n");
    if let Some(number) = bug.pitfall {
        let pitfalls = Pitfall::all(&hunt.exercise.lesson.root)?;
        if let Some(pitfall) = pitfalls.iter().find(|it| it.number == number) {
            let about = format!("pitfall {number}, {}: {}", pitfall.name, pitfall.about);
            text += &format!("{}\n", wrapped(&about, WIDTH));
        }
    }
    text += &format!("{}\n\n", wrapped(&format!("why: {}", bug.why), WIDTH));
    Ok(text + &exercise::coloured(&hunt.answer(&bug)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_mended_and_what_is_broken_is_told_apart() {
        for (failing, at_first, wanted) in [
            (&["a"][..], &["a"][..], ""),
            (
                &["a"],
                &["a", "b"],
                "of 2 scripts that failed at first, 1 now passes\n",
            ),
            (&["a", "c"], &["a"], "passed at first, and fails now: c\n"),
            (
                &["c", "d"],
                &["a"],
                "the bug is mended, but something else is broken\npassed at first, and fails now: c, d\n",
            ),
            // What fails now and then says nothing, whether it fails or not.
            (&["a", "x"], &["a"], ""),
            (
                &["x"],
                &["a"],
                "of 1 script that failed at first, 1 now passes\n",
            ),
        ] {
            let known = State {
                bug: "forgets".into(),
                is_over: false,
                failing: names(at_first),
                varying: names(&["x"]),
            };
            assert_eq!(on_the_way(&names(failing), &known), wanted);
        }
    }
}
