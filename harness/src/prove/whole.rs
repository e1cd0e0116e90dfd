//! Makes commands of whole programs in other languages, where there is what they need.

use super::right::{Language, Right};
use crate::lesson::Lesson;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

/// What became of a whole program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// This runs it.
    Command(Vec<OsString>),
    /// It cannot be run here; why, in a few words.
    Lacking(String),
}

/// Makes `right` of `lesson`, which is written in `language`, ready to be run. What is compiled goes to `folder`.
///
/// # Errors
/// It does not compile, or the folder cannot be written to.
pub fn command(lesson: &Lesson, right: &Right, language: Language, folder: &Path) -> Result<Ready> {
    let source = lesson.root.join(&right.path);
    match language {
        Language::Python => python(&source),
        Language::C => {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            let name = format!("{}--right--{}", lesson.unique_name(), right.name);
            c(&source, &folder.join(name))
        }
    }
}

/// Runs `source` by the interpreter itself: `python3` may be a script that looks for one, which takes longer than most scripts.
fn python(source: &Path) -> Result<Ready> {
    let mut asked = Command::new("python3");
    asked.args(["-c", "import sys; print(sys.executable)"]);
    let answer = asked.stderr(Stdio::null()).output();
    let interpreter = answer
        .ok()
        .filter(|answer| answer.status.success())
        .map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned());
    Ok(match interpreter {
        // Isolated and without `site`: nothing of the user's gets in, and it starts in half the time.
        Some(interpreter) if !interpreter.is_empty() => Ready::Command(vec![
            interpreter.into(),
            "-I".into(),
            "-S".into(),
            source.into(),
        ]),
        _ => Ready::Lacking("there is no python3 here".into()),
    })
}

fn c(source: &Path, program: &Path) -> Result<Ready> {
    let mut compiler = Command::new("cc");
    compiler
        .args([
            "-std=c11",
            "-D_GNU_SOURCE",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
        ])
        .args([program, source]);
    match compiler.status() {
        Ok(status) if status.success() => Ok(Ready::Command(vec![program.into()])),
        Ok(_) => bail!("{} does not compile: cc says above why", source.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(Ready::Lacking("there is no cc here".into()))
        }
        Err(error) => Err(error).context("cannot run cc"),
    }
}
