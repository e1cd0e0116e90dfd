//! `{{#recording 05-slow-reader}}`: what the kernel saw while a script was played, as a player and as text.

use crate::book::TheBook;
use crate::directive::Directive;
use crate::expand::fenced;
use crate::page::Page;
use crate::trouble::Trouble;
use anyhow::{Context, Result};
use harness::lesson::Lesson;
use harness::trace::call::Code;
use harness::trace::recording::{FOLDER, Recording};
use harness::trace::story::Event;
use harness::trace::timeline::{self, Look};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Columns of the text: as many as a page is wide.
const WIDTH: usize = 100;

/// What theme/player.js reads.
#[derive(Serialize)]
struct Played<'r> {
    recording: &'r Recording,
    /// By scene and event: what happened, in a line or two.
    words: Vec<Vec<Vec<String>>>,
    /// The files that calls come from.
    sources: BTreeMap<&'r str, Source>,
}

#[derive(Serialize)]
struct Source {
    /// From the workspace's root.
    path: String,
    lines: Vec<String>,
}

/// The player, and in it the story as text for those without JavaScript, and for paper.
pub(crate) fn player(
    book: &TheBook,
    page: &Page,
    directive: &Directive,
) -> Result<String, Trouble> {
    let name = &directive.argument;
    let file = Path::new(FOLDER).join(format!("{name}.json"));
    let trouble = |message: String, help: String| {
        let span = directive.span.clone();
        Trouble::new(&page.path, &page.text, span, message, help)
    };
    let recording = Recording::read(&book.root.join(&file)).map_err(|error| {
        let help = format!(
            "`cargo xtask trace --record` makes one: {}",
            error.root_cause()
        );
        trouble(format!("cannot read {}", file.display()), help)
    })?;
    let stale = differences(book, &recording);
    let stale = stale.unwrap_or_else(|error| vec![format!("{error:#}")]);
    if !stale.is_empty() {
        let message = format!("{} is stale: {}", file.display(), stale.join("; "));
        let number = name.split('-').next().unwrap_or_default();
        let script = &recording.script;
        let script = if script.contains(' ') {
            format!("'{script}'")
        } else {
            script.clone()
        };
        let help = format!("cargo xtask trace --record {number} {script}");
        return Err(trouble(message, help));
    }
    rendered(book, &recording).map_err(|error| trouble(format!("{error:#}"), String::new()))
}

/// What has changed since it was recorded, of the script and of the program's source.
fn differences(book: &TheBook, recording: &Recording) -> Result<Vec<String>> {
    let lesson = lesson(book, recording)?;
    let scripts = lesson.scripts()?.into_iter().flatten();
    let script = scripts
        .into_iter()
        .find(|script| script.name == recording.script)
        .with_context(|| format!("there is no script {}", recording.script))?;
    let now = Recording::new(lesson, &script, recording.story.clone())?;
    Ok(recording.differences(&now))
}

fn lesson<'b>(book: &'b TheBook, recording: &Recording) -> Result<&'b Lesson> {
    let name = &recording.lesson;
    let index = book.lesson(name);
    let index = index.with_context(|| format!("there is no lesson {name}"))?;
    Ok(&book.lessons[index])
}

fn rendered(book: &TheBook, recording: &Recording) -> Result<String> {
    let scenes = &recording.story.scenes;
    let words = scenes
        .iter()
        .map(|scene| scene.events.iter().map(timeline::words).collect());
    let played = Played {
        recording,
        words: words.collect(),
        sources: sources(book, recording)?,
    };
    // In a page `<` would begin an element, or end the script.
    let json = serde_json::to_string(&played)?.replace('<', "\\u003c");
    let look = Look {
        width: WIDTH,
        colour: false,
    };
    let text = fenced(&timeline::draw(&recording.story, look));
    Ok(format!(
        "<kernel-player>\n<div class=\"as-text\">\n\n{text}\n</div>\n\
         <script type=\"application/json\">{json}</script>\n</kernel-player>\n"
    ))
}

/// The files that the recording's calls come from, by the names that it has for them.
fn sources<'r>(book: &TheBook, recording: &'r Recording) -> Result<BTreeMap<&'r str, Source>> {
    let own = lesson(book, recording)?;
    let events = recording
        .story
        .scenes
        .iter()
        .flat_map(|scene| &scene.events);
    let mut sources = BTreeMap::new();
    for event in events {
        let Event::Call(call) = event else { continue };
        let Some(code) = &call.code else { continue };
        if !sources.contains_key(code.file.as_str()) {
            // A lesson may use another's library, as 09 does; that it is the right one is seen by the line.
            let lessons = std::iter::once(own).chain(&book.lessons);
            let mut found = lessons.filter_map(|lesson| source(book, lesson, code));
            let source = found.next();
            let source = source.with_context(|| format!("no lesson has this {}", code.file))?;
            sources.insert(code.file.as_str(), source);
        }
    }
    Ok(sources)
}

/// The file of `lesson` that `code` is in, if the line is there.
fn source(book: &TheBook, lesson: &Lesson, code: &Code) -> Option<Source> {
    let path = lesson.folder.join(&code.file);
    let text = fs::read_to_string(book.root.join(&path)).ok()?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = lines.get((code.line as usize).checked_sub(1)?)?;
    let is_it = line.trim() == code.text.trim();
    is_it.then(|| Source {
        path: path.display().to_string(),
        lines,
    })
}
