//! What the kernel knows of the program and its connections.

use super::World;
use crate::look::{End, Held, Look, children_faults, descriptors};
use crate::run::client::Client;
use crate::run::connection::Connection;
use crate::run::peer::Peer;
use std::io;
use std::net::SocketAddrV4;

impl World {
    /// The program's process, and those of its descendants.
    pub(in crate::run) fn processes(&mut self) -> Vec<i32> {
        let own = self.program.pid();
        let all = std::iter::once(own).chain(self.program.descendants());
        all.map(|pid| pid.as_raw_nonzero().get()).collect()
    }

    /// Whether the program has ended, and it only has not been reported yet, with how.
    pub(in crate::run) fn is_ending(&self, look: &Look) -> bool {
        let own = self.program.pid().as_raw_nonzero().get();
        self.exit.is_none() && look.threads.iter().all(|thread| thread.pid != own)
    }

    /// The sockets that the program holds, and its other descriptors.
    pub(in crate::run) fn held(&mut self) -> (usize, usize) {
        let all: Vec<Held> = self.processes().into_iter().flat_map(descriptors).collect();
        let sockets = all.iter().filter(|held| held.socket.is_some()).count();
        (sockets, all.len() - sockets)
    }

    /// Page faults of children that the program has waited for: more than before means that there were some.
    pub(in crate::run) fn children_faults(&self) -> u64 {
        children_faults(self.program.pid().as_raw_nonzero().get())
    }

    /// Whether the kernel can be asked about connections.
    pub(in crate::run) fn sees_connections(&self) -> bool {
        self.net.is_some()
    }

    /// The listener at an address; `None` if there is none, or if that cannot be asked.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(in crate::run) fn listener(&self, address: SocketAddrV4) -> io::Result<Option<End>> {
        let net = self.net.as_ref();
        Ok(net.map(|net| net.listener(address)).transpose()?.flatten())
    }

    /// Whether anything is under way, in any connection or from the user. What the user has typed is not, after this.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(in crate::run) fn is_moving(&self) -> io::Result<bool> {
        Ok(self.unless_moving()?.is_none())
    }

    /// The connection of every client, unless [`World::is_moving`].
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(in crate::run) fn unless_moving(&self) -> io::Result<Option<Vec<Connection>>> {
        if let Some(user) = &self.user {
            user.deliver()?;
            if user.is_leaving(self.program.pid().as_raw_nonzero().get()) {
                return Ok(None);
            }
        }
        let connections = self.connections()?;
        let is_moving = connections.iter().any(Connection::is_moving);
        Ok(Some(connections).filter(|_| !is_moving))
    }

    /// The connection of every client, also of those who have closed it; after them, those that no peer has accepted so far.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(in crate::run) fn connections(&self) -> io::Result<Vec<Connection>> {
        let waiting = self.peers.iter().flat_map(Peer::waiting);
        self.connections_of(self.clients().chain(waiting).collect())
    }

    /// Bytes that the program has read and not sent to `who` yet; `None` when it holds the connection no more. What it owes to one
    /// end of a pair, of which the program has accepted one and a peer the other, it has read from the other.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(in crate::run) fn owed(&self, who: &str) -> io::Result<Option<u64>> {
        let connections = self.connections()?;
        let all: Vec<_> = self.clients().zip(&connections).collect();
        let Some((client, connection)) = all.iter().find(|(client, _)| client.name == who) else {
            return Ok(None);
        };
        let is_other_end = |(other, _): &&(&Client, &Connection)| {
            other.id() == client.id() && other.accepted != client.accepted
        };
        let other = all.iter().find(is_other_end);
        let other = other.map_or(*connection, |(_, connection)| connection);
        Ok(connection.owed_from(other))
    }

    /// Whether anything is under way between the program and one client, or any of a group.
    ///
    /// # Errors
    /// The kernel's answer cannot be had.
    pub(in crate::run) fn is_moving_for(&self, name: &str) -> io::Result<bool> {
        let group = self.groups.iter().filter(|group| group.name == name);
        let members = group.flat_map(|group| &group.members).collect();
        Ok(self
            .connections_of(members)?
            .iter()
            .any(Connection::is_moving))
    }

    fn connections_of(&self, clients: Vec<&Client>) -> io::Result<Vec<Connection>> {
        let both = |client: &Client| [(client.own, client.server), (client.server, client.own)];
        let pairs: Vec<_> = clients.iter().copied().flat_map(both).collect();
        let ends = match &self.net {
            Some(net) => net.ends(&pairs)?,
            None => vec![None; pairs.len()],
        };
        let connections = clients
            .into_iter()
            .zip(ends.chunks(2))
            .map(|(client, ends)| Connection {
                open: client.descriptor().is_some(),
                accepted: client.accepted,
                ours: ends[0],
                theirs: ends[1],
            });
        Ok(connections.collect())
    }
}
