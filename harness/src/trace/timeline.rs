//! A story as it is read in a terminal: the clients' steps at the margin, the program's calls below each, and beside them the lines of
//! the source that they come from.

use super::call::Sets;
use super::fold::{folded, group};
use super::story::{Event, Scene, Story};
use super::wording;
use std::fmt::Write;

/// Columns that a step, a call, and its continuation are indented by.
const CALL: usize = 4;
const CONTINUED: usize = 8;
/// Lines about what does not get on.
const LEFT: usize = 5;
/// Fewer columns than this are not enough for two.
const NARROW: usize = 72;

/// How it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether there are terminal colours.
    pub colour: bool,
}

impl Look {
    fn paint(self, code: &str, words: &str) -> String {
        match self.colour {
            true => format!("{code}{words}{PLAIN}"),
            false => words.to_owned(),
        }
    }
}

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const CYAN: &str = "\u{1b}[36m";
const PLAIN: &str = "\u{1b}[0m";

/// What has to be known to read it.
pub fn legend(story: &Story) -> String {
    let calls = || {
        let events = story.scenes.iter().flat_map(|scene| &scene.events);
        events.filter_map(|event| match event {
            Event::Call(call) => Some(call),
            _ => None,
        })
    };
    let mut text = LEGEND.to_owned();
    if calls().any(|call| call.name == "epoll_wait") {
        text += OF_EPOLL;
    }
    let is_edge_triggered = |sets: &Sets| !sets.edge_triggered.is_empty();
    if calls().any(|call| call.interest.as_ref().is_some_and(is_edge_triggered)) {
        text += OF_EDGES;
    }
    text
}

const LEGEND: &str = "\
At the margin the steps of the script, with their lines; below each what the program did about it,
call by call, until it came to rest.   … at the end: it sleeps here; without it, the call returns at
once   → what the call reports   × calls that are only counted   ( ) what lies waiting";
const OF_EPOLL: &str = "
epoll_wait is not told whom to wait for. The kernel keeps a list, which is written behind it here:
epoll_ctl changes it, and who is closed leaves it.";
const OF_EDGES: &str = "
edge-triggered: a change is reported once; what stays as it is, is not reported again.";

/// The story read out, one sentence a line, for screen readers.
pub fn plain(story: &Story) -> String {
    super::plain::read_out(story)
}

/// What happened, in a line or two; without the place in the source.
pub fn words(event: &Event) -> Vec<String> {
    wording::event(event)
        .iter()
        .map(|line| line.replace('\u{a0}', " "))
        .collect()
}

/// The whole story, ended by a line feed.
pub fn draw(story: &Story, look: Look) -> String {
    let mut text = String::new();
    for (index, scene) in story.scenes.iter().enumerate() {
        let before = index
            .checked_sub(1)
            .and_then(|index| story.scenes.get(index));
        draw_scene(
            &mut text,
            scene,
            [before, story.scenes.get(index + 1)],
            look,
        );
    }
    if let Some(beside) = &story.beside {
        let _ = writeln!(text, "\n({beside})");
    }
    text
}

fn draw_scene(text: &mut String, scene: &Scene, [before, next]: [Option<&Scene>; 2], look: Look) {
    // A step that was only waited for goes with the one before.
    if !text.is_empty() && !scene.events.is_empty() {
        text.push('\n');
    }
    let number = scene.line.map_or_else(String::new, |line| line.to_string());
    let step = look.paint(BOLD, &scene.text);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{} {step}", look.paint(DIM, &format!("{number:>3}")));
    for event in folded(&scene.events) {
        draw_event(text, &event, look);
    }
    // Of what is read in the next moment nobody would say that it is not; and what was said need not be said again.
    let is_next = |who: &str| next.is_some_and(|next| next.who.as_deref() == Some(who));
    let is_known = |left| before.is_some_and(|before| before.left.contains(left));
    let told = scene.left.iter();
    let told = told.filter(|left| !is_next(group(&left.who)) && !is_known(left));
    let mut told: Vec<String> = told.map(wording::waiting).collect();
    if told.len() > LEFT + 1 {
        let more = told.len() - LEFT;
        told.truncate(LEFT);
        told.push(format!("and {more} more like these"));
    }
    for words in told {
        for line in wrapped(&format!("({words})"), look.width - CALL) {
            let _ = writeln!(text, "{:CALL$}{}", "", look.paint(CYAN, &line));
        }
    }
}

fn draw_event(text: &mut String, event: &Event, look: Look) {
    let source = match event {
        Event::Call(call) if !call.resumed => call.code.as_ref(),
        _ => None,
    };
    let source = source.filter(|_| look.width >= NARROW).map(|code| {
        let file = code.file.strip_prefix("src/").unwrap_or(&code.file);
        format!("{file}:{}  {}", code.line, code.text)
    });
    let of_call = if source.is_none() {
        look.width
    } else {
        look.width * 3 / 5
    };
    for (part, words) in wording::event(event).iter().enumerate() {
        let room = if part == 0 { of_call } else { look.width };
        for (index, line) in wrapped(words, room - CALL).iter().enumerate() {
            let indent = if index == 0 { CALL } else { CONTINUED };
            let line = line.replace('\u{a0}', " ");
            let _ = write!(text, "{:indent$}{line}", "");
            if let (0, 0, Some(source)) = (part, index, &source) {
                let gap = of_call.saturating_sub(indent + line.chars().count()).max(1);
                let shown = shortened(source, look.width - of_call - 1);
                let _ = write!(text, "{:gap$}{}", "", look.paint(DIM, &shown));
            }
            text.push('\n');
        }
    }
}

/// Cuts words into lines of at most `width` columns; all but the first have less room.
fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in words.split(' ') {
        let room = if lines.len() == 1 {
            width
        } else {
            width + CALL - CONTINUED
        };
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn shortened(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some(_) => text
            .chars()
            .take(width.saturating_sub(1))
            .chain(['…'])
            .collect(),
        None => text.to_owned(),
    }
}
