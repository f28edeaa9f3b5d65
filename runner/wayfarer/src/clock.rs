//! The binary's clock: the one place outside the sandbox that asks what time it is.
//!
//! Everything else gets instants handed in.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wayfarer_model::units::UnixMillis;

/// The wall clock, in unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it was started.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
