//! `cargo xtask exercise`

use crate::cli::{self, Exercise as Asked};
use crate::tell::print;
use crate::workspace;
use anyhow::Result;
use harness::build::in_colour;
use harness::exercise::progress::{Progress, Stop};
use harness::exercise::{Editor, Exercise, Place, Started};
use harness::script::Script;
use harness::words::wrapped;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Where prose is broken.
const WIDTH: usize = 76;

/// Does what was asked for with an exercise.
pub(crate) fn exercise(asked: &cli::Exercise) -> Result<ExitCode> {
    let root = workspace::root()?;
    let (Asked::Start { of }
    | Asked::Hint { of }
    | Asked::Diff { of }
    | Asked::Solution { of, .. }
    | Asked::Reset { of }) = asked;
    let lesson = workspace::one(&root, of)?;
    let exercise = Exercise::of(&lesson);
    let text = match asked {
        Asked::Start { .. } => started(&exercise)?,
        Asked::Hint { .. } => hint(&root, &exercise)?,
        Asked::Diff { .. } => diff(&exercise)?,
        Asked::Solution { hole, show, .. } => solution(&root, &exercise, hole.as_deref(), *show)?,
        Asked::Reset { .. } => reset(&root, &exercise)?,
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn started(exercise: &Exercise) -> Result<String> {
    let Started { holes, editor } = exercise.start()?;
    let folder = exercise.folder();
    let words = exercise.lesson.words();
    let mut text = match exercise.lesson.task {
        Some(_) if holes.is_empty() => format!(
            "{} is yours: the lesson's program, for you to change.\n",
            folder.display()
        ),
        _ => format!("{} is yours. To be written:\n\n", folder.display()),
    };
    for (index, hole) in holes.iter().enumerate() {
        text += &listed(index + 1, hole);
    }
    if let Some(brief) = exercise.brief() {
        text += &format!("\nWhat it is to do: {}\n", brief.display());
    }
    // With a task's name in it, the line is long enough for a terminal.
    let and_where = match exercise.lesson.task {
        Some(_) => "",
        None => ", and where it stops",
    };
    text += &format!(
        "\ncargo xtask verify {words} --mine     what it does{and_where}\n\
         cargo xtask watch {words}             the same at every save\n\
         cargo xtask exercise hint {words}     one hint more each time\n"
    );
    Ok(text + &about_editor(&editor))
}

/// What there is to know for a user of an editor.
pub(crate) fn about_editor(editor: &Editor) -> String {
    match editor {
        Editor::Knows => String::new(),
        Editor::Told => {
            "\n.vscode/settings.json now tells rust-analyzer of exercises/. In another editor, open exercises/.\n".into()
        }
        Editor::Lacks(setting) => format!(
            "\nFor rust-analyzer, put this into .vscode/settings.json, or open exercises/ in your editor:\n{setting}\n"
        ),
    }
}

/// `  hole 1  src/main.rs:141  wait: sleep until somebody is ready`
fn listed(number: usize, hole: &Place) -> String {
    let Place {
        file,
        line,
        function,
        todo,
    } = hole;
    let text = format!("{number}  {}:{line}  {function}: {todo}", file.display());
    match text.chars().count() > WIDTH {
        true => format!(
            "  {number}  {}:{line}  {function}:\n     {todo}\n",
            file.display()
        ),
        false => format!("  {text}\n"),
    }
}

/// The next hint for what stopped the last check, or for the first hole that there still is.
fn hint(root: &Path, exercise: &Exercise) -> Result<String> {
    let words = exercise.lesson.words();
    let verify = format!("cargo xtask verify {words} --mine");
    let open = exercise.open_holes()?;
    let mut progress = Progress::load(root);
    let known = progress.of_mut(&exercise.name);
    // A hole that has been filled since is none any more.
    let is_filled = |stop: &Stop| matches!(stop, Stop::Hole(name) if open.iter().all(|it| it.function != *name));
    let last = known.stopped_at.clone().filter(|stop| !is_filled(stop));
    let first_open = || open.first().map(|hole| Stop::Hole(hole.function.clone()));
    let failed = || known.scripts.iter().find(|(_, passed)| !**passed);
    let Some(stop) = last
        .or_else(first_open)
        .or_else(|| Some(Stop::Script(failed()?.0.clone())))
    else {
        return Ok(match known.scripts.is_empty() {
            true => format!("no hole is left; {verify} says what your program does\n"),
            false => format!("nothing failed the last time; {verify} looks again\n"),
        });
    };
    let hints = hints(exercise, &stop)?;
    let about = match &stop {
        Stop::Hole(name) => {
            let open = open.iter().find(|it| it.function == *name);
            let place = open.map(|it| {
                format!(
                    ", {}:{}",
                    exercise.folder().join(&it.file).display(),
                    it.line
                )
            });
            format!("hole {name}{}", place.unwrap_or_default())
        }
        Stop::Habit(habit) => habit.name().to_owned(),
        Stop::Script(name) => match script(exercise, name)? {
            Some(script) if script.test.is_some() => format!("test {name}"),
            _ => format!("script {name}"),
        },
    };
    let of = hints.len();
    if of == 0 {
        return Ok(format!(
            "{about}: there are no hints; the script itself says why it is there\n"
        ));
    }
    let seen = known.hints.entry(stop).or_default();
    *seen = (*seen + 1).min(of);
    let mut text = format!("{about}\n");
    for (index, hint) in hints.iter().take(*seen).enumerate() {
        let hint = wrapped(&format!("{}. {hint}", index + 1), WIDTH);
        text += &format!("  {}\n", hint.replace('\n', "\n     "));
    }
    text += &match of - *seen {
        0 => format!(
            "that was the last; cargo xtask exercise solution {words} shows what it can be like\n"
        ),
        more => format!("{more} more: cargo xtask exercise hint {words}\n"),
    };
    progress.save(root)?;
    Ok(text)
}

fn hints(exercise: &Exercise, stop: &Stop) -> Result<Vec<String>> {
    match stop {
        Stop::Hole(name) => {
            let mut holes = exercise.holes().iter();
            let hole = holes.find(|hole| hole.function == *name);
            Ok(hole.map_or(Vec::new(), |hole| hole.hints.clone()))
        }
        Stop::Habit(habit) => Ok(habit.hints().map(String::from).to_vec()),
        Stop::Script(name) => {
            let script = script(exercise, name)?;
            Ok(script.map_or(Vec::new(), |script| script.hints))
        }
    }
}

/// The script, or the test, that is called `name`.
fn script(exercise: &Exercise, name: &str) -> Result<Option<Script>> {
    let mut scripts = exercise.lesson.scripts()?.into_iter().flatten();
    Ok(scripts.find(|script| script.name == name))
}

fn diff(exercise: &Exercise) -> Result<String> {
    let diff = exercise.diff()?;
    if diff.is_empty() {
        let whose = match exercise.lesson.task {
            Some(_) => "the reference solution",
            None => "the lesson's",
        };
        return Ok(format!("your program is {whose}, letter for letter\n"));
    }
    Ok(coloured(&diff))
}

/// A unified diff as a terminal shows it, if there is one.
pub(crate) fn coloured(diff: &str) -> String {
    if !in_colour(&io::stdout()) {
        return diff.to_owned();
    }
    let line_in_colour = |line: &str| {
        let colour = match line.as_bytes() {
            [b'-', ..] => "31",
            [b'+', ..] => "32",
            [b'@', ..] => "36",
            _ => return format!("{line}\n"),
        };
        format!("\u{1b}[{colour}m{line}\u{1b}[0m\n")
    };
    diff.lines().map(line_in_colour).collect()
}

/// What the lesson has. Before the learner's own program passes, one more word is asked for: what was read is not found out.
fn solution(root: &Path, exercise: &Exercise, hole: Option<&str>, show: bool) -> Result<String> {
    exercise.must_exist()?;
    let filling = exercise.filling(hole)?;
    let words = exercise.lesson.words();
    let scripts = exercise.lesson.scripts()?.into_iter().flatten().count();
    let passed = Progress::load(root)
        .of(&exercise.name)
        .map_or(0, |it| it.passed());
    if passed >= scripts || show {
        return Ok(filling);
    }
    let hole = hole.map(|hole| format!(" {hole}")).unwrap_or_default();
    let solution = format!("cargo xtask exercise solution {words}{hole} --show");
    let width = solution.len();
    Ok(format!(
        "{passed} of {scripts} scripts pass with your program. Try to be green first:\n\
         {:width$}   one hint more each time\n\
         {solution}   what it can be like, all the same\n",
        format!("cargo xtask exercise hint {words}"),
    ))
}

fn reset(root: &Path, exercise: &Exercise) -> Result<String> {
    let backup = exercise.reset()?;
    let mut progress = Progress::load(root);
    progress.forget(&exercise.name);
    progress.save(root)?;
    Ok(format!(
        "{} is as at its start; what you had is in {}\n",
        exercise.folder().display(),
        backup.display()
    ))
}
