//! Attempts beyond the first, and what keeps them from multiplying an outage.
//!
//! - [`RetryPolicy`]: what a journey asks for: how often, after how long, for which reasons. [`outcome`]: what the attempts amount to.
//! - [`HourlyBudget`]: how many retries a journey may make in an hour.
//! - [`Circuits`]: which hosts are dead, so that retries and confirmation runs toward them are spaced out.

mod budget;
mod circuits;
mod policy;

pub use budget::HourlyBudget;
pub use circuits::{Circuits, Sign, signs};
pub use policy::{RetryPolicy, RetryReason, RetryReasons, RunOutcome, outcome};
