//! `cargo xtask trace --record` and `--check`: the recordings that the book plays.

use crate::{select, trace, workspace};
use anyhow::{Context, Result, anyhow, bail};
use harness::build;
use harness::lesson::Lesson;
use harness::script::Script;
use harness::trace::recording::{self, FORMAT, Recording};
use harness::verdict::Outcome;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

/// Records a script of a lesson.
pub(crate) fn record(root: &Path, lesson: &Lesson, script: &Script) -> Result<ExitCode> {
    let command = trace::lesson_command(root, lesson)?;
    let recording = replay(root, lesson, script, command)?;
    let file = recording.path();
    let folder = root.join(recording::FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let text = recording.to_json()?;
    fs::write(root.join(&file), &text)
        .with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(
        io::stdout(),
        "recorded {}, {} bytes",
        file.display(),
        text.len()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Plays the script, which must pass: a recording shows how it is done.
fn replay(
    root: &Path,
    lesson: &Lesson,
    script: &Script,
    command: Vec<OsString>,
) -> Result<Recording> {
    let (story, verdict) = trace::traced(lesson, script, command, root.to_owned(), None);
    match verdict.outcome {
        Outcome::Passed => Ok(Recording::new(lesson, script, story)?.repeatable(script)),
        Outcome::Failed(finding) => bail!("{} fails: {}", script.name, finding.message),
        Outcome::Undecided(finding) => bail!("{} is undecided: {}", script.name, finding.message),
        Outcome::Skipped(why) => bail!("{} cannot be played here: {why}", script.name),
    }
}

/// A recording, and what it is of today.
struct Kept<'l> {
    file: PathBuf,
    recording: Recording,
    lesson: &'l Lesson,
    script: Script,
}

/// Says of each recording, or of each of one lesson's, whether it is still what is recorded today.
pub(crate) fn check(root: &Path, lessons: &[Lesson], word: Option<&str>) -> Result<ExitCode> {
    let only = word
        .map(|word| workspace::find(lessons, word))
        .transpose()?;
    let mut kept = Vec::new();
    for file in recording::files(root)? {
        let recording = Recording::read(&file)?;
        if only.is_none_or(|only| only.full_name() == recording.lesson) {
            kept.push(find(root, lessons, file, recording)?);
        }
    }
    if kept.is_empty() {
        bail!("there are no recordings; `cargo xtask trace --record LESSON SCRIPT` makes one");
    }
    let mut names: Vec<&str> = kept.iter().map(|kept| kept.lesson.name.as_str()).collect();
    names.dedup();
    let built = build::programs(root, &names)?;
    let program = |kept: &Kept| -> Result<Vec<OsString>> {
        let name = &kept.lesson.name;
        let program = built
            .get(name)
            .ok_or_else(|| anyhow!("cargo did not say where {name} is"))?;
        Ok(vec![program.into()])
    };
    let today: Vec<Result<Recording>> = thread::scope(|scope| {
        let threads: Vec<_> = kept
            .iter()
            .map(|kept| {
                let command = program(kept);
                scope.spawn(move || replay(root, kept.lesson, &kept.script, command?))
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended
            .map(|it| it.unwrap_or_else(|_| bail!("the harness has failed")))
            .collect()
    });
    let mut all_match = true;
    for (kept, today) in kept.iter().zip(today) {
        all_match &= tell(kept, today)?;
    }
    Ok(if all_match {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The lesson and the script that a recording is of.
fn find<'l>(
    root: &Path,
    lessons: &'l [Lesson],
    file: PathBuf,
    recording: Recording,
) -> Result<Kept<'l>> {
    let shown = file.strip_prefix(root).unwrap_or(&file).to_owned();
    if recording.format != FORMAT {
        bail!(
            "{} has format {}, not {FORMAT}: record it again",
            shown.display(),
            recording.format
        );
    }
    let lesson = workspace::find(lessons, &recording.lesson)
        .with_context(|| format!("{} is of no lesson", shown.display()))?;
    let words = [recording.lesson.clone()];
    let chosen = select::choose(lessons, &words, Some(&recording.script))
        .with_context(|| format!("{} is of no script", shown.display()))?;
    let scripts = chosen
        .into_iter()
        .flat_map(|chosen| chosen.scripts)
        .flatten();
    let script = scripts.into_iter().next();
    let script =
        script.ok_or_else(|| anyhow!("the script of {} is not written right", shown.display()))?;
    Ok(Kept {
        file: shown,
        recording,
        lesson,
        script,
    })
}

/// A line for a recording; returns whether it is up to date.
fn tell(kept: &Kept, today: Result<Recording>) -> Result<bool> {
    let file = kept.file.display();
    let differences = match today {
        Ok(today) => kept.recording.differences(&today),
        Err(error) => vec![format!("{error:#}")],
    };
    let mut out = io::stdout();
    if differences.is_empty() {
        writeln!(out, "{file}: matches")?;
        return Ok(true);
    }
    writeln!(out, "{file}: {}", differences.join("; "))?;
    let number = kept.lesson.number;
    let script = &kept.recording.script;
    let script = if script.contains(' ') {
        format!("'{script}'")
    } else {
        script.clone()
    };
    writeln!(
        out,
        "  cargo xtask trace --record {number:02} {script}   if that is meant"
    )?;
    Ok(false)
}
