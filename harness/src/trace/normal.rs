//! Makes a story repeatable: leaves out what differs from run to run although nothing is different.
//!
//! Times do; and, where many bytes or many clients come at once, how they are cut into calls. What is left of such a scene is how it
//! begins, which calls it is made of, and in which one it ends. The leave of all clients at the end, which is one heap, is left out.

use super::call::{Call, Outcome};
use super::fold::many;
use super::story::{Event, Repeated, Scene, Story};
use crate::script::{Action, ClientVerb, Data, Manner, ProgramVerb, Script, Step, UserVerb};

/// The story as every run of `script` tells it.
pub(super) fn repeatable(story: &Story, script: &Script) -> Story {
    let is_written = |scene: &&Scene| scene.line.is_some() || scene.at_us == Some(0);
    let scenes = story.scenes.iter().filter(is_written);
    let scenes = scenes.map(|scene| {
        let step = script
            .steps
            .iter()
            .find(|step| Some(script.line_of(step.span.start)) == scene.line);
        let events = match step.is_some_and(is_bulk) {
            true => in_bulk(&scene.events),
            false => scene.events.iter().map(without_chance).collect(),
        };
        let mut left = scene.left.clone();
        left.iter_mut().for_each(|it| it.bytes = None);
        Scene {
            at_us: None,
            events,
            left,
            ..scene.clone()
        }
    });
    Story {
        scenes: scenes.collect(),
        beside: None,
    }
}

/// Whether a step moves so much, or so many, that each run cuts it differently.
fn is_bulk(step: &Step) -> bool {
    match &step.action {
        Action::Client { verb, .. } => matches!(
            verb,
            ClientVerb::Sends {
                data: Data::Counters(_),
                ..
            } | ClientVerb::Sends {
                manner: Manner::ByteByByte,
                ..
            } | ClientVerb::Receives(Data::Counters(_))
                | ClientVerb::Connects {
                    members: Some(_),
                    ..
                }
        ),
        Action::User(verb) => matches!(verb, UserVerb::Types(Data::Counters(_))),
        Action::Program(verb) => matches!(verb, ProgramVerb::Prints(Data::Counters(_))),
        Action::Server(_) | Action::Peer { .. } => false,
    }
}

/// How such a scene begins, which calls it is made of, and the call that the program sleeps in at its end.
fn in_bulk(events: &[Event]) -> Vec<Event> {
    let beginning = events.len().min(1);
    let sleeps = |event: &&Event| matches!(event, Event::Call(Call { result: None, .. }));
    let end = events
        .last()
        .filter(sleeps)
        .filter(|_| events.len() > beginning);
    let middle = &events[beginning..events.len() - usize::from(end.is_some())];
    let middle: Vec<&Event> = middle
        .iter()
        .filter(|event| is_of_the_loop(event))
        .collect();
    let mut told: Vec<Event> = events[..beginning].iter().map(without_chance).collect();
    told.extend(many(&middle).into_iter().map(|event| match event {
        Event::Many(calls) => Event::Many(uncounted(calls)),
        other => other,
    }));
    told.extend(end.map(without_chance));
    told
}

/// Whether every run of such a scene has it: that a send was short, and the list of interest changed for it, is chance.
fn is_of_the_loop(event: &Event) -> bool {
    match event {
        Event::Call(call) => call.is_wait() || call.is_transfer() || call.name == "accept",
        _ => true,
    }
}

fn uncounted(mut calls: Vec<Repeated>) -> Vec<Repeated> {
    for call in &mut calls {
        (call.times, call.bytes) = (None, None);
    }
    calls.sort_by(|a, b| (&a.name, &a.on).cmp(&(&b.name, &b.on)));
    calls
}

fn without_chance(event: &Event) -> Event {
    let Event::Call(call) = event else {
        return event.clone();
    };
    let mut call = call.clone();
    call.timeout_ms = call.timeout_ms.filter(|millis| *millis == 0);
    // An address has as many digits as its port happens to have.
    let has_names = |data: &String| data.contains('{');
    if call.is_transfer() && call.data.as_ref().is_none_or(has_names) {
        call.asked = None;
        if let Some(Outcome::Bytes(_)) = call.result {
            call.result = Some(Outcome::SomeBytes);
        }
    }
    Event::Call(call)
}
