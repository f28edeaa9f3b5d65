//! `wasi:clocks`: the monotonic clock is the attempt's; the wall clock is the host's.

use std::time::Duration;

use wasmtime_wasi::clocks::{HostMonotonicClock, HostWallClock};

use crate::tape::Tape;

/// The attempt clock, in nanoseconds.
pub(crate) struct TapeClock(pub(crate) Tape);

impl HostMonotonicClock for TapeClock {
    fn resolution(&self) -> u64 {
        1_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.clock().elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The time of day.
pub(crate) struct WallClock;

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_micros(1)
    }

    fn now(&self) -> Duration {
        crate::clock::wall_now()
    }
}
