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

/// The effect of a check that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// The run is `failed`.
    Hard,
    /// The run is `degraded`.
    Soft,
}
