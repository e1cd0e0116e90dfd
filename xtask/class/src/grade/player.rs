//! Plays the scripts of one submission, in a process of its own.
//!
//! The process, this binary again, moves into a network of its own, where there is nobody but the program and its scripted clients,
//! and plays. It is not confined: it reads the scripts, and it looks at the program. The program is.
//!
//! What it is to do comes as JSON on its standard input, and for each script that has been played a line of JSON goes to its standard
//! output. So what was found out is known even if it does not come to its end.

use super::results::{Outcome, Scripted};
use crate::assignment::{Assignment, Played};
use crate::confine::{self, Confinement, Limits, Network, files};
use anyhow::{Context, Result, bail};
use harness::lesson::Lesson;
use harness::report::{self, Program, Wording};
use harness::run::{Target, play};
use harness::suite::{self, Event, Plan};
use harness::verdict::{self, Finding, Verdict};
use rustix::process::{Signal, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The argument that makes this binary a player.
const ASKED: &str = "--play-scripts-as-told-at-stdin";

/// Bytes of address space of a process of a submission.
const MEMORY: u64 = 1 << 30;
/// Processes and threads at a time, those of the player among them where it is no other user.
const PROCESSES: u64 = 256;
/// Bytes of a file. There is none that it may write, but pipes are files too for some limits of some systems.
const FILE: u64 = 1 << 20;
/// Seconds of processor time.
const CPU: u64 = 120;

/// What a player is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The workspace with the lessons.
    pub course: PathBuf,
    /// The assignment's folder.
    pub assignment: PathBuf,
    /// Whose submission it is: what the assignment's parameters depend on.
    pub student: String,
    /// The program.
    pub program: PathBuf,
    /// The user that the program runs as, if the player is root.
    pub user: Option<u32>,
    /// Whether processes are counted here.
    pub counts_processes: bool,
    /// Whether a network of its own is to be had here.
    pub own_network: bool,
    /// How many scripts are played at a time.
    pub jobs: NonZero<usize>,
}

/// Becomes a player, if this process was started as one, and then does not return.
pub fn serve_if_asked() {
    if env::args_os().nth(1).is_none_or(|word| word != ASKED) {
        return;
    }
    let status = match serve() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: {error:#}");
            1
        }
    };
    process::exit(status);
}

fn serve() -> Result<()> {
    // Nobody is there to hear of what it would find out.
    set_parent_process_death_signal(Some(Signal::KILL)).context("cannot follow the grader")?;
    let job: Job = serde_json::from_reader(io::stdin()).context("the job is not understood")?;
    if job.own_network {
        confine::enter_own_loopback().context("cannot have a network of one's own")?;
    }
    if let Some(user) = job.user {
        confine::be_also(user).context("cannot be the submission's user")?;
    }
    let assignment = Assignment::load(&job.course, &job.assignment)?;
    let base = assignment.lesson_base();
    let instance = assignment.for_student(&job.student)?;
    let directory = job.program.parent().unwrap_or(Path::new("/")).to_owned();
    let command = confinement(&job).command(&[job.program.clone().into_os_string()])?;
    let target = Target::of_lesson(base, command, directory);
    let mut cases = Vec::new();
    for (index, script) in instance.scripts.iter().enumerate() {
        let variants = script.parse(base);
        let variants =
            variants.map_err(|error| anyhow::anyhow!("{}", report::script_error::plain(&error)))?;
        cases.extend(variants.into_iter().map(|script| (index, script)));
    }
    let plan = Plan {
        repeat: NonZero::<u32>::MIN,
        jobs: job.jobs,
    };
    let hopeless = suite::Hopeless::default();
    let mut told = Ok(());
    suite::run(
        &cases,
        plan,
        |(_, script)| hopeless.or_play(&job.program, || play(script, &target)),
        |event| {
            if let Event::Played {
                case: (index, script),
                verdict,
                ..
            } = event
            {
                let scripted = scripted(base, &instance.scripts[*index], script, verdict);
                told = serde_json::to_string(&(index, scripted))
                    .map_err(io::Error::other)
                    .and_then(|line| writeln!(io::stdout(), "{line}"));
            }
            match told {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        },
    )?;
    told.context("cannot tell what was found out")
}

/// A program that is played against may read itself and its libraries, and write nothing.
fn confinement(job: &Job) -> Confinement {
    Confinement {
        reads: files::libraries().chain([job.program.clone()]).collect(),
        writes: Vec::new(),
        limits: Limits {
            memory: MEMORY,
            processes: job.counts_processes.then_some(PROCESSES),
            file_size: FILE,
            cpu: CPU,
        },
        network: Network::Shared, // with the player, whose clients come to it
        user: job.user,
        environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
    }
}

fn scripted(
    base: &Lesson,
    played: &Played,
    script: &harness::script::Script,
    verdict: Verdict,
) -> Scripted {
    let entry = report::Entry {
        lesson: base,
        script,
        run: 1,
        verdict,
    };
    let wording = Wording {
        program: Program::HandedOut,
        hints: false,
        columns: usize::MAX,
        colour: false,
    };
    let report = report::human::entry(&entry, &wording);
    let seconds = entry.verdict.took.as_secs_f64();
    let told = |finding: Finding| (Some(finding.message), finding.state);
    let (outcome, (message, state)) = match entry.verdict.outcome {
        verdict::Outcome::Passed => (Outcome::Passed, (None, None)),
        verdict::Outcome::Failed(finding) => (Outcome::Failed, told(finding)),
        verdict::Outcome::Undecided(finding) => (Outcome::Undecided, told(finding)),
        verdict::Outcome::Skipped(why) => (Outcome::Skipped, (Some(why), None)),
    };
    Scripted {
        outcome,
        message,
        state,
        report,
        seconds,
        points: if outcome == Outcome::Passed {
            played.weight.into()
        } else {
            0.0
        },
        ..unplayed(played)
    }
}

/// `script`, when nothing was played.
pub fn unplayed(script: &Played) -> Scripted {
    Scripted {
        name: script.name.clone(),
        title: script.title.clone(),
        hidden: script.hidden,
        weight: script.weight,
        points: 0.0,
        outcome: Outcome::NotPlayed,
        message: None,
        state: None,
        report: None,
        seconds: 0.0,
    }
}

/// What came of variants of scripts, each with the place of its script in the assignment.
pub type All = Vec<(usize, Scripted)>;

/// Has a player do `job`, for `time` at most. Returns what was played, and a sentence if that is not all.
///
/// # Errors
/// No player can be started.
pub fn have_played(job: &Job, time: Duration) -> Result<(All, Option<String>)> {
    let mut player = Command::new("/proc/self/exe")
        .arg(ASKED)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start a player")?;
    let told = tell(&mut player, job);
    let played = listen(&mut player, time);
    let _ = player.kill(); // it has ended, or its time is over
    let status = player.wait().context("cannot wait for a player")?;
    told?;
    let (played, said, is_in_time) = played?;
    let trouble = match (is_in_time, status.success()) {
        (true, true) => None,
        (true, false) => Some(format!("the player broke off: {}", said.trim())),
        (false, _) => Some(format!(
            "its scripts were not over after {} s",
            time.as_secs()
        )),
    };
    Ok((played, trouble))
}

fn tell(player: &mut Child, job: &Job) -> Result<()> {
    let Some(mut stdin) = player.stdin.take() else {
        bail!("a player has no standard input");
    };
    // A player that is gone says why.
    let _ = stdin.write_all(&serde_json::to_vec(job)?);
    Ok(())
}

/// What was played, what the player said on stderr, and whether it ended in time.
type Heard = (All, String, bool);

/// Takes what the player says until it ends, or until its time is over.
fn listen(player: &mut Child, time: Duration) -> Result<Heard> {
    let (Some(stdout), Some(stderr)) = (player.stdout.take(), player.stderr.take()) else {
        bail!("a player has no output");
    };
    let until = Instant::now() + time;
    let (sender, lines) = mpsc::channel();
    let (mut played, mut is_in_time) = (Vec::new(), true);
    thread::scope(|scope| {
        let said = scope.spawn(|| io::read_to_string(stderr).unwrap_or_default());
        scope.spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        loop {
            match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    played.push(serde_json::from_str(&line).context("a player says something odd")?)
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    is_in_time = false;
                    let _ = player.kill(); // now both pipes end
                    break;
                }
            }
        }
        let said = said.join().unwrap_or_default();
        Ok((played, said, is_in_time))
    })
}
