//! What grading found out, as data: the document that `results.json` is, and that everything else is made from.
//!
//! `results.schema.json`, beside this file, says the same for other programs.

use harness::verdict::State;
use serde::{Deserialize, Serialize};

/// Raised when something that a reader relies on changes or goes; new fields do not raise it.
pub const VERSION: u32 = 1;

/// All that is known after an assignment was graded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`VERSION`].
    pub version: u32,
    /// The assignment's name.
    pub assignment: String,
    /// What was to be made, in a few words.
    pub title: String,
    /// What a submission that passes everything has.
    pub points: u32,
    /// What this system could not keep submissions from, a sentence each.
    pub gaps: Vec<String>,
    /// The submissions, by folder.
    pub submissions: Vec<Graded>,
    /// Who is on the roster and has handed in nothing.
    pub missing: Vec<Person>,
    /// The scripts, and how the class did.
    pub class: Vec<OfClass>,
}

/// A student, as far as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What the roster knows the student by, or else the folder of the submission.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

/// One submission with its marks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// Whose it is.
    pub person: Person,
    /// The name of its folder.
    pub folder: String,
    /// The name of its file below `feedback/`.
    pub feedback: String,
    /// How far it came.
    pub fate: Fate,
    /// The points that it has; of those for a script in several variants, a part for each.
    pub points: f64,
    /// Whether the points are final: every script has passed or failed.
    pub is_final: bool,
    /// The files that were taken from it.
    pub files: Vec<String>,
    /// What the instructor should know, a sentence each.
    pub notes: Vec<String>,
    /// Every script of the assignment, in its order.
    pub scripts: Vec<Scripted>,
    /// What it took.
    pub cost: Cost,
}

/// How far a submission came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// Its program was played against.
    Played,
    /// It has none of the files that are the student's to write.
    Empty,
    /// It does not build.
    NotBuilt {
        /// One sentence why.
        why: String,
        /// What the compiler has said, the end of it.
        said: String,
    },
    /// It could not be graded, and that is not the student's fault.
    NotGraded {
        /// One sentence why.
        why: String,
    },
}

/// One script, played against one submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scripted {
    /// Its name.
    pub name: String,
    /// What students are told of it.
    pub title: String,
    /// Whether students get to see no more of it than that.
    pub hidden: bool,
    /// The points that it gives.
    pub weight: u32,
    /// The points that were had.
    pub points: f64,
    /// How it ended.
    pub outcome: Outcome,
    /// What was wrong, in a sentence.
    pub message: Option<String>,
    /// Where the program was then.
    pub state: Option<State>,
    /// The whole report.
    pub report: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// How a script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything held.
    Passed,
    /// Something is proven to be wrong.
    Failed,
    /// It could not be played here.
    Skipped,
    /// Neither right nor wrong could be proven in time.
    Undecided,
    /// There was no program to play it against.
    NotPlayed,
}

/// What a submission took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds from the compiler's start to its end.
    pub build_seconds: f64,
    /// The most memory that the compiler and all it started had at a time, in bytes, as far as was seen.
    pub build_memory: u64,
    /// Seconds in which scripts were played.
    pub play_seconds: f64,
}

/// One script, and how the class did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfClass {
    /// Its name.
    pub name: String,
    /// What students are told of it.
    pub title: String,
    /// Submissions that it was played against.
    pub played: usize,
    /// Those of them that failed it.
    pub failed: usize,
    /// The states in which they failed, the most frequent first.
    pub states: Vec<Counted>,
}

/// A state, and how many programs were found in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// The state; `None` where nobody could look.
    pub state: Option<State>,
    /// How many.
    pub count: usize,
}

impl Graded {
    /// Counts its points, and whether that is all that can be said.
    pub fn count(&mut self) {
        self.points = self.scripts.iter().map(|script| script.points).sum();
        let is_known =
            |script: &Scripted| !matches!(script.outcome, Outcome::Skipped | Outcome::Undecided);
        self.is_final =
            !matches!(self.fate, Fate::NotGraded { .. }) && self.scripts.iter().all(is_known);
    }
}

impl Results {
    /// Whether every mark is final.
    pub fn is_final(&self) -> bool {
        self.submissions.iter().all(|graded| graded.is_final)
    }
}

/// How the class did, script by script.
pub fn of_class(submissions: &[Graded]) -> Vec<OfClass> {
    let Some(first) = submissions.first() else {
        return Vec::new();
    };
    let of_one = |index: usize| {
        let all = submissions.iter().filter_map(|it| it.scripts.get(index));
        let played: Vec<&Scripted> = all.filter(|it| it.outcome != Outcome::NotPlayed).collect();
        let failed: Vec<&Scripted> = played
            .iter()
            .copied()
            .filter(|it| it.outcome == Outcome::Failed)
            .collect();
        OfClass {
            name: first.scripts[index].name.clone(),
            title: first.scripts[index].title.clone(),
            played: played.len(),
            failed: failed.len(),
            states: counted(&failed),
        }
    };
    (0..first.scripts.len()).map(of_one).collect()
}

fn counted(failed: &[&Scripted]) -> Vec<Counted> {
    let mut states: Vec<Counted> = Vec::new();
    for script in failed {
        match states.iter_mut().find(|it| it.state == script.state) {
            Some(known) => known.count += 1,
            None => states.push(Counted {
                state: script.state.clone(),
                count: 1,
            }),
        }
    }
    states.sort_by_key(|it| std::cmp::Reverse(it.count));
    states
}
