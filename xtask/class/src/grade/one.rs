//! Grades one submission.

use super::Package;
use super::build::{Built, Workshop};
use super::collect::Wanted;
use super::package::of_submission;
use super::player::{self, Job, unplayed};
use super::results::{Cost, Fate, Graded, Outcome, Person, Scripted};
use super::submission::{Submission, file_name};
use crate::assignment::Assignment;
use crate::confine::{Fences, own_user};
use anyhow::Result;
use std::fs;
use std::num::NonZero;
use std::time::{Duration, Instant};

/// Scripts that are played against one submission at a time: most of their time they wait.
const SCRIPTS: NonZero<usize> = NonZero::new(8).expect("8 is not 0");

/// Grades the submissions of one assignment.
#[derive(Debug)]
pub(super) struct Grader<'a> {
    pub(super) assignment: &'a Assignment,
    pub(super) wanted: Wanted,
    pub(super) workshop: Workshop,
    pub(super) starter: Package,
    pub(super) fences: Fences,
    pub(super) play_time: Duration,
}

impl Grader<'_> {
    /// Grades one, which is `person`'s. `slot` tells apart those that are graded at the same time.
    pub(super) fn grade(&self, submission: &Submission, person: &Person, slot: usize) -> Graded {
        let name = file_name(&submission.id);
        let mut graded = Graded {
            person: person.clone(),
            folder: submission.folder.clone(),
            feedback: format!("{name}.md"),
            fate: Fate::Played,
            points: 0.0,
            is_final: false,
            files: Vec::new(),
            notes: Vec::new(),
            scripts: Vec::new(),
            cost: Cost::default(),
        };
        if let Err(error) = self.try_to_grade(&mut graded, submission, &name, slot) {
            graded.fate = Fate::NotGraded {
                why: format!("{error:#}"),
            };
        }
        graded.count();
        graded
    }

    fn try_to_grade(
        &self,
        graded: &mut Graded,
        submission: &Submission,
        name: &str,
        slot: usize,
    ) -> Result<()> {
        let instance = self.assignment.for_student(&graded.person.id)?;
        graded.scripts = instance.scripts.iter().map(unplayed).collect();
        let collected = self.wanted.collect(&submission.path)?;
        graded.notes = collected.notes;
        graded.files = collected
            .files
            .keys()
            .map(|path| path.display().to_string())
            .collect();
        if collected.files.is_empty() {
            graded.fate = Fate::Empty;
            return Ok(());
        }
        let package = of_submission(&self.starter, &collected.files);
        let built = self.workshop.build(name, &package, slot)?;
        graded.cost.build_seconds = built.took.as_secs_f64();
        graded.cost.build_memory = built.memory;
        let Built { program, said, .. } = built;
        let program = match program {
            Ok(program) => program,
            Err(why) => {
                graded.fate = Fate::NotBuilt { why, said };
                return Ok(());
            }
        };
        let job = Job {
            course: self.assignment.course.clone(),
            assignment: fs::canonicalize(&self.assignment.folder)?,
            student: graded.person.id.clone(),
            program,
            user: own_user(slot),
            counts_processes: self.fences.processes,
            own_network: self.fences.network,
            jobs: SCRIPTS,
        };
        let began = Instant::now();
        let (played, trouble) = player::have_played(&job, self.play_time)?;
        graded.cost.play_seconds = began.elapsed().as_secs_f64();
        merge(&mut graded.scripts, played);
        graded.notes.extend(trouble);
        Ok(())
    }
}

/// Puts what was played in the place of what was not. A script in several variants passes as often as its variants do.
fn merge(scripts: &mut [Scripted], played: player::All) {
    for (index, script) in scripts.iter_mut().enumerate() {
        let variants: Vec<&Scripted> = played
            .iter()
            .filter(|(of, _)| *of == index)
            .map(|(_, it)| it)
            .collect();
        // The worst is told: of those that could not be decided, and of those that failed, the first.
        let worst = variants
            .iter()
            .max_by_key(|it| (badness(it.outcome), std::cmp::Reverse(it.seconds.to_bits())));
        let Some(worst) = worst else {
            continue;
        };
        let passed = variants
            .iter()
            .filter(|it| it.outcome == Outcome::Passed)
            .count();
        let seconds = variants.iter().map(|it| it.seconds).sum();
        *script = Scripted {
            points: f64::from(script.weight) * passed as f64 / variants.len() as f64,
            seconds,
            ..Scripted::clone(worst)
        };
    }
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::NotPlayed | Outcome::Skipped => 1,
        Outcome::Undecided => 2,
        Outcome::Failed => 3,
    }
}
