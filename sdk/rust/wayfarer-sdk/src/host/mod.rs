//! The one door to the runner: the same functions over the component's imports and over the fake.
//!
//! Everything in this crate that needs the outside goes through here, so that a journey's code runs
//! unchanged in a native unit test.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod fake;

#[cfg(target_arch = "wasm32")]
pub(crate) use component::*;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use fake::*;

/// How much hangs on a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// The run fails where it does not hold.
    Hard,
    /// The run is degraded where it does not hold.
    Soft,
}
