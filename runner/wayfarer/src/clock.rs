//! The binary's clock: the one place outside the sandbox that asks what time it is.
//!
//! Everything else gets instants handed in.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wayfarer_model::units::UnixMillis;

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn millis(since: Duration) -> UnixMillis {
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The wall clock, in unix milliseconds.
pub(crate) fn now() -> UnixMillis {
    millis(since_1970())
}

/// A wall clock that is handed on, so that a test may hand on another one. Cheap to clone.
#[derive(Clone)]
pub(crate) struct WallClock(Arc<dyn Fn() -> Duration + Send + Sync>);

impl WallClock {
    /// The machine's.
    pub(crate) fn system() -> Self {
        Self(Arc::new(since_1970))
    }

    /// A clock whose time since 1970 a test sets.
    #[cfg(test)]
    pub(crate) fn saying(what: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(what))
    }

    /// Now, in the unit of slots.
    pub(crate) fn now(&self) -> UnixMillis {
        millis(self.exact())
    }

    /// Now, as exactly as it is known, since 1970.
    pub(crate) fn exact(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WallClock").field(&self.exact()).finish()
    }
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
