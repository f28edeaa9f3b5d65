//! The methods of a running journey: steps, waiting, metrics, artifacts, the log and HTTP.

use std::time::Duration;

use crate::bindings::wayfarer::journey::logs::Level;
use crate::cleanup::Cleanups;
use crate::context::Context;
use crate::eventually::Poll;
use crate::failure::Failure;
use crate::http::Client;
use crate::{host, recorder};

/// The running journey. The SDK passes one to every journey's function.
#[derive(Debug)]
pub struct Journey {
    _made_here_only: (),
}

impl Journey {
    pub(crate) fn new() -> Self {
        Self { _made_here_only: () }
    }

    /// Runs one step. Everything that the closure records belongs to the step, and an `Err` is the step's
    /// failure.
    ///
    /// Steps nest. The step returns the closure's value, so that a later step can use it.
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

    /// Repeats the closure until it returns `Ok`, with growing pauses, for at most `within`.
    ///
    /// Only the checks of the last try are recorded. [`Journey::poll`] has more settings.
    pub fn eventually<T>(
        &self,
        within: Duration,
        attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.poll(within).until(attempt)
    }

    /// As [`Journey::eventually`], with settings for the pauses. Call [`Poll::until`] to start.
    pub fn poll(&self, within: Duration) -> Poll {
        Poll::new(within)
    }

    /// Waits. If the attempt's deadline passes meanwhile, the attempt ends.
    pub fn sleep(&self, duration: Duration) {
        host::sleep(duration);
    }

    /// Time since the attempt began.
    pub fn elapsed(&self) -> Duration {
        host::elapsed()
    }

    /// Time left until the attempt's deadline.
    pub fn remaining(&self) -> Duration {
        host::remaining()
    }

    /// Creates an HTTP client with its own cookie jar.
    pub fn http(&self) -> Client {
        Client::new(recorder::next_jar())
    }

    /// Records a figure of the open step; `unit` is free text such as `EUR`, `ms` or `bytes`.
    pub fn metric(&self, name: &str, value: f64, unit: &str) {
        host::observe(name, value, unit, &[]);
    }

    /// As [`Journey::metric`], with names and values that tell figures of one name apart.
    pub fn metric_with(&self, name: &str, value: f64, unit: &str, labels: &[(&str, &str)]) {
        host::observe(name, value, unit, &owned(labels));
    }

    /// Notes a value about the open step, or about the run if no step is open: the id of an order, the build of the target.
    /// `wayfarer runs --annotation NAME=VALUE` finds runs by it. An attempt may note 64 values; one more ends it as `broken`.
    pub fn annotate(&self, name: &str, value: impl AsRef<str>) {
        host::annotate(name, value.as_ref());
    }

    /// Stores a file with the run. Returns false if the file exceeds what is left of the run's limit on artifacts.
    pub fn attach(&self, name: &str, media_type: &str, content: impl AsRef<[u8]>) -> bool {
        host::attach(name, media_type, content.as_ref())
    }

    /// The run and the attempt.
    pub fn context(&self) -> Context {
        Context::new(host::attempt())
    }

    /// A text that is the same for every attempt of a run and differs between runs. Send it as
    /// `Idempotency-Key`, or derive unique names from it.
    pub fn idempotency_key(&self) -> String {
        host::attempt().idempotency_key
    }

    /// The cleanups of this attempt.
    pub fn cleanups(&self) -> Cleanups {
        Cleanups::new()
    }

    /// Writes a line to the run's log, for debugging the journey.
    pub fn debug(&self, message: impl AsRef<str>) {
        host::log(&Level::Debug, message.as_ref(), &[]);
    }

    /// Writes a line to the run's log that is worth reading in any run.
    pub fn info(&self, message: impl AsRef<str>) {
        host::log(&Level::Info, message.as_ref(), &[]);
    }

    /// Writes a line to the run's log about something unusual that is no failure.
    pub fn warn(&self, message: impl AsRef<str>) {
        host::log(&Level::Warn, message.as_ref(), &[]);
    }

    /// Writes a line to the run's log about a failure. It does not make the run fail.
    pub fn error(&self, message: impl AsRef<str>) {
        host::log(&Level::Error, message.as_ref(), &[]);
    }

    /// Writes a line with fields to the run's log.
    pub fn info_with(&self, message: impl AsRef<str>, fields: &[(&str, &str)]) {
        host::log(&Level::Info, message.as_ref(), &owned(fields));
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
