//! A story read out: one sentence a line, without drawing, for screen readers.

use super::fold::folded;
use super::story::{Event, Scene, Story};
use super::wording;

/// The whole story, ended by a line feed.
pub(super) fn read_out(story: &Story) -> String {
    let mut lines: Vec<String> = story.scenes.iter().flat_map(scene).collect();
    lines.extend(
        story
            .beside
            .as_ref()
            .map(|beside| format!("Note: {beside}.")),
    );
    lines.join("\n") + "\n"
}

fn scene(scene: &Scene) -> Vec<String> {
    let begins = match scene.line {
        Some(line) => format!("Line {line}, {}.", scene.text),
        None => format!("Then {}.", scene.text),
    };
    let events = folded(&scene.events);
    let events = events.iter().flat_map(event);
    let left = scene
        .left
        .iter()
        .map(|left| format!("Left: {}.", wording::waiting(left)));
    std::iter::once(begins).chain(events).chain(left).collect()
}

fn event(event: &Event) -> Vec<String> {
    let place = match event {
        Event::Call(call) if !call.resumed => call.code.as_ref(),
        _ => None,
    };
    let place = place.map(|code| format!(", from line {} of {}", code.line, code.file));
    let words = wording::event(event).into_iter().enumerate();
    let words = words.map(|(part, words)| {
        let place = place.as_deref().filter(|_| part == 0).unwrap_or_default();
        let words = words
            .replace("→ ready:", "Ready:")
            .replace("→ ", "It returns: ");
        match words.strip_suffix(wording::ASLEEP) {
            Some(words) => format!("{words}{place}, where it sleeps."),
            None => format!("{}{place}.", words.trim_start_matches("× ")),
        }
    });
    words.collect()
}
