//! Which scripts are played, and against which program.

use anyhow::{Context, Result, bail};
use harness::build::in_colour;
use harness::lesson::Lesson;
use harness::report::script_error;
use harness::script::{Script, ScriptError};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::{env, fs, path};

/// The assignment's scripts, or the one that is called `only`, or is in the file `only`. `None`, if some are none: what is wrong with
/// them has been said.
pub(crate) fn scripts(assignment: &Lesson, only: Option<&str>) -> Result<Option<Vec<Script>>> {
    let read = match only {
        Some(file) if file.contains('/') => from_file(assignment, Path::new(file))?,
        Some(name) => called(assignment, name.strip_suffix(".script").unwrap_or(name))?,
        None => assignment.scripts()?,
    };
    let mut scripts = Vec::new();
    let mut all_are_right = true;
    for script in read {
        match script {
            Ok(script) => scripts.push(script),
            Err(error) => {
                let said = script_error::human(&error, in_colour(&io::stderr()));
                // A stderr that is closed is no reason to play something else than was asked for.
                let _ = writeln!(io::stderr(), "{said}\n");
                all_are_right = false;
            }
        }
    }
    if all_are_right && scripts.is_empty() {
        bail!("there are no scripts in scripts/");
    }
    Ok(all_are_right.then_some(scripts))
}

type Read = Vec<Result<Script, ScriptError>>;

fn from_file(assignment: &Lesson, file: &Path) -> Result<Read> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(match assignment.read(file, &text) {
        Ok(played) => played.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    })
}

fn called(assignment: &Lesson, name: &str) -> Result<Read> {
    let stem = |script: &Result<Script, ScriptError>| {
        let path = match script {
            Ok(script) => &script.path,
            Err(error) => &error.path,
        };
        let stem = path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    let all = assignment.scripts()?;
    let mut known: Vec<String> = all.iter().map(stem).collect();
    known.dedup(); // Variants of a script are side by side.
    let chosen: Read = all.into_iter().filter(|it| stem(it) == name).collect();
    if chosen.is_empty() {
        bail!(
            "there is no script {name}; the scripts are {}",
            known.join(", ")
        );
    }
    Ok(chosen)
}

/// The words of `--program`, split as a shell would. One with a slash is a file, from where the user is.
pub(crate) fn command(text: &str) -> Result<Vec<OsString>> {
    let words =
        shlex::split(text).with_context(|| format!("--program: a quote is open in `{text}`"))?;
    let Some((program, arguments)) = words.split_first() else {
        bail!("--program is empty; write the command that starts your server");
    };
    let program = match program.contains('/') {
        true => path::absolute(program)?,
        false => in_path(program)?,
    };
    let words = arguments.iter().map(OsString::from);
    Ok([program.into_os_string()]
        .into_iter()
        .chain(words)
        .collect())
}

fn in_path(program: &str) -> Result<path::PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .with_context(|| {
            format!("cannot run {program}: no folder of PATH has it; a file here is ./{program}")
        })
}
