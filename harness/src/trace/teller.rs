//! Makes a story of what was written down.

use super::call::{Call, Code, Outcome};
use super::log::{Entry, Left, Thing};
use super::names::Names;
use super::story::{Event, Scene, Story, Waiting, What};
use crate::look::CodeLine;
use crate::script::{Action, Script, Step};
use crate::words::count;
use std::time::Duration;

/// Tells the story of `script` from what was written down.
pub(super) fn tell(
    script: &Script,
    entries: &[(Duration, Entry)],
    lines: &[Option<CodeLine>],
) -> Story {
    let mut teller = Teller {
        script,
        names: Names::of(entries),
        lines,
        scenes: vec![scene("the program starts", Some(Duration::ZERO))],
        open: None,
    };
    for (index, (at, entry)) in entries.iter().enumerate() {
        if matches!(entry, Entry::Over) {
            break;
        }
        teller.hear(index, *at, entry);
    }
    let mut scenes = teller.scenes;
    scenes.iter_mut().for_each(leave_out_what_prepares);
    let beside = entries.iter().find_map(|(_, entry)| match entry {
        Entry::Beside { processes, threads } => beside(*processes, *threads),
        _ => None,
    });
    Story { scenes, beside }
}

/// Before its own first line, a program's runtime makes calls that nobody has written.
fn leave_out_what_prepares(scene: &mut Scene) {
    let is_own = |event: &Event| matches!(event, Event::Call(Call { code: Some(_), .. }));
    let is_start = scene.who.is_none() || scene.who.as_deref() == Some("client");
    if let Some(first) = scene.events.iter().position(is_own).filter(|_| is_start) {
        scene.events.drain(..first);
    }
}

struct Teller<'a> {
    script: &'a Script,
    names: Names,
    lines: &'a [Option<CodeLine>],
    scenes: Vec<Scene>,
    /// The scene and the place in it of the call that has not returned, and its line.
    open: Option<(usize, usize)>,
}

fn scene(text: &str, at: Option<Duration>) -> Scene {
    Scene {
        who: None,
        text: text.to_owned(),
        line: None,
        at_us: at.and_then(|at| u64::try_from(at.as_micros()).ok()),
        events: Vec::new(),
        left: Vec::new(),
    }
}

impl Teller<'_> {
    fn hear(&mut self, index: usize, at: Duration, entry: &Entry) {
        match entry {
            Entry::Begins { step, before } => self.begin(*step, *before, at),
            Entry::Unasked => self
                .scenes
                .push(scene(everybody_leaves(self.script), Some(at))),
            Entry::Rests(left) => {
                let left = left.iter().flat_map(waiting).collect();
                self.scene().left = left;
            }
            Entry::Enters(call, _) | Entry::Returns(call) if is_about_its_own(call) => {}
            Entry::Enters(call, stack) => {
                let mut call = self.told(call, index);
                let code = stack.and_then(|stack| self.lines.get(stack)?.as_ref());
                call.code = code.map(code_of);
                let place = (self.scenes.len() - 1, self.scene().events.len());
                self.open = Some(place);
                self.scene().events.push(Event::Call(call));
            }
            Entry::Returns(call) => {
                let call = self.told(call, index);
                self.returns(call);
            }
            Entry::Signal(signal) if signal != "SIGSTOP" && signal != "SIGCONT" => {
                self.scene().events.push(Event::Signal(signal.clone()));
            }
            Entry::Ended(how) => self.scene().events.push(Event::Ends(how.clone())),
            Entry::Becomes => {
                self.open = None;
                self.scene().events.clear();
            }
            Entry::Signal(_) | Entry::Interrupted => {} // the step says so, or the next call does
            Entry::Named { .. } | Entry::Listeners(_) | Entry::Beside { .. } | Entry::Over => {}
        }
    }

    fn begin(&mut self, index: usize, before: bool, at: Duration) {
        let Some(step) = self.script.steps.get(index) else {
            return;
        };
        let next = Scene {
            who: Some(who(step)),
            line: Some(self.script.line_of(step.span.start)),
            ..scene(self.script.words(step), Some(at))
        };
        if before {
            // The program was started after this, and its start is the scene that is there already.
            let last = self.scenes.len() - 1;
            let moved = Scene {
                at_us: None,
                ..next
            };
            match &step.action {
                Action::Program(_) => {
                    let events = std::mem::take(&mut self.scenes[last].events);
                    self.scenes[last] = Scene { events, ..moved };
                }
                _ => {
                    self.scenes.insert(last, moved);
                    self.open = self.open.map(|(scene, place)| (scene + 1, place));
                }
            }
            return;
        }
        self.scenes.push(next);
    }

    fn scene(&mut self) -> &mut Scene {
        let last = self.scenes.len() - 1;
        &mut self.scenes[last] // there is always one
    }

    fn told(&self, call: &Call<Thing>, index: usize) -> Call {
        let call = without_its_own(call.clone());
        let mut call = call.map(|thing| self.names.of_thing(&thing, index));
        call.data = call.data.map(|data| self.names.in_text(&data, index));
        call
    }

    fn returns(&mut self, call: Call) {
        let Some((scene, place)) = self.open.take() else {
            return;
        };
        let last = self.scenes.len() - 1;
        let Some(Event::Call(entered)) = self.scenes[scene].events.get_mut(place) else {
            return;
        };
        let is_here = scene == last;
        let (interest, code) = match is_here {
            true => (entered.interest.take(), entered.code.take()),
            false => (entered.interest.clone(), entered.code.clone()),
        };
        let call = Call {
            interest,
            code,
            ..call
        };
        if is_here {
            *entered = call;
            return;
        }
        let resumed = true;
        self.scene()
            .events
            .push(Event::Call(Call { resumed, ..call }));
    }
}

/// What a program's runtime waits for beside its sockets, such as the eventfd by which another thread wakes it, is nobody's in the
/// script.
fn without_its_own(mut call: Call<Thing>) -> Call<Thing> {
    let is_told = |thing: &Thing| !matches!(thing, Thing::Other(_));
    call.interest = call.interest.map(|sets| sets.only(is_told));
    call.result = call.result.map(|result| match result {
        Outcome::Ready(sets) => Outcome::Ready(sets.only(is_told)),
        other => other,
    });
    call
}

fn is_about_its_own(call: &Call<Thing>) -> bool {
    matches!(call.on, Some(Thing::Other(_)))
}

fn who(step: &Step) -> String {
    match &step.action {
        Action::Client { who, .. } | Action::Peer { who, .. } => who.clone(),
        Action::Server(_) => "server".into(),
        Action::Program(_) => "client".into(),
        Action::User(_) => "user".into(),
    }
}

/// Only the first thread of the process that was started is followed.
fn beside(processes: usize, threads: usize) -> Option<String> {
    match (processes, threads) {
        (1, 1) | (0, _) => None,
        (1, threads) => Some(format!(
            "the program has {}; what is shown is the first one",
            count(threads, "thread", "threads")
        )),
        (processes, _) => Some(format!(
            "the program has {}; what is shown is the first one, which was started",
            count(processes, "process", "processes")
        )),
    }
}

fn everybody_leaves(script: &Script) -> &'static str {
    match script.is_for_a_client() {
        true => "all peers leave",
        false => "all clients leave",
    }
}

fn code_of(line: &CodeLine) -> Code {
    Code {
        file: line.file_in_package().display().to_string(),
        line: line.line,
        text: line.text.clone(),
    }
}

fn waiting(left: &Left) -> Vec<Waiting> {
    let one = |what, bytes: u64| {
        (bytes > 0).then(|| Waiting {
            who: left.name.clone(),
            what,
            bytes: Some(bytes),
        })
    };
    let connection = left.waits.then(|| Waiting {
        who: left.name.clone(),
        what: What::Connection,
        bytes: None,
    });
    let bytes = [
        one(What::UnreadByProgram, left.for_program),
        one(What::UnreadByClient, left.for_client),
        one(What::Unsent, left.unsent),
    ];
    connection
        .into_iter()
        .chain(bytes.into_iter().flatten())
        .collect()
}
