//! One line of a script into one step.

use super::fault::{Fault, Parsed};
use super::lex::{Piece, Words};
use super::literal::Place;
use super::names::check_subject;
use super::{Action, ClientVerb, ServerVerb, Step, client, data, server};
use std::ops::Range;
use std::time::Duration;

/// Reads a line; gives the places in its texts, too.
pub(super) fn step(line: Piece) -> Parsed<(Step, Vec<Place>)> {
    let mut words = Words::of(line)?;
    let Some(who) = words.take() else {
        return Err(words.expected("a step", client::CAN));
    };
    let (action, forms) = match who.text {
        "server" => {
            let verb = server::verb(&mut words)?;
            let forms = server::forms(&verb);
            (Action::Server(verb), forms)
        }
        "peer" | "user" => return Err(of_client_lessons(who)),
        _ => {
            check_subject(who)?;
            let verb = client::verb(&mut words, who)?;
            let forms = client::forms(&verb);
            let who = who.text.to_owned();
            (Action::Client { who, verb }, forms)
        }
    };
    let timing = timing(&mut words)?;
    words.expect_end(forms)?;
    timing.check(&action)?;
    let step = Step {
        span: line.span(),
        action,
        within: timing.within,
        not_before: timing.not_before,
    };
    Ok((step, words.places))
}

/// Steps of the other side of a client program, and of the user in front of it.
fn of_client_lessons(who: Piece) -> Fault {
    let message = format!(
        "\"{}\" belongs to client lessons, which this version does not know yet",
        who.text
    );
    let help = "a step begins with \"server\" or with a client's name: ada connects";
    Fault::new(who.span(), message, help)
}

/// `within 3 s` and `not before 1 s`.
#[derive(Default)]
struct Timing {
    within: Option<Duration>,
    not_before: Option<Duration>,
    /// Where the words about time stand; empty if there are none.
    span: Range<usize>,
}

/// Takes the words about time at the end of a step, in either order.
fn timing(words: &mut Words) -> Parsed<Timing> {
    let mut timing = Timing::default();
    let start = words.rest_span().start;
    loop {
        let here = words.rest_span().start;
        let slot = if words.takes("within") {
            &mut timing.within
        } else if words.takes("not") {
            words.expect("before", "write: not before 1 s")?;
            &mut timing.not_before
        } else {
            return Ok(timing);
        };
        let (duration, place) = data::duration(words)?;
        if slot.replace(duration).is_some() {
            let message = "this is said twice";
            let help = "a step has one \"within\" and one \"not before\" at most";
            return Err(Fault::new(here..place.end, message, help));
        }
        timing.span = start..place.end;
    }
}

impl Timing {
    /// That the words about time belong to an expectation and can both be true.
    fn check(&self, action: &Action) -> Parsed<()> {
        let fault = |message, help| Err(Fault::new(self.span.clone(), message, help));
        if !self.span.is_empty() && !may_have_time(action) {
            return fault(
                "this step cannot have a time",
                "only these can: receives, sees, prints, waits, waits in, exits with, dies of",
            );
        }
        match (self.within, self.not_before) {
            (Some(within), Some(not_before)) if not_before >= within => fault(
                "nothing can happen in this time",
                "what comes after \"not before\" is shorter than what comes after \"within\"",
            ),
            _ => Ok(()),
        }
    }
}

/// Whether the step waits for something that the program does.
fn may_have_time(action: &Action) -> bool {
    match action {
        Action::Client { verb, .. } => matches!(
            verb,
            ClientVerb::Receives(_)
                | ClientVerb::ReceivesNothing
                | ClientVerb::SeesEnd
                | ClientVerb::SeesReset
        ),
        Action::Server(verb) => matches!(
            verb,
            ServerVerb::Prints(_)
                | ServerVerb::PrintsBefore(..)
                | ServerVerb::PrintsNothingMore
                | ServerVerb::Waits
                | ServerVerb::WaitsIn(_)
                | ServerVerb::ExitsWith(_)
                | ServerVerb::DiesOf(_)
        ),
    }
}
