//! What the clients have sent, received and left unread, for a report.

use super::client::{Client, Said};
use super::connection::Connection;
use super::explain::list;
use super::seeing::shown;
use super::stage::Stage;
use super::user::User;
use crate::look::TcpState;
use crate::script::escaped;
use crate::words::amount;

/// Clients that are told of one by one.
const CLIENTS: usize = 6;
/// Bytes of a conversation that are shown.
const SHOWN: usize = 40;

/// Which clients have been sent anything by now.
pub(super) fn answered(stage: &Stage<'_>) -> Vec<bool> {
    let clients = stage.world.clients();
    clients
        .map(|client| client.received.bytes + client.unread() > 0)
        .collect()
}

/// Whose bytes the program has not read, and who waits to be accepted; `answered` is from before.
pub(super) fn unread(
    stage: &Stage<'_>,
    connections: &[Connection],
    answered: &[bool],
) -> Option<String> {
    let told = stage
        .world
        .clients()
        .zip(connections)
        .zip(answered)
        .filter_map(|((client, connection), answered)| {
            let name = &client.name;
            // The kernel counts the end of a stream as a byte until it is read.
            let end = connection
                .theirs
                .is_some_and(|theirs| theirs.state == TcpState::CloseWait && theirs.unread > 0);
            let bytes = connection.theirs.map_or(0, |theirs| theirs.unread) - u32::from(end);
            match (connection.waits_to_be_accepted(), bytes) {
                (true, 0) => Some(format!("{name} waits to be accepted")),
                (true, bytes) => Some(format!(
                    "{} from {name}, who waits to be accepted",
                    amount(bytes.into())
                )),
                (false, 0) => end.then(|| format!("the end of what {name} has sent")),
                (false, bytes) => Some(format!(
                    "{} from {name}{}",
                    amount(bytes.into()),
                    guessed(client, bytes.into(), *answered)
                )),
            }
        });
    let typed = stage.world.user.as_ref().map_or(0, User::unread);
    let of_user = (typed > 0).then(|| format!("{} from the user", amount(typed)));
    list(of_user.into_iter().chain(told).collect(), CLIENTS)
}

/// What gives away an answer that was prepared without the question, which lies `unread`.
fn guessed(client: &Client, unread: u64, answered: bool) -> &'static str {
    match answered && unread == client.sent.bytes {
        true => ": nothing of it has been read, and an answer was sent",
        false => "",
    }
}

/// What each client has sent and received.
pub(super) fn clients(stage: &Stage<'_>) -> Option<String> {
    let told = stage.world.clients().map(|client| {
        let Client {
            name,
            sent,
            received,
            ..
        } = client;
        let early = match client.unread() {
            1.. if sent.bytes == 0 => format!(
                ", and was sent {} before it has sent anything",
                shown(client)
            ),
            _ => String::new(),
        };
        format!(
            "{name} sent {}, received {}{early}",
            said(sent),
            said(received)
        )
    });
    list(told.collect(), CLIENTS)
}

fn said(said: &Said) -> String {
    if said.counters || said.bytes < said.asked && said.asked > SHOWN as u64 {
        return match said.bytes < said.asked {
            true => format!("{} of {}", amount(said.bytes), amount(said.asked)),
            false => amount(said.bytes),
        };
    }
    match said.beginning.len() {
        0 => "nothing".into(),
        length if length > SHOWN => format!(
            "\"{}…\" ({})",
            escaped(&said.beginning[..SHOWN]),
            amount(said.bytes)
        ),
        _ => format!("\"{}\"", escaped(&said.beginning)),
    }
}
