//! A script step by step, at the user's pace: `verify --step`.

use crate::report::visible;
use crate::run::{Moment, play_stepwise};
use crate::suite::Case;
use crate::verdict::Verdict;
use anyhow::{Result, bail};
use std::io::{self, IsTerminal, Write};

/// That Enter can be pressed.
///
/// # Errors
/// There is nobody to press Enter.
pub fn must_have_a_terminal() -> Result<()> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    bail!("--step waits for Enter before each step; there is no terminal here to press it in")
}

/// Says what to do.
///
/// # Errors
/// Nobody reads it.
pub fn say_how() -> io::Result<()> {
    print(
        "Enter plays the step that is shown; Ctrl-C leaves. Meanwhile the program runs:\n\
         look at it, or attach a debugger. One that holds the program must let it go on\n\
         before the next Enter.\n",
    )
}

/// Plays a script and waits for Enter before each step. Shows what the program has printed meanwhile.
pub fn play(case: &Case) -> Verdict {
    let script = case.script;
    let mut pace = Pace::default();
    play_stepwise(script, case.target, &mut |moment| {
        if !pace.has_begun {
            pace.has_begun = true;
            tell(&format!(
                "\n{}: {}\nthe program is process {}\n",
                script.name, script.title, moment.pid
            ));
        }
        tell(&pace.printed(moment));
        let line = script.line_of(moment.step.span.start);
        tell(&format!("{line:4}  {} ", script.words(moment.step)));
        // At the end of the input nobody can be waited for.
        let _ = io::stdin().read_line(&mut String::new());
    })
}

/// Writes to stdout, at once.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A stdout that is closed is no reason to leave the program alone with its script.
fn tell(text: &str) {
    let _ = print(text);
}

/// How far a script has come.
#[derive(Default)]
struct Pace {
    has_begun: bool,
    stdout: usize,
    stderr: usize,
}

impl Pace {
    /// What the program has printed since the last step, line by line.
    fn printed(&mut self, moment: &Moment) -> String {
        let fresh = |text: &str, known: &mut usize| {
            // Only the end of very much is kept; then all of it is new.
            let text = text.get(*known..).unwrap_or(text).to_owned();
            *known += text.len();
            text
        };
        let stdout = fresh(&moment.stdout, &mut self.stdout);
        let stderr = fresh(&moment.stderr, &mut self.stderr);
        let lines = stdout.lines().map(|line| ("prints", line));
        let lines = lines.chain(stderr.lines().map(|line| ("stderr", line)));
        lines
            .map(|(label, line)| format!("      {label}: {}\n", visible(line)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::parse::parse;
    use std::path::Path;

    #[test]
    fn what_is_printed_is_shown_once() {
        let script = parse(Path::new("a.script"), "# A\n\nada connects\n").unwrap();
        let mut pace = Pace::default();
        let mut printed = |stdout: &str, stderr: &str| {
            pace.printed(&Moment {
                pid: 1,
                step: &script.steps[0],
                stdout: stdout.into(),
                stderr: stderr.into(),
            })
        };
        assert_eq!(printed("one\n", ""), "      prints: one\n");
        assert_eq!(
            printed("one\ntwo\n", "so\n"),
            "      prints: two\n      stderr: so\n"
        );
        assert_eq!(printed("one\ntwo\n", "so\n"), "");
    }
}
