//! Which lessons, which scripts, which program a `verify` is about.

use crate::{nearest, workspace};
use anyhow::{Context, Result, anyhow, bail};
use harness::lesson::Lesson;
use harness::script::{Script, ScriptError};
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{env, fs, path};

/// A lesson and those of its scripts that are to be played.
#[derive(Debug)]
pub(crate) struct Chosen<'l> {
    pub(crate) lesson: &'l Lesson,
    pub(crate) scripts: Vec<Result<Script, ScriptError>>,
}

/// The lessons that `words` name (all, if there is none) with their scripts, or with the one that `script` names.
pub(crate) fn choose<'l>(
    lessons: &'l [Lesson],
    words: &[String],
    script: Option<&str>,
) -> Result<Vec<Chosen<'l>>> {
    for word in words {
        workspace::find(lessons, word)?;
    }
    let is_named = |lesson: &&Lesson| words.iter().any(|word| lesson.is_called(word));
    let mut named: Vec<&Lesson> = lessons.iter().filter(is_named).collect();
    if let Some(file) = script.filter(|script| is_file(script)) {
        return Ok(vec![from_file(lessons, &named, file)?]);
    }
    if named.is_empty() {
        named.extend(lessons);
    }
    let all: Vec<Chosen> = named
        .into_iter()
        .map(|lesson| {
            let scripts = lesson.scripts()?;
            if scripts.is_empty() {
                bail!("{} has no scripts", lesson.folder.display());
            }
            Ok(Chosen { lesson, scripts })
        })
        .collect::<Result<_>>()?;
    match script {
        Some(name) => only(all, name.strip_suffix(".script").unwrap_or(name)),
        None => Ok(all),
    }
}

/// Whether `--script` names a file rather than one of a lesson's scripts.
fn is_file(script: &str) -> bool {
    script.contains('/') || (script.ends_with(".script") && Path::new(script).is_file())
}

/// The script in `file`, and the lesson that is named or whose folder the file is in.
fn from_file<'l>(lessons: &'l [Lesson], named: &[&'l Lesson], file: &str) -> Result<Chosen<'l>> {
    let lesson = match *named {
        [lesson] => lesson,
        [] => lesson_of(lessons, file).ok_or_else(|| {
            anyhow!("{file} is in no lesson's folder; name the lesson that it is for: verify LESSON --script {file}")
        })?,
        _ => bail!("a script file is for one lesson; {} are named", named.len()),
    };
    let source = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let scripts = match lesson.read(Path::new(file), &source) {
        Ok(scripts) => scripts.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    };
    Ok(Chosen { lesson, scripts })
}

fn lesson_of<'l>(lessons: &'l [Lesson], file: &str) -> Option<&'l Lesson> {
    let path = path::absolute(file).ok()?;
    lessons.iter().find(|lesson| {
        let name = lesson.full_name();
        path.iter().any(|part| part == name.as_str())
    })
}

/// Of all scripts, those that are called `name`.
fn only<'l>(all: Vec<Chosen<'l>>, name: &str) -> Result<Vec<Chosen<'l>>> {
    let mut known: Vec<String> = all
        .iter()
        .flat_map(|chosen| chosen.scripts.iter().map(stem_of))
        .collect();
    known.dedup(); // Variants of a script are side by side.
    let one_lesson = all.len() == 1;
    let found: Vec<Chosen> = all
        .into_iter()
        .map(|mut chosen| {
            chosen.scripts.retain(|script| is_called(script, name));
            chosen
        })
        .filter(|chosen| !chosen.scripts.is_empty())
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let advice = match nearest(name, known.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None if one_lesson => format!("the lesson's scripts are {}", known.join(", ")),
        None => "its lesson's folder `scripts` has them all".into(),
    };
    bail!("there is no script {name}; {advice}")
}

/// Whether `word` means this script: by its file's name, whatever the variant, or as reports call it.
fn is_called(script: &Result<Script, ScriptError>, word: &str) -> bool {
    let name = script.as_ref().map(|script| script.name.as_str());
    name == Ok(word) || stem_of(script) == word
}

fn stem_of(script: &Result<Script, ScriptError>) -> String {
    let path = match script {
        Ok(script) => &script.path,
        Err(error) => &error.path,
    };
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// The words of `--program`, split as a shell would; the first is where the program is.
pub(crate) fn command(text: &str) -> Result<Vec<OsString>> {
    let words = shlex::split(text)
        .ok_or_else(|| anyhow!("--program: a quote is not closed in `{text}`"))?;
    let Some((program, arguments)) = words.split_first() else {
        bail!("--program is empty; write the command that starts your server");
    };
    let mut command = vec![find_program(program)?.into_os_string()];
    command.extend(arguments.iter().map(OsString::from));
    Ok(command)
}

/// Where `program` is. One with a slash is a file, from where the user is; others are looked for as a shell does.
fn find_program(program: &str) -> Result<PathBuf> {
    if program.contains('/') {
        let file = path::absolute(program)?;
        let about = fs::metadata(&file).with_context(|| format!("cannot run {program}"))?;
        if about.is_dir() {
            bail!("cannot run {program}: it is a folder");
        }
        if !is_executable(&file) {
            bail!("cannot run {program}: it is not executable; `chmod +x {program}` makes it so");
        }
        return Ok(file);
    }
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
        .ok_or_else(|| {
            anyhow!("cannot run {program}: no folder of PATH has it; a file here is ./{program}")
        })
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
