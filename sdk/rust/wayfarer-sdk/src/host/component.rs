//! The runner in a component: thin wrappers around the generated imports.

use super::Strength;
use crate::bindings::wayfarer::journey::checks::{self, Check};
use crate::bindings::wayfarer::journey::failures::{self, Failure};
use crate::bindings::wayfarer::journey::{artifacts, context, logs, metrics, params, steps, timers};

pub(crate) use crate::bindings::wayfarer::journey::cleanups::{amend, arm, disarm};
pub(crate) use crate::bindings::wayfarer::journey::http::{send, send_all};
pub(crate) use crate::bindings::wayfarer::journey::secrets::{hmac, placeholder, reveal, totp};
pub(crate) use crate::bindings::wayfarer::journey::timers::{elapsed_us, remaining_us};

pub(crate) fn attempt() -> context::Attempt {
    context::current()
}

pub(crate) fn parameter(name: &str) -> Option<String> {
    params::get(name)
}

pub(crate) fn begin_step(name: &str) -> u32 {
    steps::begin(name)
}

pub(crate) fn end_step(step: u32, failure: Option<&Failure>) {
    steps::end(step, failure);
}

pub(crate) fn panicked(failure: &Failure) {
    failures::panicked(failure);
}

pub(crate) fn check(strength: Strength, check: &Check) {
    match strength {
        Strength::Hard => checks::hard(check),
        Strength::Soft => checks::soft(check),
    }
}

pub(crate) fn observe(name: &str, value: f64, unit: &str) {
    metrics::observe(name, value, unit);
}

pub(crate) fn attach(name: &str, media_type: &str, content: &[u8]) -> bool {
    artifacts::attach(name, media_type, content)
}

pub(crate) fn log(level: &logs::Level, message: &str, fields: &[(String, String)]) {
    logs::write(level, message, fields);
}

pub(crate) fn sleep_us(duration: u64) {
    timers::sleep(duration);
}
