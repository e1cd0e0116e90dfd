//! How a script is read, for the one who wrote it.

use harness::lesson::Lesson;
use harness::script::{Action, ClientVerb, Data, Manner, PeerVerb, Script, ServerVerb, Step};
use harness::words::{amount, count};
use std::fmt::Write;

/// The longest step that what it means stands beside.
const STEP: usize = 46;

/// The script's head, its steps with their lines and what they mean, and what is asked beside them.
pub(super) fn reading(script: &Script, rules: Option<&Lesson>) -> String {
    let mut told = format!(
        "{} is a script: {}{}\n",
        script.path.display(),
        count(script.steps.len(), "step", "steps"),
        played_by(script, rules)
    );
    let mut say = |label: &str, text: &str| {
        // A String takes whatever is written to it.
        let _ = writeln!(told, "{label:<8}  {text}");
    };
    say("title", &script.title);
    if script.why.is_empty() {
        say("why", "nothing: a learner is told only what failed");
    }
    match script.hints.len() {
        0 => say("hints", "none"),
        number => say("hints", &number.to_string()),
    }
    let clients = clients(script);
    if !clients.is_empty() {
        say("clients", &clients.join(", "));
    }
    told.push('\n');
    for step in &script.steps {
        let line = script.line_of(step.span.start);
        let words = script.words(step);
        let meaning = meaning(step);
        let gap = if meaning.is_empty() { "" } else { "  " };
        let row = format!("{line:>3}  {words:<STEP$}{gap}{meaning}");
        let _ = writeln!(told, "{}", row.trim_end());
    }
    let _ = write!(told, "\nthen, unasked: {}", afterwards(script, rules));
    told
}

fn played_by(script: &Script, rules: Option<&Lesson>) -> String {
    let side = if script.is_for_a_client() {
        "client"
    } else {
        "server"
    };
    match rules {
        Some(lesson) => {
            let call = &lesson.about.waits_in;
            format!(
                ", for a {side} that is judged as {}: it waits in {call}",
                lesson.name
            )
        }
        None => format!(", for a {side}; no lesson says in which call it waits"),
    }
}

/// Who plays, in the order in which they come.
fn clients(script: &Script) -> Vec<String> {
    let mut clients: Vec<String> = Vec::new();
    for step in &script.steps {
        let who = match &step.action {
            Action::Client {
                who,
                verb: ClientVerb::Connects { members, .. },
            } => match members {
                Some(members) => format!("{who} (a group of {members})"),
                None => who.clone(),
            },
            Action::Client {
                who,
                verb: ClientVerb::IsRefused { .. },
            } => who.clone(),
            Action::Peer {
                who,
                verb: PeerVerb::Listens | PeerVerb::Refuses | PeerVerb::KeepsEverybodyWaiting,
            } => format!("{who} (the other side)"),
            _ => continue,
        };
        if !clients.contains(&who) {
            clients.push(who);
        }
    }
    clients
}

/// What a step means, where its words leave something open.
fn meaning(step: &Step) -> String {
    let mut meaning = match &step.action {
        Action::Client { verb, .. } => of_client(verb),
        Action::Server(verb) => of_server(verb).into(),
        _ => String::new(),
    };
    for (when, words) in [
        (step.within, "has until"),
        (step.not_before, "must not be before"),
    ] {
        if let Some(time) = when {
            let gap = if meaning.is_empty() { "" } else { "; " };
            let _ = write!(meaning, "{gap}{words} {} s", time.as_secs_f64());
        }
    }
    meaning
}

fn of_client(verb: &ClientVerb) -> String {
    match verb {
        ClientVerb::Connects { port, .. } if *port > 1 => format!("to listener {port}"),
        ClientVerb::Sends { data, manner } => match manner {
            Manner::Plain => size(data),
            Manner::Urgently => format!("{}, the last one urgent", size(data)),
            Manner::ByteByByte => format!("{}, each in a segment of its own", size(data)),
        },
        ClientVerb::Receives(data) => format!("the next {}, exactly", size(data)),
        ClientVerb::ReceivesNothing => "asked when the program has come to rest".into(),
        ClientVerb::SeesEnd => "after every byte that was to come".into(),
        _ => String::new(),
    }
}

fn size(data: &Data) -> String {
    let bytes = |text: &harness::script::Text| {
        let length = text.render(None, |_| None).len() as u64;
        let is_open = text
            .0
            .iter()
            .any(|part| !matches!(part, harness::script::Part::Bytes(_)));
        (length, is_open)
    };
    match data {
        Data::Counters(total) => amount(*total),
        Data::Text(text) | Data::Repeated(text, _) if bytes(text).1 => {
            "bytes, with addresses in them".into()
        }
        Data::Text(text) => amount(bytes(text).0),
        Data::Repeated(text, times) => amount(bytes(text).0 * u64::from(*times)),
    }
}

fn of_server(verb: &ServerVerb) -> &'static str {
    match verb {
        ServerVerb::Prints(_) => "the next untaken line that matches",
        ServerVerb::PrintsNothingMore
        | ServerVerb::Waits
        | ServerVerb::WaitsIn(_)
        | ServerVerb::Holds(_) => "asked when it has come to rest",
        ServerVerb::Freezes => "what clients do until `thaws` arrives as one batch",
        _ => "",
    }
}

/// What every script asks after its last step.
fn afterwards(script: &Script, rules: Option<&Lesson>) -> String {
    if script.tells_the_end() {
        return "no client has unread bytes; all clients are closed. The script says itself how the program ends.\n".into();
    }
    let call = rules.map_or("its call", |lesson| lesson.about.waits_in.as_str());
    format!(
        "no client has unread bytes; all clients are closed; the program lives, rests in {call},\n\
         holds no socket more than at its start, uses no CPU, and has no more threads or processes.\n"
    )
}
