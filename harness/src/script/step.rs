//! One line of a script into one step.

use super::client_lesson::{self as lesson, OfClient};
use super::fault::{Fault, Parsed};
use super::lex::{Piece, Words};
use super::literal::Place;
use super::names::check_subject;
use super::{Action, ClientVerb, ProgramVerb, ServerVerb, Step, client, data, server};
use std::ops::Range;
use std::time::Duration;

/// Reads a line; gives the places in its texts, too.
pub(super) fn step(line: Piece) -> Parsed<(Step, Vec<Place>)> {
    let mut words = Words::of(line)?;
    let Some(who) = words.take() else {
        return Err(words.expected("a step", client::CAN));
    };
    let (action, forms) = action(&mut words, who)?;
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

/// Who does what; and help for a step that goes on after it should have ended.
fn action(words: &mut Words, who: Piece) -> Parsed<(Action, &'static str)> {
    match who.text {
        "server" => {
            let verb = server::verb(words)?;
            let forms = server::forms(&verb);
            Ok((Action::Server(verb), forms))
        }
        "client" => Ok(match lesson::client(words)? {
            OfClient::Own(verb) => {
                let forms = lesson::forms_of_client(&verb);
                (Action::Program(verb), forms)
            }
            OfClient::AnyProgram(verb) => {
                let forms = server::forms(&verb);
                (Action::Server(verb), forms)
            }
        }),
        "user" => {
            let verb = lesson::user(words)?;
            let forms = lesson::forms_of_user(&verb);
            Ok((Action::User(verb), forms))
        }
        _ => {
            check_subject(who)?;
            let name = who.text.to_owned();
            if let Some(verb) = lesson::peer(words)? {
                let forms = lesson::forms_of_peer(&verb);
                return Ok((Action::Peer { who: name, verb }, forms));
            }
            let verb = client::verb(words, who)?;
            let forms = client::forms(&verb);
            Ok((Action::Client { who: name, verb }, forms))
        }
    }
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
                "only these can: receives, sees, prints, waits, waits in, exits with, dies of; \
                 in a client's script also: accepts, says",
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
                | ClientVerb::ReceivesInAnyOrder(_)
                | ClientVerb::ReceivesNothing
                | ClientVerb::SeesEnd
                | ClientVerb::SeesReset
        ),
        Action::Program(verb) => !matches!(verb, ProgramVerb::Started { .. }),
        Action::Peer { verb, .. } => !verb.is_before_the_program(),
        Action::User(_) => false,
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
