//! What is done with the server, and asked of it.

use super::{Closed, Model, NAMES, Stage};
use crate::contract::{Answer, QUEUE};
use crate::operation::CLIENTS;

impl Model<'_> {
    pub(super) fn is_accepted(&mut self, who: usize) {
        let is_known = self.is_served(who) || self.clients[who].closed == Closed::Due;
        if is_known && !self.frozen && !self.clients[who].was_accepted {
            self.step(format!("server prints \"accepted {{{}}}\"", NAMES[who]));
            self.clients[who].was_accepted = true;
        }
    }

    pub(super) fn is_closed(&mut self, who: usize) {
        if self.clients[who].closed == Closed::Due && !self.frozen {
            // Lines about one client keep their order.
            self.is_accepted(who);
            self.step(format!("server prints \"closed {{{}}}\"", NAMES[who]));
            self.clients[who].closed = Closed::Told;
            self.lingering = self.lingering.saturating_sub(1);
        }
    }

    pub(super) fn is_owed(&mut self, who: usize) {
        // Urgent bytes are not sent back, and so they would count as owed for ever.
        let is_counted = self.contract.has_queues && !self.clients[who].was_urgent;
        if is_counted && self.is(who, Stage::Open) && self.is_served(who) {
            self.step(format!("server owes {} at most {QUEUE}", NAMES[who]));
        }
    }

    pub(super) fn thaw(&mut self) {
        if self.frozen {
            self.frozen = false;
            self.step("server thaws");
            (0..CLIENTS).for_each(|who| self.answer_batch(who));
        }
    }

    pub(super) fn waits(&mut self) {
        // Who serves one at a time waits for that one.
        let waits_elsewhere = self.contract.at_a_time.is_some() && !self.line.is_empty();
        if !self.frozen && !waits_elsewhere {
            self.step("server waits");
            self.lingering = 0;
            self.clients
                .iter_mut()
                .for_each(|client| client.in_flight = false);
        }
    }

    pub(super) fn holds(&mut self) {
        let is_certain = self.line.iter().all(|who| self.is(*who, Stage::Open));
        if self.frozen || !is_certain {
            return;
        }
        let held = match self.contract.answer {
            Answer::Hello => 0,
            Answer::Echo | Answer::Roger => self.line.len().min(self.places.unwrap_or(usize::MAX)),
        };
        self.step(match held {
            0 => "server holds no connections".into(),
            1 => "server holds 1 connection".into(),
            more => format!("server holds {more} connections"),
        });
    }

    /// The numbers that are free among those that were used count, too: else the limit would be below some that are in use, and
    /// who has one of these makes no room by leaving.
    pub(super) fn shortage(&mut self, more: usize) {
        let more = more + self.most_at_once.saturating_sub(self.line.len());
        let is_certain = self.line.iter().all(|who| self.is(*who, Stage::Open));
        let bears_it = self.contract.bears_shortage && !self.line.is_empty();
        if bears_it && is_certain && !self.frozen && self.places.is_none() {
            self.places = Some(self.line.len() + more);
            self.lingering = 0;
            let files = if more == 1 { "file" } else { "files" };
            self.step(format!("server may open {more} more {files}"));
        }
    }

    /// The server is not told that there are descriptors again: it may find out only when somebody leaves.
    pub(super) fn plenty(&mut self) {
        let nobody_waits = self.places.is_some_and(|places| self.line.len() <= places);
        if self.contract.bears_shortage && nobody_waits && !self.frozen && !self.line.is_empty() {
            self.step("server may open any number of files");
            let first = self.line[0];
            self.leave(first);
            self.is_closed(first);
            self.places = None;
        }
    }
}
