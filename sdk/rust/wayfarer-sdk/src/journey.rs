//! What a journey holds while it walks: steps, waiting, figures, files, the log, and the way to the
//! network.

use std::time::Duration;

use crate::bindings::wayfarer::journey::logs::Level;
use crate::cleanup::Cleanups;
use crate::context::Context;
use crate::eventually::Poll;
use crate::failure::Failure;
use crate::http::Client;
use crate::{host, recorder};

/// The walk under way. Every journey gets one; there is no other way to have it.
#[derive(Debug)]
pub struct Journey {
    _made_here_only: (),
}

impl Journey {
    pub(crate) fn new() -> Self {
        Self { _made_here_only: () }
    }

    /// Walks one step: what the closure records belongs to it, and its `Err` is the step's failure.
    ///
    /// Steps nest. Its value is the closure's, so that a later step can use what an earlier one found.
    ///
    /// ```
    /// use wayfarer_sdk::prelude::*;
    ///
    /// fn walk(j: &Journey) -> Outcome {
    ///     let sum = j.step("add", || {
    ///         check!(1 + 1 == 2, "arithmetic holds");
    ///         Ok(2)
    ///     })?;
    ///     j.step("use it", || {
    ///         j.info(format!("the sum is {sum}"));
    ///         Ok(())
    ///     })
    /// }
    /// # let report = wayfarer_sdk::testing::Fake::new().run(walk);
    /// # assert!(report.passed(), "{report}");
    /// # assert_eq!(report.step_names(), ["add", "use it"]);
    /// ```
    pub fn step<T>(
        &self,
        name: impl AsRef<str>,
        body: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let step = recorder::begin_step(name.as_ref());
        let result = body();
        recorder::end_step(step, result.as_ref().err());
        result
    }

    /// Tries the closure until it returns `Ok`, with growing pauses, at most for `within`.
    ///
    /// Checks of tries that are repeated are not recorded. [`Journey::poll`] has the settings.
    pub fn eventually<T>(
        &self,
        within: Duration,
        attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.poll(within).until(attempt)
    }

    /// A wait whose pauses can be set; begun with [`Poll::until`].
    pub fn poll(&self, within: Duration) -> Poll {
        Poll::new(within)
    }

    /// Waits. The attempt ends where its deadline passes meanwhile.
    pub fn sleep(&self, duration: Duration) {
        host::sleep_us(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// Time since the attempt began.
    pub fn elapsed(&self) -> Duration {
        Duration::from_micros(host::elapsed_us())
    }

    /// Time left until the attempt's deadline.
    pub fn remaining(&self) -> Duration {
        Duration::from_micros(host::remaining_us())
    }

    /// A new HTTP client, with cookies of its own.
    pub fn http(&self) -> Client {
        Client::new()
    }

    /// Records a figure of the open step; `unit` is free text such as `EUR`, `ms` or `bytes`.
    pub fn metric(&self, name: &str, value: f64, unit: &str) {
        host::observe(name, value, unit);
    }

    /// Keeps a file with the run. False if the run's limit on artifacts left no room.
    pub fn attach(&self, name: &str, media_type: &str, content: impl AsRef<[u8]>) -> bool {
        host::attach(name, media_type, content.as_ref())
    }

    /// Which run this is.
    pub fn context(&self) -> Context {
        Context::new(host::attempt())
    }

    /// The same text for every attempt of a run and different between runs: what to send as an
    /// `Idempotency-Key`, and what to make unique names from.
    pub fn idempotency_key(&self) -> String {
        host::attempt().idempotency_key
    }

    /// The compensations of this attempt.
    pub fn cleanups(&self) -> Cleanups {
        Cleanups::new()
    }

    /// Writes a line to the run's log, for whoever debugs the journey.
    pub fn debug(&self, message: impl AsRef<str>) {
        host::log(&Level::Debug, message.as_ref(), &[]);
    }

    /// Writes a line to the run's log that is worth reading in any run.
    pub fn info(&self, message: impl AsRef<str>) {
        host::log(&Level::Info, message.as_ref(), &[]);
    }

    /// Writes a line to the run's log about something odd that is no failure.
    pub fn warn(&self, message: impl AsRef<str>) {
        host::log(&Level::Warn, message.as_ref(), &[]);
    }

    /// Writes a line to the run's log about a failure. It does not make the run fail.
    pub fn error(&self, message: impl AsRef<str>) {
        host::log(&Level::Error, message.as_ref(), &[]);
    }

    /// Writes a line with fields to the run's log.
    pub fn info_with(&self, message: impl AsRef<str>, fields: &[(&str, &str)]) {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        host::log(&Level::Info, message.as_ref(), &fields);
    }
}
