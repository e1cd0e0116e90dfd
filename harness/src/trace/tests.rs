//! Stories from a log that is given, and how they are folded, drawn and made repeatable.

use super::call::{Call, Outcome, Sets};
use super::log::{Entry, Left, Thing};
use super::normal::repeatable;
use super::story::{Event, Story};
use super::teller::tell;
use super::timeline::{Look, draw};
use crate::script::Script;
use crate::script::parse::parse;
use std::path::Path;
use std::time::Duration;

const ADA: Thing = Thing::Connection(1);
const LISTENER: Thing = Thing::Listener(8002);

fn script(steps: &str) -> Script {
    let source = format!("# A title\n\nada connects\n{steps}");
    parse(Path::new("it.script"), &source).expect("it is written right")
}

fn select(read: &[Thing]) -> Call<Thing> {
    Call {
        interest: Some(Sets {
            read: read.to_vec(),
            ..Sets::default()
        }),
        ..Call::named("select")
    }
}

fn ready(read: &[Thing]) -> Call<Thing> {
    Call {
        result: Some(Outcome::Ready(Sets {
            read: read.to_vec(),
            ..Sets::default()
        })),
        ..Call::named("select")
    }
}

fn moved(name: &str, data: Option<&str>, bytes: u64) -> Call<Thing> {
    Call {
        on: Some(ADA),
        asked: Some(if name == "send" { bytes } else { 1024 }),
        data: data.map(String::from),
        result: Some(Outcome::Bytes(bytes)),
        ..Call::named(name)
    }
}

/// A log: whole calls are entered and return at once.
#[derive(Default)]
struct Notes(Vec<(Duration, Entry)>);

impl Notes {
    fn note(&mut self, entry: Entry) -> &mut Notes {
        let at = Duration::from_millis(self.0.len() as u64);
        self.0.push((at, entry));
        self
    }

    fn enters(&mut self, call: Call<Thing>) -> &mut Notes {
        self.note(Entry::Enters(call, None))
    }

    fn returns(&mut self, call: Call<Thing>) -> &mut Notes {
        self.note(Entry::Returns(call))
    }

    fn calls(&mut self, call: Call<Thing>) -> &mut Notes {
        let result = None;
        let entered = Call {
            result,
            ..call.clone()
        };
        self.enters(entered).returns(call)
    }

    fn begins(&mut self, step: usize) -> &mut Notes {
        let before = false;
        self.note(Entry::Begins { step, before })
    }

    /// The program has started, and ada has connected.
    fn after_a_connect() -> Notes {
        let mut notes = Notes::default();
        let accepted = Call {
            on: Some(LISTENER),
            result: Some(Outcome::New(ADA)),
            ..Call::named("accept")
        };
        let name = "ada".into();
        notes
            .enters(select(&[LISTENER]))
            .note(Entry::Listeners(vec![8002]))
            .begins(0)
            .note(Entry::Named { port: 1, name })
            .returns(ready(&[LISTENER]))
            .calls(accepted)
            .enters(select(&[LISTENER, ADA]))
            .note(Entry::Rests(Vec::new()));
        notes
    }

    fn story(&self, script: &Script) -> Story {
        tell(script, &self.0, &[])
    }
}

fn drawn(story: &Story) -> String {
    let colour = false;
    draw(story, Look { width: 100, colour })
}

#[test]
fn a_call_that_wakes_up_later_is_told_in_both_scenes() {
    let script = script("ada sends \"hi\"\nada receives \"hi\"\n");
    let mut notes = Notes::after_a_connect();
    notes
        .begins(1)
        .returns(ready(&[ADA]))
        .calls(moved("recv", Some("hi"), 2))
        .calls(moved("send", Some("hi"), 2))
        .enters(select(&[LISTENER, ADA]))
        .note(Entry::Over)
        .returns(ready(&[ADA]));
    let wanted = "    the program starts
    select: read {listener} …

  3 ada connects
    → ready: read {listener}
    accept(listener) = ada
    select: read {listener, ada} …

  4 ada sends \"hi\"
    → ready: read {ada}
    recv(ada) = \"hi\"
    send(ada, \"hi\")
    select: read {listener, ada} …
";
    assert_eq!(drawn(&notes.story(&script)), wanted);
}

#[test]
fn what_the_loop_repeats_is_counted() {
    let script = script("ada sends 16 MiB of counters\nada receives 16 MiB of counters\n");
    let mut notes = Notes::after_a_connect();
    notes.begins(1).returns(ready(&[ADA]));
    for _ in 0..100 {
        notes
            .calls(moved("recv", None, 1024))
            .calls(moved("send", None, 1024))
            .enters(select(&[LISTENER, ADA]))
            .returns(ready(&[ADA]));
    }
    let short = Call {
        asked: Some(1024),
        ..moved("send", None, 24)
    };
    notes.calls(moved("recv", None, 1024)).calls(short);
    notes.enters(select(&[LISTENER]));
    let text = drawn(&notes.story(&script));
    let counted = "× select 99 times · recv(ada) 99 times: 99 KiB · send(ada) 99 times: 99 KiB\n";
    assert!(text.contains(counted), "{text}");
    let end = "    send(ada, 1 KiB) = 24 bytes: no more room\n    select: read {listener} …\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn two_runs_that_cut_bulk_differently_are_the_same_when_repeatable() {
    let script = script("ada sends 16 MiB of counters\nada receives 16 MiB of counters\n");
    let run = |turns: u64, bytes: u64| {
        let mut notes = Notes::after_a_connect();
        notes.begins(1);
        notes.returns(ready(&[ADA]));
        for _ in 0..turns {
            notes
                .calls(moved("recv", None, bytes))
                .calls(moved("send", None, bytes))
                .enters(select(&[LISTENER, ADA]))
                .returns(ready(&[ADA]));
        }
        notes.enters(select(&[LISTENER]));
        let left = Left {
            name: "ada".into(),
            for_program: bytes,
            for_client: 0,
            unsent: turns,
            waits: false,
        };
        notes.note(Entry::Rests(vec![left]));
        notes.note(Entry::Unasked).returns(ready(&[LISTENER]));
        repeatable(&notes.story(&script), &script)
    };
    let (one, other) = (run(3, 512), run(7, 1000));
    assert_eq!(one, other);
    let last = one.scenes.last().expect("a scene");
    assert_eq!(last.text, "ada sends 16 MiB of counters");
    assert!(matches!(
        &last.events[..],
        [Event::Call(_), Event::Many(_), Event::Call(_)]
    ));
    assert_eq!(last.left.len(), 2);
}

#[test]
fn a_difference_in_small_things_is_none_that_is_left_out() {
    let script = script("ada sends \"hi\"\nada receives \"hi\"\n");
    let run = |text: &str| {
        let mut notes = Notes::after_a_connect();
        notes.begins(1).returns(ready(&[ADA]));
        notes.calls(moved("recv", Some(text), text.len() as u64));
        repeatable(&notes.story(&script), &script)
    };
    assert_ne!(run("hi"), run("h"));
    assert_eq!(run("hi"), run("hi"));
}

#[test]
fn what_comes_before_the_programs_own_first_line_is_its_runtimes() {
    let script = script("ada closes\n");
    let line = crate::look::CodeLine {
        file: "/main.rs".into(),
        line: 7,
        text: "select(…)".into(),
    };
    let mut notes = Notes::default();
    notes.calls(Call::named("poll"));
    notes.note(Entry::Enters(select(&[LISTENER]), Some(0)));
    let story = tell(&script, &notes.0, &[Some(line)]);
    let [Event::Call(first)] = &story.scenes[0].events[..] else {
        panic!("{story:?}");
    };
    assert_eq!(first.name, "select");
}
