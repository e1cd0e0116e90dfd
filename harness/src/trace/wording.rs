//! A story in words: one line for each thing that happened.

use super::call::{Call, Outcome, Sets};
use super::story::{Event, Repeated, Waiting, What};
use crate::words::amount;

/// What follows a call that the program sleeps in.
pub(super) const ASLEEP: &str = "\u{a0}…";
/// Names of a set that are told one by one.
const NAMES: usize = 8;

/// What happened, in a line or two; without the place in the source.
pub(super) fn event(event: &Event) -> Vec<String> {
    match event {
        Event::Call(call) => self::call(call),
        Event::Many(calls) => vec![many(calls)],
        Event::Signal(signal) => vec![format!("{signal} arrives")],
        Event::Ends(how) => vec![format!("the program {how}")],
    }
}

/// The call: `select: read {listener, bob}`, `send(ada, MSG_OOB)`; and what came of it, in the same line or in one of its own.
fn call(call: &Call) -> Vec<String> {
    let result = result(call);
    match (call.is_wait(), call.resumed) {
        (true, true) => vec![result],
        (true, false) if result.is_empty() => vec![wait(call) + ASLEEP],
        (true, false) => vec![wait(call), result],
        (false, true) => vec![format!("→ {}{result}", head(call))],
        (false, false) if call.result.is_none() => vec![head(call) + ASLEEP],
        (false, false) => vec![head(call) + &result],
    }
}

fn wait(call: &Call) -> String {
    let sets = call.interest.as_ref().map(sets).unwrap_or_default();
    let whom = if sets.is_empty() {
        "nobody".into()
    } else {
        sets
    };
    let timeout = match call.timeout_ms {
        None if call.timed => ", for some time".into(),
        None => String::new(),
        Some(0) => ", without waiting".into(),
        Some(millis) => format!(", for {millis} ms at most"),
    };
    let interest = call.interest.as_ref();
    let edge = match interest.is_some_and(|sets| !sets.edge_triggered.is_empty()) {
        true => ", edge-triggered",
        false => "",
    };
    format!("{}{edge}: {whom}{timeout}", call.name)
}

/// `send(ada, "hi\n")`, `recv(ada, MSG_OOB)`
fn head(call: &Call) -> String {
    let mut words: Vec<String> = match call.name.as_str() {
        "epoll_ctl" => call.flag.iter().chain(&call.on).cloned().collect(),
        _ => call.on.iter().chain(&call.flag).cloned().collect(),
    };
    if is_sending(call) {
        words.insert(
            1.min(words.len()),
            match (&call.data, call.asked) {
                (Some(data), _) => format!("\"{data}\""),
                (None, asked) => asked.map_or_else(|| "bytes".into(), amount),
            },
        );
    }
    let interest = call.interest.as_ref().map(|it| format!(": {}", kinds(it)));
    format!(
        "{}({}){}",
        call.name,
        words.join(", "),
        interest.unwrap_or_default()
    )
}

fn result(call: &Call) -> String {
    let Some(result) = &call.result else {
        return String::new();
    };
    match result {
        Outcome::Ready(ready) if ready.is_empty() => "→ ready: something of its own".into(),
        Outcome::Ready(ready) => format!("→ ready: {}", sets(ready)),
        Outcome::TimedOut if call.timeout_ms == Some(0) => "→ nobody is ready".into(),
        Outcome::TimedOut => "→ nobody is ready, and the time is over".into(),
        Outcome::New(name) => format!(" = {name}"),
        Outcome::End => " = 0: the end of the stream".into(),
        Outcome::Failed(why) if call.is_wait() => format!("→ {why}{}", reason(call, why)),
        Outcome::Failed(why) => format!(" = {why}{}", reason(call, why)),
        Outcome::Done if call.flag.as_deref() == Some("SO_ERROR") => " = no error".into(),
        Outcome::Done => String::new(),
        Outcome::Bytes(bytes) => moved(call, *bytes),
        Outcome::SomeBytes if is_sending(call) => String::new(),
        Outcome::SomeBytes => match &call.data {
            Some(data) => format!(" = \"{data}\""),
            None => " = some bytes".into(),
        },
    }
}

/// What EAGAIN means for a call of this kind (send(2), recv(2), accept(2)).
fn reason(call: &Call, why: &str) -> &'static str {
    match (why, call.name.as_str()) {
        ("EAGAIN", "accept") => ": nobody else is waiting",
        ("EAGAIN", _) if is_sending(call) => ": no room",
        ("EAGAIN", _) => ": nothing there now",
        ("EINPROGRESS", _) => ": under way",
        ("EINTR", _) => ": a signal interrupts it, or being stopped and continued",
        _ => "",
    }
}

/// ` = "hi\n"`, ` = 15.2 KiB: no more room`
fn moved(call: &Call, bytes: u64) -> String {
    match (is_sending(call), &call.data) {
        (true, _) if call.asked.is_some_and(|asked| bytes < asked) => {
            format!(" = {}: no more room", amount(bytes))
        }
        (true, _) => String::new(),
        (false, Some(data)) => format!(" = \"{data}\""),
        (false, None) => format!(" = {}", amount(bytes)),
    }
}

/// Whether it takes bytes away from the program.
pub(super) fn is_sending(call: &Call) -> bool {
    matches!(call.name.as_str(), "send" | "write" | "writev" | "sendmsg")
}

/// `read {listener, bob}, write {ada}`
fn sets(sets: &Sets) -> String {
    let named = sets.named();
    let told = named
        .iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(word, set)| format!("{word} {{{}}}", names(set)));
    told.collect::<Vec<_>>().join(", ")
}

/// `read, write, edge-triggered`: the same for one alone.
fn kinds(sets: &Sets) -> String {
    let named = sets.named();
    let told = named
        .iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(word, _)| *word);
    let edge = (!sets.edge_triggered.is_empty()).then_some("edge-triggered");
    told.chain(edge).collect::<Vec<_>>().join(", ")
}

fn names(set: &[String]) -> String {
    let more = set.len().saturating_sub(NAMES);
    let shown = if more > 1 { NAMES } else { set.len() };
    let mut text = set[..shown].join(", ");
    if more > 1 {
        text += &format!(" and {more} more");
    }
    text
}

/// `select 412 times, recv(ada) 412 times: 6.4 MiB`
fn many(calls: &[Repeated]) -> String {
    let told = calls.iter().map(|it| {
        let on = it
            .on
            .as_ref()
            .map(|on| format!("({on})"))
            .unwrap_or_default();
        let times = match it.times {
            Some(1) => " once".into(),
            Some(times) => format!(" {times} times"),
            None => String::new(),
        };
        let bytes = it.bytes.map(|bytes| format!(": {}", amount(bytes)));
        format!("{}{on}{times}{}", it.name, bytes.unwrap_or_default())
    });
    format!("× {}", told.collect::<Vec<_>>().join(" · "))
}

/// What is left over when all has come to rest.
pub(super) fn waiting(left: &Waiting) -> String {
    let who = &left.who;
    let bytes = left.bytes.map_or_else(|| "bytes".into(), amount);
    match left.what {
        What::Connection => format!("{who} waits to be accepted"),
        What::UnreadByProgram => {
            format!("{bytes} from {who} have arrived, and the program has not read them")
        }
        What::UnreadByClient => format!("{bytes} have arrived at {who}, who has not read them yet"),
        What::Unsent => format!("{who} still has {bytes} to send, and the kernel takes no more"),
    }
}
