//! Waiting for something to become true: tries with a growing pause between them.

use std::time::Duration;

use crate::duration::shown;
use crate::failure::Failure;
use crate::{host, recorder};

/// Kept free before the attempt's own deadline, so that the last failure is reported instead of a
/// timeout that says nothing.
const RESERVE_US: u64 = 200_000;

/// How to wait for something to become true; made by [`Journey::poll`](crate::Journey::poll).
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// fn walk(j: &Journey) -> Outcome {
///     let mut tries = 0;
///     j.step("third time lucky", || {
///         j.poll(secs(5)).every(millis(500)).until(|| {
///             tries += 1;
///             check!(tries >= 3);
///             Ok(())
///         })
///     })
/// }
/// # let report = wayfarer_sdk::testing::Fake::new().run(walk);
/// # assert!(report.passed(), "{report}");
/// # assert_eq!(report.elapsed, secs(1));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is tried until `until` is called"]
pub struct Poll {
    within: Duration,
    first: Duration,
    longest: Duration,
    growth: f64,
}

impl Poll {
    pub(crate) fn new(within: Duration) -> Self {
        Self { within, first: Duration::from_millis(100), longest: Duration::from_secs(2), growth: 1.6 }
    }

    /// Pauses this long between tries, always the same.
    pub fn every(mut self, pause: Duration) -> Self {
        self.first = pause;
        self.longest = pause;
        self.growth = 1.0;
        self
    }

    /// Pauses this long after the first try; later pauses grow by 1.6 (100 ms unless said).
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// Never pauses longer than this (2 s unless said).
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest = pause;
        self
    }

    /// Tries until the closure returns `Ok`, and gives its value; after the deadline, its last failure.
    ///
    /// Only the last try's checks are recorded. A try under way at the deadline is finished, not cut;
    /// one more is made at the deadline itself. A failure marked [`Failure::permanent`], and a request
    /// that policy denies, end the wait at once.
    pub fn until<T>(self, mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let began = host::elapsed_us();
        let budget = as_us(self.within).min(host::remaining_us().saturating_sub(RESERVE_US));
        let mut pause = self.first;
        let mut tries = 0;
        loop {
            tries += 1;
            recorder::open_try();
            let result = attempt();
            let spent = host::elapsed_us().saturating_sub(began);
            let failure = match result {
                Ok(value) => {
                    recorder::close_try(true);
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            let last = spent >= budget || failure.is_permanent();
            recorder::close_try(last);
            if last {
                return Err(failure.waited(&shown(Duration::from_micros(spent)), tries));
            }
            // At least a microsecond: a pause of nothing would spin until the deadline.
            host::sleep_us(as_us(pause).min(budget.saturating_sub(spent)).max(1));
            pause = pause.mul_f64(self.growth).min(self.longest);
        }
    }
}

fn as_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
