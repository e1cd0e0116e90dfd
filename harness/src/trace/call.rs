//! A system call of the program's, as it is told.

use serde::{Deserialize, Serialize};

/// A system call. `W` is what stands for a descriptor: a [`Thing`](super::log::Thing) while the program runs, then its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "W: Deserialize<'de>"))]
pub struct Call<W = String> {
    /// Its name in section 2 of the manual, whatever the libc makes of it.
    pub name: String,
    /// The descriptor that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on: Option<W>,
    /// What makes it what it is, as written in C: `EPOLL_CTL_ADD`, `O_NONBLOCK`, `MSG_OOB`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flag: Option<String>,
    /// For whom it waits; of an epoll_ctl, what it registers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interest: Option<Sets<W>>,
    /// Whether it returns after a time although nothing happened.
    #[serde(skip_serializing_if = "is_false", default)]
    pub timed: bool,
    /// After how many milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeout_ms: Option<u64>,
    /// Bytes that it offers, or has room for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<u64>,
    /// The first bytes that it moved, escaped; for a send that moved none, those that it offered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<String>,
    /// What came of it; `None` if it has not returned yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<Outcome<W>>,
    /// Whether it began before, in an earlier scene, and now only returns.
    #[serde(skip_serializing_if = "is_false", default)]
    pub resumed: bool,
    /// The line of the program's own source that it was called from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<Code>,
}

/// Who is waited for, or ready, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "W: Deserialize<'de>"))]
pub struct Sets<W = String> {
    /// To be read from: POLLIN, EPOLLIN.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub read: Vec<W>,
    /// To be written to: POLLOUT, EPOLLOUT.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub write: Vec<W>,
    /// Urgent data: select's third set, POLLPRI, EPOLLPRI.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub exceptional: Vec<W>,
    /// Both directions have ended: POLLHUP, EPOLLHUP.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub hang_up: Vec<W>,
    /// POLLERR, EPOLLERR.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub error: Vec<W>,
    /// The other end will send no more: POLLRDHUP, EPOLLRDHUP.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub half_closed: Vec<W>,
    /// Of these, those that are told of only once: EPOLLET.
    #[serde(skip_serializing_if = "Vec::is_empty", default = "Vec::new")]
    pub edge_triggered: Vec<W>,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", bound(deserialize = "W: Deserialize<'de>"))]
pub enum Outcome<W = String> {
    /// These are ready.
    Ready(Sets<W>),
    /// The time is over, and nobody is ready.
    TimedOut,
    /// This descriptor is new.
    New(W),
    /// So many bytes were moved.
    Bytes(u64),
    /// Bytes were moved, and how many differs from run to run.
    SomeBytes,
    /// The end of the stream.
    End,
    /// It worked.
    Done,
    /// It failed: `EAGAIN`.
    Failed(String),
}

/// A line of the program's own source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The file, from the folder of its package.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// What stands there.
    pub text: String,
}

impl<W> Default for Sets<W> {
    fn default() -> Sets<W> {
        Sets {
            read: Vec::new(),
            write: Vec::new(),
            exceptional: Vec::new(),
            hang_up: Vec::new(),
            error: Vec::new(),
            half_closed: Vec::new(),
            edge_triggered: Vec::new(),
        }
    }
}

impl<W> Sets<W> {
    /// Each with the word that reports have for it, in their order.
    pub fn named(&self) -> [(&'static str, &[W]); 6] {
        [
            ("read", &self.read),
            ("write", &self.write),
            ("exceptional", &self.exceptional),
            ("hang-up", &self.hang_up),
            ("error", &self.error),
            ("half-closed", &self.half_closed),
        ]
    }

    /// Whether nobody is in any.
    pub fn is_empty(&self) -> bool {
        self.named().iter().all(|(_, set)| set.is_empty())
    }

    /// The same without those of whom `is_kept` is false.
    pub fn only(mut self, is_kept: impl Fn(&W) -> bool) -> Sets<W> {
        for set in [
            &mut self.read,
            &mut self.write,
            &mut self.exceptional,
            &mut self.hang_up,
            &mut self.error,
            &mut self.half_closed,
            &mut self.edge_triggered,
        ] {
            set.retain(&is_kept);
        }
        self
    }

    fn map<V>(self, name: &impl Fn(W) -> V) -> Sets<V> {
        let all = |set: Vec<W>| set.into_iter().map(name).collect();
        Sets {
            read: all(self.read),
            write: all(self.write),
            exceptional: all(self.exceptional),
            hang_up: all(self.hang_up),
            error: all(self.error),
            half_closed: all(self.half_closed),
            edge_triggered: all(self.edge_triggered),
        }
    }
}

impl<W> Call<W> {
    /// A call of which only its name is known.
    pub fn named(name: &str) -> Call<W> {
        Call {
            name: name.to_owned(),
            on: None,
            flag: None,
            interest: None,
            timed: false,
            timeout_ms: None,
            asked: None,
            data: None,
            result: None,
            resumed: false,
            code: None,
        }
    }

    /// The same with other words for its descriptors.
    pub fn map<V>(self, name: impl Fn(W) -> V) -> Call<V> {
        Call {
            name: self.name,
            on: self.on.map(&name),
            flag: self.flag,
            interest: self.interest.map(|sets| sets.map(&name)),
            timed: self.timed,
            timeout_ms: self.timeout_ms,
            asked: self.asked,
            data: self.data,
            result: self.result.map(|result| match result {
                Outcome::Ready(sets) => Outcome::Ready(sets.map(&name)),
                Outcome::New(it) => Outcome::New(name(it)),
                Outcome::TimedOut => Outcome::TimedOut,
                Outcome::Bytes(count) => Outcome::Bytes(count),
                Outcome::SomeBytes => Outcome::SomeBytes,
                Outcome::End => Outcome::End,
                Outcome::Done => Outcome::Done,
                Outcome::Failed(why) => Outcome::Failed(why),
            }),
            resumed: self.resumed,
            code: self.code,
        }
    }

    /// Whether it waits for readiness.
    pub fn is_wait(&self) -> bool {
        matches!(self.name.as_str(), "select" | "poll" | "epoll_wait")
    }

    /// Whether it moves bytes towards the program or away from it.
    pub fn is_transfer(&self) -> bool {
        matches!(
            self.name.as_str(),
            "recv" | "read" | "readv" | "recvmsg" | "send" | "write" | "writev" | "sendmsg"
        )
    }
}

fn is_false(it: &bool) -> bool {
    !it
}
