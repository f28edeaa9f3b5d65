//! How much of heads and bodies is kept.

use std::time::Duration;

/// Of how many good runs of a journey at a location evidence is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoodSample {
    /// Heads and bodies are kept of runs that did not pass, and of no others.
    Never,
    /// Of the first one, and of the next one that starts so much later.
    Every(Duration),
}

/// How much of heads and bodies is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidenceBounds {
    /// Bytes of one head: names and values.
    pub head: u64,
    /// Bytes of one body. Zero keeps heads alone.
    pub body: u64,
    /// Bytes of all heads and bodies of one attempt. The last exchanges are kept. Zero keeps nothing.
    pub attempt: u64,
    /// Of how many good runs.
    pub good: GoodSample,
}

impl EvidenceBounds {
    /// The largest body that may be kept, in bytes.
    pub const MOST_BODY: u64 = 1 << 20;
    /// The most that one attempt may keep, in bytes.
    pub const MOST_ATTEMPT: u64 = 16 << 20;

    /// Every bound is 0, so no heads and no bodies are kept.
    pub const NONE: Self = Self { head: 0, body: 0, attempt: 0, good: GoodSample::Never };
}

impl Default for EvidenceBounds {
    /// A page of JSON or HTML, and a dozen of them an attempt.
    fn default() -> Self {
        let good = GoodSample::Every(Duration::from_hours(1));
        Self { head: 4 << 10, body: 16 << 10, attempt: 256 << 10, good }
    }
}
