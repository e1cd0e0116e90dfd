//! `cargo xtask script check`: is this a script, and how is it read?

mod reading;

use crate::assignment::{self, Assignment};
use anyhow::{Context, Result, bail};
use harness::build::in_colour;
use harness::lesson::Lesson;
use harness::report::script_error;
use harness::script::{Script, ScriptError, parse::parse};
use std::io;
use std::path::{self, Path, PathBuf};

/// Which file is to be read, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 it is a script, 1 it is none, 2 it could not be read")]
pub struct Check {
    /// The script: a file, of a lesson, of an assignment, or anywhere
    pub file: PathBuf,
    /// The lesson that it is for: 3, 03, select-one-port or 03-select-one-port [default: the one whose folder it is in]
    #[arg(long, value_name = "LESSON")]
    pub lesson: Option<String>,
    /// The student whose values are put into an assignment's script
    #[arg(long, value_name = "ID", default_value = "somebody")]
    pub student: String,
}

/// What a script file belongs to: whose rules it is played by.
enum Home {
    Lesson(Box<Lesson>),
    Assignment(Box<Assignment>),
    Nothing,
}

/// What was found out about a script, ready to be printed.
#[derive(Debug)]
pub enum Checked {
    /// It is one: how it is read.
    Right(String),
    /// It is none: where, what is wrong and what would be right.
    Wrong(String),
}

/// Reads the script that is asked for. `course` is the root of the workspace with the lessons.
///
/// # Errors
/// There is no such file or lesson, or its assignment does not say what it should.
pub fn check(course: &Path, asked: &Check) -> Result<Checked> {
    let file = &asked.file;
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let home = home(course, asked)?;
    let (text, rules) = match &home {
        Home::Nothing => (text, None),
        Home::Lesson(lesson) => (text, Some(&**lesson)),
        Home::Assignment(assignment) => {
            let values = assignment.values(&asked.student);
            match assignment::fill::fill(&text, &values) {
                Ok(text) => (text, Some(assignment.lesson_base())),
                Err(wrong) => return Ok(Checked::Wrong(format!("error: {}", wrong.within(file)))),
            }
        }
    };
    Ok(match read(file, &text, rules) {
        Ok(script) => Checked::Right(reading::reading(&script, rules)),
        Err(error) => Checked::Wrong(script_error::human(&error, in_colour(&io::stderr()))),
    })
}

fn read(file: &Path, text: &str, rules: Option<&Lesson>) -> Result<Script, ScriptError> {
    let script = parse(file, text)?;
    if let Some(lesson) = rules {
        lesson.read(file, text)?;
    }
    Ok(script)
}

fn home(course: &Path, asked: &Check) -> Result<Home> {
    let lessons = Lesson::all(course)?;
    if let Some(word) = &asked.lesson {
        let Some(lesson) = lessons.into_iter().find(|lesson| lesson.is_called(word)) else {
            bail!("there is no lesson {word}; `cargo xtask list` shows them");
        };
        return Ok(Home::Lesson(Box::new(lesson)));
    }
    let file = path::absolute(&asked.file)?;
    if let Some(folder) = file
        .ancestors()
        .find(|it| it.join(assignment::FILE).is_file())
    {
        let assignment = Assignment::load_unplayed(course, folder)?;
        return Ok(Home::Assignment(Box::new(assignment)));
    }
    let is_in = |lesson: &Lesson| {
        let name = lesson.full_name();
        file.iter().any(|part| part == name.as_str())
    };
    Ok(match lessons.into_iter().find(is_in) {
        Some(lesson) => Home::Lesson(Box::new(lesson)),
        None => Home::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.script");
        std::fs::write(&file, text).unwrap();
        let course = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap();
        let asked = Check {
            file,
            lesson: None,
            student: "ada".into(),
        };
        check(course, &asked).unwrap()
    }

    #[test]
    fn what_is_no_script_is_told_with_its_line() {
        let Checked::Wrong(said) = checked("# A\nada connects\nada sned \"x\"\n") else {
            panic!("`sned` is no verb");
        };
        assert!(said.contains("a.script:3:5"), "{said}");
        assert!(said.contains("A client can: connects, "), "{said}");
    }

    #[test]
    fn what_is_a_script_is_told_step_by_step() {
        let text = "# A word\nhint: h\nada connects\nada sends \"hi\\n\"\nada receives 2 MiB of counters\n";
        let Checked::Right(said) = checked(text) else {
            panic!("this is a script");
        };
        assert!(said.contains("3 steps"), "{said}");
        assert!(said.contains("clients   ada"), "{said}");
        assert!(said.contains("  4  ada sends \"hi\\n\""), "{said}");
        assert!(said.contains("3 bytes"), "{said}");
    }
}
