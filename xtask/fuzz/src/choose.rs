//! Which lessons are tried, and which programs.

use crate::contract::Contract;
use anyhow::{Result, anyhow, bail};
use harness::build;
use harness::lesson::Lesson;
use harness::run::{Target, try_to_start};
use std::env;
use std::ffi::OsString;
use std::path::Path;

/// The lessons that are named, with their contracts.
pub(crate) fn choose<'l>(
    lessons: &'l [Lesson],
    words: &[String],
) -> Result<Vec<(&'l Lesson, Contract)>> {
    let with_contract = |lesson: &'l Lesson| Some((lesson, Contract::of(lesson.number)?));
    let all: Vec<_> = lessons.iter().filter_map(with_contract).collect();
    if words == ["all"] {
        return Ok(all);
    }
    let of_word = |word: &String| {
        let mut all = all.iter();
        all.find(|(lesson, _)| lesson.is_called(word))
            .copied()
            .ok_or_else(|| {
                let known: Vec<String> = self::full_names(lessons);
                anyhow!(
                    "{word} is no lesson that can be tried; those are {}, or all",
                    known.join(", ")
                )
            })
    };
    words.iter().map(of_word).collect()
}

fn full_names(lessons: &[Lesson]) -> Vec<String> {
    let known = lessons
        .iter()
        .filter(|lesson| Contract::of(lesson.number).is_some());
    known.map(Lesson::full_name).collect()
}

/// What is tried of each lesson: its own program, or the user's.
pub(crate) fn targets(
    root: &Path,
    lessons: &[&Lesson],
    program: Option<&str>,
) -> Result<Vec<Target>> {
    let Some(program) = program else {
        let names: Vec<&str> = lessons.iter().map(|lesson| lesson.name.as_str()).collect();
        let built = build::programs(root, &names)?;
        let target = |lesson: &&Lesson| {
            let program = built.get(&lesson.name)?;
            Some(Target::of_lesson(
                lesson,
                vec![program.into()],
                root.to_owned(),
            ))
        };
        return Ok(lessons.iter().filter_map(target).collect());
    };
    let [lesson] = lessons else {
        bail!("--program is tried against one lesson; name it: fuzz LESSON --program …");
    };
    let words = shlex::split(program).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| anyhow!("--program: `{program}` is no command"))?;
    let command = words.into_iter().map(OsString::from).collect();
    let target = Target::of_lesson(lesson, command, env::current_dir()?);
    try_to_start(&target)?;
    Ok(vec![target])
}
