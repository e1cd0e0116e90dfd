//! Tells many calls in few lines: what a turn of the program's loop does for the first time is told, what it only repeats is counted.

use super::call::{Call, Outcome};
use super::story::{Event, Repeated};

/// A scene of no more events than this is told in full.
const FEW: usize = 20;
/// Turns that are told of a longer one, beside its first and its last.
const TURNS: usize = 5;
/// Calls that are told of once when they follow each other so often.
const OFTEN: usize = 3;
/// The longest cycle that is looked for within a turn.
const LONGEST: usize = 3;

/// The events of a scene as they are told.
pub(super) fn folded(events: &[Event]) -> Vec<Event> {
    if events.len() <= FEW {
        return events.to_vec();
    }
    let turns = turns(events);
    let last = turns.len() - 1;
    let mut met: Vec<Vec<Shape>> = Vec::new();
    let mut told = Vec::new();
    let mut repeated: Vec<&Event> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let shape: Vec<Shape> = turn.iter().map(shape).collect();
        let is_new = !met.contains(&shape) && met.len() <= TURNS;
        if !is_new && index < last {
            repeated.extend(*turn);
            continue;
        }
        met.push(shape);
        told.extend(many(&repeated));
        repeated.clear();
        told.extend(without_cycles(turn));
    }
    told
}

/// Of what a turn does again and again, as a loop until EAGAIN does, only the first time is told.
fn without_cycles(turn: &[Event]) -> Vec<Event> {
    let shapes: Vec<Shape> = turn.iter().map(shape).collect();
    let mut told = Vec::new();
    let mut at = 0;
    while at < turn.len() {
        let length = (1..=LONGEST).find(|length| times(&shapes[at..], *length) >= OFTEN);
        let length = length.unwrap_or(1);
        let end = at + length * times(&shapes[at..], length).max(1);
        told.extend_from_slice(&turn[at..at + length]);
        if end - at >= length * OFTEN {
            told.extend(many(&turn[at + length..end].iter().collect::<Vec<_>>()));
            at = end;
        } else {
            at += length;
        }
    }
    told
}

/// How often the first so many shapes follow each other.
fn times(shapes: &[Shape], length: usize) -> usize {
    let mut chunks = shapes.chunks_exact(length);
    let Some(first) = chunks.next() else {
        return 0;
    };
    1 + chunks.take_while(|chunk| *chunk == first).count()
}

/// Cuts events into turns of the loop: each begins where the program waits, or, if it never does, where it takes something.
fn turns(events: &[Event]) -> Vec<&[Event]> {
    let waits = |event: &Event| matches!(event, Event::Call(call) if call.is_wait());
    let takes = |event: &Event| matches!(event, Event::Call(call) if matches!(call.name.as_str(), "accept" | "recv" | "read"));
    let has_waits = events.iter().any(waits);
    let begins = |event: &Event| {
        if has_waits {
            waits(event)
        } else {
            takes(event)
        }
    };
    events.chunk_by(|_, next| !begins(next)).collect()
}

/// What makes an event like another: all but how many bytes were moved, and which member of a group it is about.
#[derive(Debug, PartialEq, Eq)]
struct Shape(String);

fn shape(event: &Event) -> Shape {
    let Event::Call(call) = event else {
        return Shape(format!("{event:?}"));
    };
    let result = match &call.result {
        Some(Outcome::Bytes(bytes)) if super::wording::is_sending(call) => {
            let is_short = call.asked.is_some_and(|asked| *bytes < asked);
            format!("{is_short}")
        }
        Some(Outcome::Bytes(_)) => String::new(),
        Some(result) => format!("{result:?}"),
        None => String::new(),
    };
    let Call {
        name,
        on,
        flag,
        interest,
        ..
    } = call;
    let on = on.as_deref().map(group);
    Shape(format!("{name} {on:?} {flag:?} {interest:?} {result}"))
}

/// The group that a member belongs to: `crowd` for `crowd 17`; any other name is its own.
pub(super) fn group(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((group, number)) if number.bytes().all(|it| it.is_ascii_digit()) => group,
        _ => name,
    }
}

/// Calls by their names and what they are about, each once.
pub(super) fn many(events: &[&Event]) -> Vec<Event> {
    let mut calls: Vec<Repeated> = Vec::new();
    let mut others = Vec::new();
    for event in events {
        let Event::Call(call) = event else {
            others.push((*event).clone());
            continue;
        };
        let on = call.on.as_deref().map(|on| group(on).to_owned());
        let moved = match call.result {
            Some(Outcome::Bytes(bytes)) if call.is_transfer() => bytes,
            _ => 0,
        };
        let like = calls
            .iter_mut()
            .find(|it| it.name == call.name && it.on == on);
        match like {
            Some(like) => {
                like.times = like.times.map(|times| times + 1);
                like.bytes = Some(like.bytes.unwrap_or(0) + moved).filter(|it| *it > 0);
            }
            None => calls.push(Repeated {
                name: call.name.clone(),
                on,
                times: Some(1),
                bytes: Some(moved).filter(|it| *it > 0),
            }),
        }
    }
    let calls = Some(Event::Many(calls)).filter(|it| *it != Event::Many(Vec::new()));
    calls.into_iter().chain(others).collect()
}
