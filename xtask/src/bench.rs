//! `cargo xtask bench`

use crate::run::become_program;
use crate::{cli, mine, workspace};
use anyhow::{Context, Result, bail};
use harness::build;
use harness::exercise::Exercise;
use harness::lesson::Lesson;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The packages that do it. What they need, `verify` does not; so they are built when they are first asked for.
const PACKAGES: [&str; 2] = ["bench", "bench-peers"];

/// The lessons whose servers are measured.
const LESSONS: [u32; 6] = [3, 5, 7, 8, 10, 11];

/// Builds everything that is measured, and the program that measures, and becomes that.
pub(crate) fn bench(asked: &cli::Bench) -> Result<ExitCode> {
    let root = workspace::root()?;
    let mut lessons = Lesson::all(&root)?;
    lessons.retain(|lesson| LESSONS.contains(&lesson.number));
    let names = lessons.iter().map(|lesson| lesson.name.as_str());
    let packages: Vec<&str> = names.chain(PACKAGES).collect();
    let mut built = build::optimized(&root, &packages)?;
    let bench = built.remove("bench");
    let bench = bench.context("cargo did not say where the program is that measures")?;
    let mine = if asked.mine {
        lessons.retain(|lesson| is_meant(lesson, asked.only.as_deref()));
        exercises(&lessons)?
    } else {
        BTreeMap::new()
    };
    let out = build::target_folder(&root)?.join("bench");
    become_program(&bench, arguments(asked, &root, &out, &built, &mine)?)
}

/// Whether the exercise of this lesson is to be measured, if `only` these servers are. One that is not need not even build.
fn is_meant(lesson: &Lesson, only: Option<&str>) -> bool {
    let number = format!("{:02}", lesson.number);
    only.is_none_or(|only| only.split(',').any(|name| name.starts_with(&number)))
}

/// The programs of the user's exercises, by the number of their lesson.
fn exercises(lessons: &[Lesson]) -> Result<BTreeMap<String, PathBuf>> {
    let exercises = lessons.iter().map(|lesson| (lesson, Exercise::of(lesson)));
    let (lessons, exercises): (Vec<_>, Vec<_>) =
        exercises.filter(|(_, exercise)| exercise.exists()).unzip();
    if exercises.is_empty() {
        bail!("there is no such exercise yet; `cargo xtask exercise start 10` makes one");
    }
    let numbers = lessons.iter().map(|it| format!("{:02}", it.number));
    let programs = mine::optimized(&exercises)?;
    Ok(numbers.zip(programs).collect())
}

/// What the program is told: what it was asked, and what was built.
fn arguments(
    asked: &cli::Bench,
    root: &Path,
    out: &Path,
    built: &BTreeMap<String, PathBuf>,
    mine: &BTreeMap<String, PathBuf>,
) -> Result<Vec<OsString>> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut say = |option: &str, value: &Path| arguments.extend([option.into(), value.into()]);
    say("--root", root);
    say("--out", out);
    for (option, programs) in [("--program", built), ("--mine", mine)] {
        for (name, path) in programs {
            let mut value = OsString::from(format!("{name}="));
            value.push(path);
            say(option, Path::new(&value));
        }
    }
    if let Some(only) = &asked.only {
        say("--only", Path::new(only));
    }
    if let Some(earlier) = &asked.against {
        let here = env::current_dir().context("the current folder is gone")?;
        say("--against", &here.join(earlier));
    }
    let flags = [(asked.quick, "--quick"), (asked.record, "--record")];
    let flags = flags.iter().filter(|(asked, _)| *asked);
    arguments.extend(flags.map(|(_, flag)| flag.into()));
    Ok(arguments)
}
