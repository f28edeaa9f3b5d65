//! What tests of every crate share.
//!
//! - [`spec`], [`descriptor`]: journeys; [`report`], [`context`], [`step`]: attempts. Each is the plainest valid value: a test
//!   states what it is about, and takes the rest by `..spec("checkout")`.
//! - [`until`], [`until_blocking`], [`within`]: the only waits. Each ends after [`LIMIT`] with what it saw last.
//! - [`verified`], [`none_differ`], [`row`]: a requirement of which `make verify` keeps a row; [`times`]: how often it is tried.
//!
//! It knows the model and nothing above it, so that every crate can use it but the model's own unit tests.
#![warn(missing_docs)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "in tests a panic is the report, helpers included"
)]

mod attempts;
mod journeys;
mod verify;
mod wait;

pub use attempts::{context, reason_of, report, step};
pub use journeys::{descriptor, spec};
pub use verify::{is_in_full, none_differ, row, times, verified};
pub use wait::{LIMIT, until, until_blocking, within};

use wayfarer_model::units::UnixMillis;

/// When the fixtures' time begins: 2026-09-14 12:00:00 UTC, a Monday.
pub const NOON: UnixMillis = UnixMillis(1_789_387_200_000);
