//! Repeated tries with a growing pause between them.

use std::time::Duration;

use crate::duration::shown;
use crate::failure::Failure;
use crate::{host, recorder};

/// Time left before the attempt's deadline, so that the journey can report the last failure instead of
/// running into the timeout.
const RESERVE: Duration = Duration::from_millis(200);

/// How to repeat a try until it succeeds. Returned by [`Journey::poll`](crate::Journey::poll).
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
#[must_use = "call `until` to start the tries"]
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

    /// Sets a constant pause between tries.
    pub fn every(mut self, pause: Duration) -> Self {
        self.first = pause;
        self.longest = pause;
        self.growth = 1.0;
        self
    }

    /// Sets the pause after the first try; 100 ms by default. Each later pause is 1.6 times as long.
    pub fn first_pause(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// Sets the longest pause; 2 s by default.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest = pause;
        self
    }

    /// Repeats the closure until it returns `Ok`, and returns its value. After the deadline, returns the last
    /// failure.
    ///
    /// Only the checks of the last try are recorded. A try that is running at the deadline is not interrupted,
    /// and one more try starts at the deadline. A failure marked [`Failure::permanent`], or a request that the
    /// policy denies, ends the wait at once.
    pub fn until<T>(self, mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let began = host::elapsed();
        let budget = self.within.min(host::remaining().saturating_sub(RESERVE));
        let mut pause = self.first;
        let mut tries = 0;
        loop {
            tries += 1;
            recorder::open_try();
            let result = attempt();
            let spent = host::elapsed().saturating_sub(began);
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
                return Err(failure.waited(&shown(spent), tries));
            }
            // At least a millisecond: with a pause of zero, the loop would spin until the deadline.
            host::sleep(pause.min(budget.saturating_sub(spent)).max(Duration::from_millis(1)));
            pause = pause.mul_f64(self.growth).min(self.longest);
        }
    }
}
