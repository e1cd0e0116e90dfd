//! The programs of one lesson, and the scripts that are played against each.

use super::Programs;
use super::asked::Asked;
use crate::select::Chosen;
use anyhow::Result;
use harness::build::in_colour;
use harness::lesson::Lesson;
use harness::prove::acquittal::Acquittal;
use harness::prove::bug::Bug;
use harness::prove::proof::Proof;
use harness::prove::right::Right;
use harness::report::{Entry, Program, Wording};
use harness::run::{Target, play};
use harness::script::Script;
use harness::suite::{self, Event, Plan};
use harness::trace::Trace;
use indicatif::ProgressBar;
use std::io;
use std::ops::ControlFlow;

/// The known-bad and the right programs of one lesson.
pub(super) struct Trial<'a> {
    pub(super) lesson: &'a Lesson,
    pub(super) scripts: Vec<&'a Script>,
    /// The right programs that cannot be run here, with the reasons.
    pub(super) lacking: Vec<(&'a Right, String)>,
    bad: Vec<Played<'a, Bug>>,
    right: Vec<Played<'a, Right>>,
}

/// A program, and the scripts that are played against it.
struct Played<'a, T> {
    what: &'a T,
    target: Target,
    scripts: Vec<&'a Script>,
}

/// The trials of the chosen lessons. Against a bug only the scripts that it names are played, if that is asked for.
///
/// # Errors
/// A program is not there, or does not compile.
pub(super) fn trials<'a>(
    chosen: &'a [Chosen],
    asked: &'a Asked<'a>,
    programs: &Programs,
    only_named: bool,
) -> Result<Vec<Trial<'a>>> {
    let trial = |chosen: &'a Chosen| {
        let mut trial = Trial {
            lesson: chosen.lesson,
            scripts: chosen.scripts.iter().flatten().collect(),
            lacking: Vec::new(),
            bad: Vec::new(),
            right: Vec::new(),
        };
        let of_lesson = |lesson: &Lesson| lesson.folder == chosen.lesson.folder;
        for (_, bug) in asked.bugs.iter().filter(|(lesson, _)| of_lesson(lesson)) {
            trial.add_bug(bug, programs, only_named)?;
        }
        for (_, right) in asked.rights.iter().filter(|(lesson, _)| of_lesson(lesson)) {
            trial.add_right(right, programs)?;
        }
        Ok(trial)
    };
    chosen.iter().map(trial).collect()
}

impl<'a> Trial<'a> {
    fn add_bug(&mut self, bug: &'a Bug, programs: &Programs, only_named: bool) -> Result<()> {
        let is_named = |name: &str| bug.caught_by.iter().any(|catch| catch.script == name);
        self.bad.push(Played {
            what: bug,
            target: programs.of_patch(self.lesson, &bug.patch.path)?,
            scripts: self.scripts_that(|name| !only_named || is_named(name)),
        });
        Ok(())
    }

    fn add_right(&mut self, right: &'a Right, programs: &Programs) -> Result<()> {
        match programs.of_right(self.lesson, right)? {
            Err(why) => self.lacking.push((right, why)),
            Ok(target) => self.right.push(Played {
                what: right,
                target: match &right.waits_in {
                    Some(call) => target.waiting_in(call),
                    None => target,
                },
                scripts: self.scripts_that(|name| right.is_played(name)),
            }),
        }
        Ok(())
    }

    fn scripts_that(&self, are_played: impl Fn(&str) -> bool) -> Vec<&'a Script> {
        let scripts = self.scripts.iter().copied();
        scripts.filter(|script| are_played(&script.name)).collect()
    }

    /// How many scripts are played against all its programs together, once.
    pub(super) fn scripts_to_play(&self) -> usize {
        let bad = self.bad.iter().map(|played| played.scripts.len());
        let right = self.right.iter().map(|played| played.scripts.len());
        bad.chain(right).sum()
    }

    /// Plays all, and judges what came of it.
    ///
    /// # Errors
    /// The system gives no thread to play on.
    pub(super) fn play(
        &self,
        plan: Plan,
        is_traced: bool,
        bar: &ProgressBar,
    ) -> Result<(Vec<Proof<'a>>, Vec<Acquittal<'a>>)> {
        let wording = Wording {
            program: Program::Lessons,
            hints: false,
            columns: usize::MAX,
            colour: in_colour(&io::stdout()),
        };
        let bad = self.bad.iter().flat_map(Played::cases);
        let right = self.right.iter().flat_map(Played::cases);
        let entries =
            self.play_cases(&bad.chain(right).collect::<Vec<_>>(), plan, is_traced, bar)?;
        let mut rest = entries.as_slice();
        let mut next = |scripts: usize| {
            let (of_one, others) = rest.split_at(scripts * plan.repeat.get() as usize);
            rest = others;
            of_one
        };
        let mut proofs = Vec::new();
        for Played { what, scripts, .. } in &self.bad {
            proofs.push(Proof::of(what, next(scripts.len()), &wording));
        }
        let mut acquittals = Vec::new();
        for Played { what, scripts, .. } in &self.right {
            acquittals.push(Acquittal::of(what, next(scripts.len()), &wording));
        }
        Ok((proofs, acquittals))
    }

    fn play_cases(
        &self,
        cases: &[(&'a Script, &Target)],
        plan: Plan,
        is_traced: bool,
        bar: &ProgressBar,
    ) -> Result<Vec<Entry<'a>>> {
        let mut entries = Vec::new();
        suite::run(
            cases,
            plan,
            |(script, target)| match is_traced {
                true => play(script, &Target::clone(target).traced(Trace::default())),
                false => play(script, target),
            },
            |event| {
                match event {
                    Event::Progress { .. } => bar.inc(1),
                    Event::Played { case, run, verdict } => entries.push(Entry {
                        lesson: self.lesson,
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
}

impl<'a, T> Played<'a, T> {
    fn cases(&self) -> impl Iterator<Item = (&'a Script, &Target)> {
        self.scripts.iter().map(|script| (*script, &self.target))
    }
}
