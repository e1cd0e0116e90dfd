//! What was said and heard on a connection, as far as reports tell it.

/// Bytes of a conversation that are kept for a report.
const KEPT: usize = 200;

/// One direction of a conversation, for reports.
#[derive(Debug, Default, Clone)]
pub(in crate::run) struct Said {
    /// Bytes that went through.
    pub(in crate::run) bytes: u64,
    /// Bytes that a step asked for.
    pub(in crate::run) asked: u64,
    /// The first of them, unless they are counters.
    pub(in crate::run) beginning: Vec<u8>,
    /// Whether counters are among them.
    pub(in crate::run) counters: bool,
}

impl Said {
    pub(in crate::run) fn note(&mut self, bytes: &[u8], counters: bool) {
        self.bytes += bytes.len() as u64;
        self.counters |= counters;
        if !self.counters {
            let room = KEPT.saturating_sub(self.beginning.len());
            self.beginning
                .extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
}
