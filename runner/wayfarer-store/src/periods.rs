//! Periods of roll-ups: their lengths, and parts of the time that are counted again.

use crate::keys::JourneyKey;

pub(crate) const HOUR_MS: u64 = 3_600_000;
/// Days are those of UTC.
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

/// A part of the time, of one journey or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    /// None for every journey.
    pub(crate) journey: Option<JourneyKey>,
    /// Where it begins, in unix milliseconds.
    pub(crate) from_ms: i64,
    /// Where it ends: the first instant that is not part of it. None for no end.
    pub(crate) until_ms: Option<i64>,
}

impl Span {
    /// Of every journey, from an instant on.
    pub(crate) fn from(from_ms: i64) -> Self {
        Self { from_ms, ..Self::default() }
    }

    /// The SQL condition that a row's instant lies before the end, and that the row is the journey's.
    pub(crate) fn condition(&self, instant: &str) -> String {
        let until = self.until_ms.map_or_else(String::new, |until| format!(" AND {instant} < {until}"));
        let journey = self.journey.map_or_else(String::new, |key| format!(" AND journey = {}", key.0));
        until + &journey
    }
}
