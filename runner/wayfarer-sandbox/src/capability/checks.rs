//! `checks`: hard and soft, held and not.

use wayfarer_model::report::CheckRecord;
use wayfarer_model::units::Micros;

use super::failures::{location, value};
use crate::bindings::wayfarer::journey::checks::{Check, Host};
use crate::host::HostState;
use crate::tape::clip;

fn record(check: Check, is_soft: bool) -> CheckRecord {
    CheckRecord {
        step: None,
        at_us: Micros(0),
        name: clip(&check.name, 1024),
        is_soft,
        is_passed: check.is_passed,
        actual: value(check.actual),
        expected: value(check.expected),
        source: check.source.map(location),
    }
}

impl Host for HostState {
    fn hard(&mut self, check: Check) -> wasmtime::Result<()> {
        Ok(self.tape.check(record(check, false))?)
    }

    fn soft(&mut self, check: Check) -> wasmtime::Result<()> {
        Ok(self.tape.check(record(check, true))?)
    }
}
