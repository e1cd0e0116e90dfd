//! `cargo xtask trace`

use crate::{COULD_NOT, choose, program, root};
use anyhow::{Result, bail};
use harness::build::in_colour;
use harness::handout;
use harness::report::{self, Entry, Program, Wording, human, plain};
use harness::run::{Target, play};
use harness::trace::{Trace, timeline, why_not};
use harness::verdict::Outcome;
use std::io::{self, Write};
use std::process::ExitCode;
use std::slice;

/// Columns of a timeline that goes to no terminal.
const COLUMNS: usize = 100;

/// Plays a script and tells what the kernel saw of the program; `in_sentences` for a screen reader.
pub(crate) fn trace(name: &str, in_sentences: bool) -> Result<ExitCode> {
    if let Some(why) = why_not() {
        bail!("{why}");
    }
    let assignment = handout::load(&root()?)?;
    let Some(scripts) = choose::scripts(&assignment, Some(name))? else {
        return Ok(ExitCode::from(COULD_NOT));
    };
    let script = &scripts[0]; // Of several variants the first; there is one at least.
    let command = vec![program(&assignment)?.into()];
    let trace = Trace::default();
    let target = Target::of_lesson(&assignment, command, assignment.root.clone());
    let verdict = play(script, &target.traced(trace.clone()));
    let entry = Entry {
        lesson: &assignment,
        script,
        run: 1,
        verdict: handout::exercise(&assignment).explain(verdict),
    };
    let columns = match report::columns(&io::stdout()) {
        usize::MAX => COLUMNS,
        columns => columns,
    };
    let wording = Wording {
        program: Program::HandedOut,
        hints: false,
        columns: if in_sentences { usize::MAX } else { columns },
        colour: in_colour(&io::stdout()),
    };
    let (story, entries) = (trace.story(script), slice::from_ref(&entry));
    let told = match in_sentences {
        true => timeline::plain(&story) + &plain::lesson(entries, &wording),
        false => {
            let look = timeline::Look {
                width: columns,
                colour: wording.colour,
            };
            let (legend, drawn) = (timeline::legend(&story), timeline::draw(&story, look));
            let verdict = human::lesson(entries, &wording, 0);
            format!("{legend}\n\n{drawn}\n{verdict}")
        }
    };
    let head = report::subject(&wording.program, &[&assignment]).replace("checking", "tracing");
    write!(io::stdout(), "{head}: {}\n{told}", script.name)?;
    Ok(match entry.verdict.outcome {
        Outcome::Passed => ExitCode::SUCCESS,
        Outcome::Failed(_) => ExitCode::FAILURE,
        Outcome::Skipped(_) | Outcome::Undecided(_) => ExitCode::from(COULD_NOT),
    })
}
