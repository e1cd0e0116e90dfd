//! Which clients, or peers, there are while a script is read, and what each can still do.

use super::check::line_of;
use super::fault::{Fault, Parsed, did_you_mean};
use super::{ClientVerb, PeerVerb, Step};
use std::collections::BTreeMap;

/// The clients that were named so far.
pub(super) struct Clients<'a> {
    source: &'a str,
    known: BTreeMap<String, Client>,
    /// Whether they are the other side of a program that is a client.
    are_peers: bool,
}

/// What is known of a client; its latest connection counts.
#[derive(Default)]
struct Client {
    /// Whether it ever had an address.
    connected: bool,
    group: bool,
    /// Whether the program connects to it, and not it to the program.
    peer: bool,
    /// Why it has no connection any more.
    gone: Option<Event>,
    shut_down: Option<Event>,
    saw_end: Option<Event>,
}

/// Something that happened to a client.
#[derive(Clone, Copy)]
struct Event {
    /// `closed`, to come after its name.
    what: &'static str,
    line: usize,
}

impl<'a> Clients<'a> {
    pub(super) fn new(source: &'a str) -> Clients<'a> {
        Clients {
            source,
            known: BTreeMap::new(),
            are_peers: false,
        }
    }

    /// That they are the other side of a program that is a client.
    pub(super) fn are_peers(&mut self) {
        self.are_peers = true;
    }

    /// That `who` can do what `step` says; and what follows from it.
    pub(super) fn step(&mut self, step: &Step, who: &str, verb: &ClientVerb) -> Parsed<()> {
        let line = line_of(self.source, step.span.start);
        let event = |what| Some(Event { what, line });
        if let ClientVerb::Connects { members, .. } = verb {
            self.check_free(step, who)?;
            self.check_no_peer(step, who)?;
            let client = Client {
                connected: true,
                group: members.is_some(),
                ..Client::default()
            };
            self.known.insert(who.to_owned(), client);
            return Ok(());
        }
        if let ClientVerb::IsRefused { .. } = verb {
            self.check_free(step, who)?;
            let client = self.known.entry(who.to_owned()).or_default();
            client.gone = event("was refused");
            return Ok(());
        }
        let name = step.span.start..step.span.start + who.len();
        let Some(client) = self.known.get_mut(who) else {
            return Err(self.unknown(name, who));
        };
        let again = if client.peer { "accepts" } else { "connects" };
        client.check(step, who, verb, again)?;
        match verb {
            ClientVerb::Closes => client.gone = event("closed"),
            ClientVerb::Resets => client.gone = event("reset its connection"),
            ClientVerb::SeesReset => client.gone = event(SAW_RESET),
            ClientVerb::SeesEnd => client.saw_end = event("saw the end of the stream"),
            ClientVerb::ShutsDownWriting => client.shut_down = event("shut down writing"),
            _ => {}
        }
        Ok(())
    }

    /// The same for what only a peer does.
    pub(super) fn peer(&mut self, step: &Step, who: &str, verb: &PeerVerb) -> Parsed<()> {
        let what = match verb {
            PeerVerb::Accepts(name) => return self.accept(step, who, name.as_deref()),
            PeerVerb::Listens => ONLY_LISTENS,
            PeerVerb::Refuses => "was told to refuse",
            PeerVerb::KeepsEverybodyWaiting => "was told to keep everybody waiting",
        };
        let line = line_of(self.source, step.span.start);
        let peer = Client {
            connected: true,
            peer: true,
            gone: Some(Event { what, line }),
            ..Client::default()
        };
        if self.known.insert(who.to_owned(), peer).is_some() {
            let message = format!("there is already a peer called {who}");
            let help = "give each peer a name of its own: alpha listens";
            return Err(Fault::new(step.span.clone(), message, help));
        }
        Ok(())
    }

    fn accept(&mut self, step: &Step, who: &str, called: Option<&str>) -> Parsed<()> {
        let called = called.unwrap_or(who);
        self.check_free(step, called)?;
        let name = step.span.start..step.span.start + who.len();
        let Some(peer) = self.known.get(who).filter(|known| known.peer) else {
            return Err(self.unknown(name, who));
        };
        let takes_nobody =
            |event: &Event| event.what.starts_with("was told") && event.what != ONLY_LISTENS;
        if let Some(told) = peer.gone.filter(takes_nobody) {
            return Err(Fault::new(
                step.span.clone(),
                format!("{who} {} on line {}", told.what, told.line),
                format!("write there: {who} listens"),
            ));
        }
        let connection = Client {
            connected: true,
            peer: true,
            ..Client::default()
        };
        self.known.insert(called.to_owned(), connection);
        Ok(())
    }

    /// That `who` does not have the name of somebody whom the program connects to.
    fn check_no_peer(&self, step: &Step, who: &str) -> Parsed<()> {
        match self.known.get(who) {
            Some(known) if known.peer => Err(Fault::new(
                step.span.clone(),
                format!("{who} is a peer: the program connects to it"),
                format!("give the client a name of its own, or write: {who} accepts"),
            )),
            _ => Ok(()),
        }
    }

    /// That `who` has no connection, so that it can have a new one.
    fn check_free(&self, step: &Step, who: &str) -> Parsed<()> {
        match self.known.get(who) {
            Some(client) if client.gone.is_none() && client.saw_end.is_none() => Err(Fault::new(
                step.span.clone(),
                format!("{who} is already connected"),
                format!("give the second one a name of its own, or add a line above: {who} closes"),
            )),
            _ => Ok(()),
        }
    }

    /// That `who`, if there is such a client, still has the connection that `step` asks about.
    pub(super) fn check_has_connection(&self, step: &Step, who: &str) -> Parsed<()> {
        match self.known.get(who).and_then(|client| client.gone) {
            Some(gone) => Err(Fault::new(
                step.span.clone(),
                format!("{who} {} on line {}", gone.what, gone.line),
                "nothing can be owed after that; move this step up",
            )),
            None => Ok(()),
        }
    }

    /// Whether it is a group.
    pub(super) fn is_group(&self, name: &str) -> bool {
        self.known.get(name).is_some_and(|client| client.group)
    }

    /// Whether it was ever connected; `None` if there is nobody of this name.
    pub(super) fn was_connected(&self, name: &str) -> Option<bool> {
        self.known.get(name).map(|client| client.connected)
    }

    /// The fault that nobody has this name.
    pub(super) fn unknown(&self, span: std::ops::Range<usize>, name: &str) -> Fault {
        let known = self.known.iter().filter(|(_, client)| client.connected);
        let (kind, begins) = match self.are_peers {
            true => ("peer", "listens"),
            false => ("client", "connects"),
        };
        let meant = did_you_mean(name, known.map(|(name, _)| name.as_str()));
        let add = if meant.is_empty() { "add" } else { "Or add" };
        Fault::new(
            span,
            format!("unknown {kind} \"{name}\""),
            format!("{meant}{add} a line above: {name} {begins}"),
        )
    }
}

/// What has become of a peer that has not accepted anybody yet.
const ONLY_LISTENS: &str = "was told only to listen";

/// After this a client still has its socket, and may close it.
const SAW_RESET: &str = "saw a reset";

impl Client {
    /// That the connection is still good for `verb`; it would have a new one if it `again` does what it did for this one.
    fn check(&self, step: &Step, who: &str, verb: &ClientVerb, again: &str) -> Parsed<()> {
        let ends = matches!(verb, ClientVerb::Closes | ClientVerb::Resets);
        let writes = matches!(
            verb,
            ClientVerb::Sends { .. } | ClientVerb::ShutsDownWriting
        );
        let reads = matches!(
            verb,
            ClientVerb::Receives(_)
                | ClientVerb::ReceivesInAnyOrder(_)
                | ClientVerb::ReceivesNothing
                | ClientVerb::SeesEnd
        );
        let (event, help) = match (self.gone, self.shut_down, self.saw_end) {
            (Some(gone), ..) if !(ends && gone.what == SAW_RESET) => (
                gone,
                format!("move this step up, or add a line above: {who} {again}"),
            ),
            (_, Some(shut_down), _) if writes => (
                shut_down,
                "after that a client can only receive; move this step up".to_owned(),
            ),
            (.., Some(saw_end)) if reads => (
                saw_end,
                "nothing can come after it; move this step up".to_owned(),
            ),
            _ => return Ok(()),
        };
        let message = format!("{who} {} on line {}", event.what, event.line);
        Err(Fault::new(step.span.clone(), message, help))
    }
}
