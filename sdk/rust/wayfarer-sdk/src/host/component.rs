//! The runner in a component: thin wrappers around the generated imports.

use std::time::Duration;

use super::{Strength, whole_ms};
use crate::bindings::wayfarer::journey::checks::{self, Check};
use crate::bindings::wayfarer::journey::failures::{self, Failure};
use crate::bindings::wayfarer::journey::{
    artifacts, cleanups, context, cookies, logs, metrics, params, steps, timers,
};

pub(crate) use crate::bindings::wayfarer::journey::cleanups::{amend, disarm};
pub(crate) use crate::bindings::wayfarer::journey::http::{
    body, details, fetch, header, headers, json, last as last_request, release, send, start, take, text,
};
pub(crate) use crate::bindings::wayfarer::journey::secrets::{hmac, placeholder, reveal, totp};

pub(crate) fn attempt() -> context::Attempt {
    context::current()
}

pub(crate) fn parameter(name: &str) -> Option<String> {
    params::get(name)
}

pub(crate) fn open_step(name: &str, parent: Option<u32>) -> u32 {
    steps::open(name, parent)
}

pub(crate) fn close_step(step: u32, failure: Option<&Failure>) {
    steps::close(step, failure);
}

pub(crate) fn annotate(name: &str, value: &str) {
    steps::annotate(name, value);
}

pub(crate) fn panicked(failure: &Failure) {
    failures::panicked(failure);
}

pub(crate) fn check(strength: Strength, check: &Check) {
    match strength {
        Strength::Hard if check.is_passed => checks::passed(&check.name),
        Strength::Hard => checks::hard(check),
        Strength::Soft => checks::soft(check),
    }
}

pub(crate) fn observe(name: &str, value: f64, unit: &str, labels: &[(String, String)]) {
    metrics::observe(name, value, unit, labels);
}

pub(crate) fn attach(name: &str, media_type: &str, content: &[u8]) -> bool {
    artifacts::attach(name, media_type, content, &[])
}

pub(crate) fn log(level: &logs::Level, message: &str, fields: &[(String, String)]) {
    logs::write(level, message, fields);
}

pub(crate) fn sleep(duration: Duration) {
    timers::sleep_ms(whole_ms(duration));
}

pub(crate) fn elapsed() -> Duration {
    Duration::from_micros(timers::elapsed_us().into())
}

pub(crate) fn remaining() -> Duration {
    Duration::from_millis(timers::remaining_ms().into())
}

pub(crate) fn arm(kind: &str, payload: &str) -> Result<String, cleanups::CleanupError> {
    cleanups::arm(kind, payload, &[])
}

pub(crate) fn create_jar() -> u32 {
    cookies::create()
}

pub(crate) fn cookie(jar: u32, url: &str, name: &str) -> Option<String> {
    cookies::get(jar, url, name)
}
