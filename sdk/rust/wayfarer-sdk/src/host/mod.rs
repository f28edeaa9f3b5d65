//! All calls of the runner, over the component's imports or over the fake.
//!
//! No other module calls the runner, so that a journey's code runs unchanged in a native unit test.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod fake;

#[cfg(target_arch = "wasm32")]
pub(crate) use component::*;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use fake::*;

/// Whole milliseconds, rounded up: a wait is never shorter than asked for.
pub(crate) fn whole_ms(duration: std::time::Duration) -> u32 {
    u32::try_from(duration.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// The effect of a check that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// The run is `failed`.
    Hard,
    /// The run is `degraded`.
    Soft,
}
