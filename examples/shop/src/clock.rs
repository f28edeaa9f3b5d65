//! The only code that reads the clock. The handlers pass the instant on as an argument, so that tests of lags and
//! of ending faults need not wait.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "the shop's only clock read; handlers pass the instant on")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
