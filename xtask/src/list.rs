//! `cargo xtask list`

use crate::workspace;
use anyhow::Result;
use harness::lesson::Lesson;
use std::io::{self, Write};
use std::process::ExitCode;

/// Prints a line per lesson: number, name, scripts, title.
pub(crate) fn list() -> Result<ExitCode> {
    let lessons = Lesson::all(&workspace::root()?)?;
    let width = lessons.iter().map(|lesson| lesson.name.len()).max();
    let width = width.unwrap_or_default();
    let mut out = io::stdout().lock();
    for lesson in &lessons {
        let scripts = lesson.scripts()?.len();
        let noun = if scripts == 1 { "script " } else { "scripts" };
        writeln!(
            out,
            "{:02}  {:width$}  {scripts:3} {noun}  {}",
            lesson.number, lesson.name, lesson.about.title
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
