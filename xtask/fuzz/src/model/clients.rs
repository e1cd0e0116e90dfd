//! What clients do, and must see.

use super::{Client, Closed, Model, NAMES, Stage};
use crate::contract::{Answer, HELLO, RECV, ROGER};
use crate::operation::Words;
use crate::owed::Piece;
use harness::script::escaped;

impl Model<'_> {
    pub(super) fn connect(&mut self, who: usize, port: usize, is_small: bool) {
        if !self.is(who, Stage::Away) || (self.clients[who].closed == Closed::Due && self.frozen) {
            return;
        }
        self.is_closed(who);
        match port {
            0 if is_small => self.by(who, "connects with small buffers"),
            0 => self.by(who, "connects"),
            more => self.by(who, &format!("connects to port {}", more + 1)),
        }
        let client = &mut self.clients[who];
        *client = Client {
            stage: Stage::Open,
            is_small,
            said: client.said,
            ..Client::default()
        };
        if self.contract.answer == Answer::Hello {
            client.owed.push(Piece::Text(HELLO.to_vec()));
            client.closed = Closed::Due;
        }
        self.line.push(who);
        self.most_at_once = self.most_at_once.max(self.line.len() + self.lingering);
    }

    pub(super) fn say(&mut self, who: usize, words: Words) {
        let nobody_knows =
            words == Words::Dripping && self.contract.answer == Answer::Roger && !self.frozen;
        if nobody_knows || !self.may_send(who, 64) {
            return;
        }
        self.clients[who].said += 1;
        let (name, said) = (NAMES[who], self.clients[who].said);
        let bytes = match words {
            Words::Line | Words::Dripping => format!("{name} {said}\n").into_bytes(),
            Words::Unfinished => format!("{name} {said} …").into_bytes(),
            Words::Odd => [
                name.as_bytes(),
                b"\0\xff\x80{}\"\\\r\n",
                said.to_string().as_bytes(),
            ]
            .concat(),
        };
        let how = if words == Words::Dripping {
            " byte by byte"
        } else {
            ""
        };
        self.by(who, &format!("sends \"{}\"{how}", escaped(&bytes)));
        self.owe(who, Piece::Text(bytes));
    }

    pub(super) fn pour(&mut self, who: usize, bytes: u64) {
        // More than a segment may be received in parts, unless all of it is there before.
        let nobody_knows =
            bytes > RECV as u64 && self.contract.answer == Answer::Roger && !self.frozen;
        if !nobody_knows && self.may_send(who, bytes) {
            self.by(who, &format!("sends {} of counters", amount(bytes)));
            self.owe(who, Piece::Counters(bytes));
        }
    }

    /// Whether a client may send so much. Where it matters what a recv brings, it first waits for the answer to what it sent before.
    pub(super) fn may_send(&mut self, who: usize, bytes: u64) -> bool {
        let client = &self.clients[who];
        let all = client.owed.bytes() + client.batch.bytes() + bytes;
        if client.stage != Stage::Open
            || self.contract.answer == Answer::Hello
            || all > self.contract.most_owed
            || (client.in_flight && !self.is_served(who))
        {
            return false;
        }
        if client.in_flight {
            self.read(who, u64::MAX);
        }
        true
    }

    /// The client has sent this.
    pub(super) fn owe(&mut self, who: usize, piece: Piece) {
        let client = &mut self.clients[who];
        match self.contract.answer {
            Answer::Roger => {
                client.batch.push(piece);
                if !self.frozen {
                    self.answer_batch(who);
                }
            }
            Answer::Echo | Answer::Hello => client.owed.push(piece),
        }
    }

    /// What came at once is received in pieces of the buffer's size.
    pub(super) fn answer_batch(&mut self, who: usize) {
        let client = &mut self.clients[who];
        while client.batch.bytes() > 0 {
            for piece in client.batch.take(RECV as u64) {
                client.owed.push(piece);
            }
            client.owed.push(Piece::Text(ROGER.to_vec()));
            client.in_flight = true;
        }
    }

    pub(super) fn ask(&mut self, who: usize, words: Words) {
        if !self.is(who, Stage::Open) || !self.is_served(who) {
            return;
        }
        let was_quiet = self.clients[who].owed.bytes() == 0 && words != Words::Dripping;
        self.say(who, words);
        let said = self.clients[who].owed.clone();
        self.read(who, u64::MAX);
        if self.contract.prints_received
            && was_quiet
            && let Some(Piece::Text(bytes)) = said.first()
        {
            self.is_accepted(who);
            let printed = escaped(bytes.escape_ascii().to_string().as_bytes());
            self.step(format!("server prints \"{{{}}}: {printed}\"", NAMES[who]));
        }
    }

    /// An urgent byte overtakes the others; so that it is told apart, nothing else is under way.
    pub(super) fn urge(&mut self, who: usize, alone: bool) {
        let quiet = self.clients[who].owed.bytes() == 0;
        if !self.contract.prints_urgent
            || !self.is(who, Stage::Open)
            || !self.is_served(who)
            || !quiet
        {
            return;
        }
        self.is_accepted(who);
        self.clients[who].was_urgent = true;
        self.by(
            who,
            if alone {
                "sends \"!\" urgently"
            } else {
                "sends \"ab!\" urgently"
            },
        );
        self.step(format!("server prints \"urgent {{{}}}: !\"", NAMES[who]));
        if !alone {
            self.by(who, "receives \"ab\"");
        }
        self.step("server waits");
    }

    pub(super) fn read(&mut self, who: usize, most: u64) {
        if !self.is_served_or_let_go(who) {
            return;
        }
        for piece in self.clients[who].owed.take(most) {
            match piece {
                Piece::Text(bytes) => self.by(who, &format!("receives \"{}\"", escaped(&bytes))),
                Piece::Counters(bytes) => {
                    self.by(who, &format!("receives {} of counters", amount(bytes)));
                }
            }
        }
        let client = &mut self.clients[who];
        client.in_flight &= client.owed.bytes() > 0;
    }

    /// Whether what a client is owed must come: it is served now, or all was sent to it already.
    pub(super) fn is_served_or_let_go(&self, who: usize) -> bool {
        let was_let_go = self.is(who, Stage::HalfClosed) && !self.line.contains(&who);
        self.is_served(who) || (was_let_go && !self.frozen)
    }

    pub(super) fn has_nothing(&mut self, who: usize) {
        let is_owed_nothing = self.clients[who].owed.bytes() == 0;
        if self.is(who, Stage::Open) && !self.frozen && (is_owed_nothing || self.must_wait(who)) {
            self.by(who, "receives nothing");
        }
    }

    pub(super) fn half_close(&mut self, who: usize) {
        if self.is(who, Stage::Open) {
            self.by(who, "shuts down writing");
            self.clients[who].stage = Stage::HalfClosed;
        }
    }

    pub(super) fn see_end(&mut self, who: usize) {
        let ends = self.is(who, Stage::HalfClosed)
            || (self.is(who, Stage::Open) && self.contract.answer == Answer::Hello);
        if ends && self.is_served_or_let_go(who) {
            self.read(who, u64::MAX);
            self.by(who, "sees end of stream");
            self.clients[who].stage = Stage::Ended;
            self.gone(who);
        }
    }

    pub(super) fn leave(&mut self, who: usize) {
        self.see_end(who);
        if self.is(who, Stage::Open) {
            self.read(who, u64::MAX);
        }
        let client = &self.clients[who];
        let owed = client.owed.bytes() + client.batch.bytes();
        let is_known = self.is_served(who) || (self.frozen && client.was_accepted);
        if client.stage == Stage::Ended || (client.stage == Stage::Open && owed == 0 && is_known) {
            self.by(who, "closes");
            self.gone(who);
            self.clients[who].stage = Stage::Away;
        }
    }

    pub(super) fn reset(&mut self, who: usize) {
        if self.is(who, Stage::Away) {
            return;
        }
        self.by(who, "resets");
        self.gone(who);
        let client = &mut self.clients[who];
        client.stage = Stage::Away;
        // One who is gone before accept may be accepted or not.
        if !client.was_accepted {
            client.closed = Closed::Told;
            self.may_have_said_more = true;
        }
    }
}

/// An amount as a script says it, in the largest unit that makes it a whole number.
pub(super) fn amount(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".into(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}
