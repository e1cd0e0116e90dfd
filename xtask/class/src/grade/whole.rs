//! Grades a whole class, and writes down what came of it.

use super::build::Workshop;
use super::collect::Wanted;
use super::one::Grader;
use super::results::{Graded, Person, Results, VERSION, of_class};
use super::roster::Roster;
use super::submission::Submission;
use super::toolchain::Toolchain;
use super::{feedback, marks, package};
use crate::assignment::Assignment;
use crate::confine::Fences;
use anyhow::{Context, Result, bail};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What is asked of `cargo xtask grade`.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// The assignment's folder
    pub assignment: PathBuf,
    /// The folder with the submissions: a sub-folder or a zip file each
    #[arg(required_unless_present = "autograder")]
    pub submissions: Option<PathBuf>,
    /// Who is who: a CSV file with a column id, name or email
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// Submissions that are graded at a time; as many as there are processors, if nothing is said
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,
    /// Where the marks and the feedback go; NAME-grades, if nothing is said
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where submissions are built: some GiB of room
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// Seconds of processor time that one build may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub build_time: u64,
    /// Seconds that the scripts of one submission may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub play_time: u64,
    /// The folder is one submission, and its marks go to this file, as Gradescope reads them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["roster", "out"])]
    pub gradescope: Option<PathBuf>,
    /// Grade nothing: make the zip file that Gradescope makes its autograder from
    #[arg(long, value_name = "FILE", conflicts_with_all = ["submissions", "gradescope"])]
    pub autograder: Option<PathBuf>,
}

/// What submissions are graded with.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Submissions at a time.
    pub jobs: NonZero<usize>,
    /// How much processor time one build may take.
    pub build_time: Duration,
    /// How long the scripts of one submission may take.
    pub play_time: Duration,
    /// Where they are built; the system's folder for such things, if nothing is said.
    pub work: Option<PathBuf>,
}

impl Asked {
    /// How it is to be done.
    pub fn plan(&self) -> Plan {
        let processors = || thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Plan {
            jobs: self.jobs.unwrap_or_else(processors),
            build_time: Duration::from_secs(self.build_time),
            play_time: Duration::from_secs(self.play_time),
            work: self.work.clone(),
        }
    }
}

/// Grades `submissions` of `assignment`. `roster` says who is who. `told` hears of each submission that is done, with the number of
/// those that are.
///
/// # Errors
/// Nobody can be graded: the assignment does not build, or the system lacks something. Whatever a submission does is none.
pub fn grade(
    assignment: &Assignment,
    submissions: &[Submission],
    roster: Option<&Roster>,
    plan: &Plan,
    told: impl Fn(usize, &Graded) + Sync,
) -> Result<Results> {
    let fences = Fences::ask();
    let work = work_folder(plan.work.as_deref())?;
    let toolchain = Toolchain::of(&assignment.course)?;
    let workshop = Workshop::new(
        work.path().to_owned(),
        assignment.name(),
        toolchain,
        fences,
        plan.build_time,
    );
    let starter = package::starter(assignment)?;
    workshop.prepare(&starter)?;
    let grader = Grader {
        assignment,
        wanted: Wanted::new(&assignment.about.may_change, assignment.name())?,
        workshop,
        starter,
        fences,
        play_time: plan.play_time,
    };
    let people: Vec<Person> = submissions.iter().map(|it| person(it, roster)).collect();
    let graded = all(&grader, submissions, &people, plan.jobs, told)?;
    Ok(Results {
        version: VERSION,
        assignment: assignment.name().to_owned(),
        title: assignment.about.title.clone(),
        points: assignment.points(),
        gaps: fences.gaps().into_iter().map(str::to_owned).collect(),
        class: of_class(&graded),
        missing: missing(roster, &people),
        submissions: graded,
    })
}

/// Grades them side by side; the results are in the order of the submissions.
fn all(
    grader: &Grader,
    submissions: &[Submission],
    people: &[Person],
    jobs: NonZero<usize>,
    told: impl Fn(usize, &Graded) + Sync,
) -> Result<Vec<Graded>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for slot in 0..jobs.get().min(submissions.len()) {
            let (next, done, told) = (&next, &done, &told);
            let work = move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(submission) = submissions.get(index) else {
                        return;
                    };
                    let graded = grader.grade(submission, &people[index], slot);
                    if let Ok(mut done) = done.lock() {
                        told(done.len() + 1, &graded);
                        done.push((index, graded));
                    }
                }
            };
            let started = thread::Builder::new().spawn_scoped(scope, work);
            started.context("cannot start a thread to grade on")?;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    if done.len() != submissions.len() {
        bail!(
            "only {} of {} submissions were graded",
            done.len(),
            submissions.len()
        );
    }
    Ok(done.into_iter().map(|(_, graded)| graded).collect())
}

/// A folder that is gone afterwards, and that nobody else can list.
fn work_folder(below: Option<&Path>) -> Result<tempfile::TempDir> {
    let made = match below {
        Some(below) => fs::create_dir_all(below)
            .and_then(|()| tempfile::Builder::new().prefix("grade-").tempdir_in(below)),
        None => tempfile::Builder::new().prefix("grade-").tempdir(),
    };
    let made = made.context("cannot make a folder to build in; name one with --work")?;
    // Those who are another user than the grader go through it, and know where to.
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(made.path(), fs::Permissions::from_mode(0o711))
        .with_context(|| format!("cannot open {}", made.path().display()))?;
    Ok(made)
}

/// Whose a submission is.
fn person(submission: &Submission, roster: Option<&Roster>) -> Person {
    let name = submission.name.as_deref().unwrap_or_default();
    let found = roster.and_then(|roster| {
        let place = roster.find([submission.id.as_str(), &submission.folder, name])?;
        roster.students.get(place)
    });
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    match found {
        Some(student) => Person {
            id: student.id.clone(),
            name: some(&student.name),
            email: some(&student.email),
        },
        None => Person {
            id: submission.id.clone(),
            name: submission.name.clone(),
            email: None,
        },
    }
}

fn missing(roster: Option<&Roster>, people: &[Person]) -> Vec<Person> {
    let students = roster.into_iter().flat_map(|roster| &roster.students);
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    students
        .filter(|student| people.iter().all(|person| person.id != student.id))
        .map(|student| Person {
            id: student.id.clone(),
            name: some(&student.name),
            email: some(&student.email),
        })
        .collect()
}

/// Writes all that was found out into the folder `out`: `results.json`, `marks.csv` and `feedback/`.
///
/// # Errors
/// The disk.
pub fn write(results: &Results, out: &Path) -> Result<()> {
    let feedback = out.join("feedback");
    fs::create_dir_all(&feedback).with_context(|| format!("cannot make {}", feedback.display()))?;
    let write = |name: PathBuf, text: String| {
        fs::write(&name, text).with_context(|| format!("cannot write {}", name.display()))
    };
    write(
        out.join("results.json"),
        serde_json::to_string_pretty(results)? + "\n",
    )?;
    write(out.join("marks.csv"), marks::of(results)?)?;
    for graded in &results.submissions {
        write(
            feedback.join(&graded.feedback),
            feedback::of(graded, results),
        )?;
    }
    Ok(())
}
