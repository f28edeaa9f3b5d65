//! The shop's one read of the clock. Everything below the handlers is given the instant as an argument,
//! so that lags and fault endings are tested without waiting.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "the shop's only clock read; handlers pass the instant on")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
