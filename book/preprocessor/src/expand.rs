//! What is put in the place of directives, and of blocks that are more than text.

use crate::book::TheBook;
use crate::concept;
use crate::directive::{self, Directive};
use crate::measured;
use crate::page::{Page, id};
use crate::practice;
use crate::quote::{self, Quoted, split_lesson};
use crate::recording;
use crate::session::Session;
use crate::source::without_anchors;
use crate::trouble::Trouble;
use anyhow::Result as AnyResult;
use diffy::{Line, create_patch};
use harness::lesson::Lesson;
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// The page as mdBook is to get it.
pub(crate) fn expanded(
    book: &TheBook,
    page: &Page,
    quoted: &mut Quoted,
    troubles: &mut Vec<Trouble>,
) -> String {
    let mut replaced: Vec<(Range<usize>, String)> = Vec::new();
    for directive in directive::find(page, troubles) {
        match put(book, page, &directive, quoted) {
            Ok(text) => replaced.push((directive.span, text)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    for block in &page.said.blocks {
        match block.language() {
            // What is wrong with it is said where blocks are checked.
            "terminals" => {
                if let Ok(session) = Session::parse(&block.text) {
                    replaced.push((block.span.clone(), session.rendered()));
                }
            }
            "steps" => replaced.push((block.span.clone(), fenced(&block.text))),
            _ => {}
        }
    }
    replaced.sort_by_key(|(span, _)| span.start);
    let mut text = String::new();
    let mut end = 0;
    for (span, new) in replaced {
        text += &page.text[end..span.start];
        text += &new;
        end = span.end;
    }
    text + &page.text[end..]
}

fn put(
    book: &TheBook,
    page: &Page,
    directive: &Directive,
    quoted: &mut Quoted,
) -> Result<String, Trouble> {
    let asked = Asked {
        book,
        page,
        directive,
    };
    match directive.name.as_str() {
        "code" => quote::code(book, page, directive, quoted),
        "diff" => asked.diff(),
        "exercise" => asked.exercise(),
        "file" => asked.file(),
        "hunts" => asked.practice(practice::hunts),
        "lesson" => asked.lesson(),
        "measured" => measured::shown(book, page, directive),
        "recording" => recording::player(book, page, directive),
        "script" => asked.script(),
        "tasks" => asked.practice(practice::tasks),
        _ => Err(directive::unknown(page, directive)),
    }
}

/// A directive and where it stands.
struct Asked<'a> {
    book: &'a TheBook,
    page: &'a Page,
    directive: &'a Directive,
}

impl Asked<'_> {
    fn trouble(&self, message: impl Into<String>, help: impl Into<String>) -> Trouble {
        let span = self.directive.span.clone();
        Trouble::new(&self.page.path, &self.page.text, span, message, help)
    }

    /// The lesson whose chapter this is.
    fn own_lesson(&self) -> Result<usize, Trouble> {
        let help = "this directive is for the chapters of lessons";
        let trouble = || self.trouble("this page is not a lesson's chapter", help);
        self.page.lesson.ok_or_else(trouble)
    }

    /// `{{#lesson read=15 do=30}}`: what the lesson is about, and how long it takes, in minutes.
    fn lesson(&self) -> Result<String, Trouble> {
        let lesson = &self.book.lessons[self.own_lesson()?];
        let help = "estimates in minutes: {{#lesson read=15 do=30}}";
        let minutes = |key: &str| {
            let mut words = self.directive.argument.split_whitespace();
            let number = words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            let number = number.and_then(|number| number.parse::<u32>().ok());
            number.ok_or_else(|| self.trouble(format!("{key}=MINUTES is missing"), help))
        };
        let (read, work) = (minutes("read")?, minutes("do")?);
        let main = lesson.folder.join("src/main.rs");
        let main = main.display();
        Ok(format!(
            "<div class=\"about\">\n\n**The idea:** {}\n\n**New here:** {}\n\n**Known before:** {}\n\n\
             **The program:** [{main}](../../{main})\n\n\
             **Time**, estimated: {read} minutes to read, {work} to do\n\n</div>\n",
            lesson.about.idea,
            terms(&lesson.about.introduces),
            terms(&lesson.about.assumes),
        ))
    }

    /// `{{#exercise}}`: how it is begun, and what is left to the learner, each with its hints folded.
    fn exercise(&self) -> Result<String, Trouble> {
        let lesson = &self.book.lessons[self.own_lesson()?];
        let number = lesson.number;
        if lesson.about.holes.is_empty() {
            return Err(self.trouble("lesson.toml names no holes", ""));
        }
        let made = match lesson.about.starter {
            Some(_) => "a beginning; the rest is yours",
            None => "the lesson's program with holes, yours to fill",
        };
        let mut out = format!(
            "```sh\ncargo xtask exercise start {number:02}    # makes {made}\n\
             cargo xtask verify {number:02} --mine      # plays the scripts against it\n```\n"
        );
        for (index, hole) in lesson.about.holes.iter().enumerate() {
            let (place, function, task) = (index + 1, &hole.function, &hole.task);
            let _ = write!(out, "\n**Hole {place}: `{function}`.** {task}\n");
            write_hints(&mut out, &hole.hints);
        }
        Ok(out)
    }

    /// `{{#tasks}}` and `{{#hunts}}`: what the lesson has beside its exercise.
    fn practice(&self, told: fn(&Lesson) -> AnyResult<String>) -> Result<String, Trouble> {
        let lesson = &self.book.lessons[self.own_lesson()?];
        told(lesson).map_err(|error| self.trouble(format!("{error:#}"), ""))
    }

    /// `{{#diff 02}}`: what has changed in main.rs since that lesson.
    fn diff(&self) -> Result<String, Trouble> {
        let help = "name a lesson: {{#diff 02}}";
        let own = self.own_lesson()?;
        let former = self.book.lesson(&self.directive.argument);
        let former = former.ok_or_else(|| self.trouble("since which lesson?", help))?;
        let main = |lesson: usize| {
            let sources = &self.book.sources[lesson];
            let main = sources.iter().find(|it| it.path.ends_with("src/main.rs"));
            let main = main.ok_or_else(|| self.trouble("there is no main.rs", help))?;
            Ok::<_, Trouble>(without_anchors(&main.text))
        };
        let (old, new) = (main(former)?, main(own)?);
        let patch = create_patch(&old, &new);
        let lines = || patch.hunks().iter().flat_map(|hunk| hunk.lines());
        let gone = lines()
            .filter(|line| matches!(line, Line::Delete(_)))
            .count();
        let came = lines()
            .filter(|line| matches!(line, Line::Insert(_)))
            .count();
        let hunks: String = patch.to_string().split_inclusive('\n').skip(2).collect();
        let number = self.book.lessons[former].number;
        Ok(format!(
            "<details class=\"diff\">\n<summary>What has changed in main.rs since lesson {number:02}: \
             {gone} lines are gone, {came} are new</summary>\n\n```diff\n{hunks}```\n\n</details>\n"
        ))
    }

    /// `{{#script silent-client}}`, or in another page `{{#script 03 silent-client}}`: the script, its hints folded.
    fn script(&self) -> Result<String, Trouble> {
        let (foreign, name) = split_lesson(self.book, &self.directive.argument);
        let lesson = &self.book.lessons[foreign.map_or_else(|| self.own_lesson(), Ok)?];
        let path = lesson.script_folder().join(format!("{name}.script"));
        let text = fs::read_to_string(self.book.root.join(&path));
        let Ok(text) = text else {
            let message = format!("there is no script {}", path.display());
            return Err(self.trouble(message, "its name is that of its file, without .script"));
        };
        let hint = |line: &str| Some(line.strip_prefix("hint:")?.trim().to_owned());
        let hints: Vec<String> = text.lines().filter_map(hint).collect();
        let steps: Vec<&str> = text.lines().filter(|line| hint(line).is_none()).collect();
        // The hints were a paragraph between two empty lines.
        let steps = steps.join("\n").replace("\n\n\n", "\n\n");
        let path = path.display();
        let mut out = format!("<p class=\"from\"><a href=\"../../{path}\">{path}</a></p>\n\n");
        out += &fenced(&format!("{steps}\n"));
        write_hints(&mut out, &hints);
        Ok(out)
    }

    /// `{{#file book/examples/echo.py}}`: a program that is not a lesson's, whole. A session of the book must run it.
    fn file(&self) -> Result<String, Trouble> {
        let path = self.directive.argument.as_str();
        let text = fs::read_to_string(self.book.root.join(path));
        let text =
            text.map_err(|error| self.trouble(format!("cannot read {path}"), error.to_string()))?;
        let blocks = self.book.pages.iter().flat_map(|page| &page.said.blocks);
        let mut sessions =
            blocks.filter(|block| ["console", "terminals"].contains(&block.language()));
        let run = how_it_is_run(path);
        if !sessions.any(|block| {
            let mut lines = block.text.lines();
            lines.any(|line| line.contains("$ ") && line.contains(&run))
        }) {
            let message = format!("no terminal session of the book runs {path}");
            let help = format!("what is shown is run: add a `console` block with {run}");
            return Err(self.trouble(message, help));
        }
        let language = match path.rsplit_once('.') {
            Some((_, "py")) => "python",
            Some((_, "rs")) => "rust",
            Some((_, ending)) => ending,
            None => "text",
        };
        let text = without_anchors(&text);
        Ok(format!(
            "<p class=\"from\"><a href=\"../../{path}\">{path}</a></p>\n\n```{language}\n{text}```\n"
        ))
    }
}

/// What a command that runs this program has in it: the file, or what Cargo builds of it.
fn how_it_is_run(path: &str) -> String {
    let name = Path::new(path).file_stem().unwrap_or_default();
    match path.strip_suffix(".rs") {
        Some(_) => format!("--bin {}", name.to_string_lossy().replace('_', "-")),
        None => path.to_owned(),
    }
}

/// Concepts, each with a link to its place in the glossary.
fn terms(concepts: &[String]) -> String {
    let links: Vec<String> = concepts
        .iter()
        .map(|concept| format!("[{concept}]({}#{})", concept::GLOSSARY, id(concept)))
        .collect();
    links.join(" · ")
}

/// Each hint folded.
fn write_hints(out: &mut String, hints: &[String]) {
    let of = hints.len();
    for (index, hint) in hints.iter().enumerate() {
        let number = index + 1;
        let _ = write!(
            out,
            "\n<details class=\"hint\">\n<summary>Hint {number} of {of}</summary>\n\n{hint}\n\n</details>\n"
        );
    }
}

/// A block of text. A fence in it would have to be longer than the one around it.
pub(crate) fn fenced(text: &str) -> String {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("```text\n{text}{end}```\n")
}
