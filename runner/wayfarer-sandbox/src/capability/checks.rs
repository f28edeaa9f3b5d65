//! `checks`: hard and soft ones, whether they held or not.

use wasmtime::component::{HasSelf, Linker};
use wayfarer_model::report::CheckRecord;
use wayfarer_model::text::clip;
use wayfarer_model::units::Micros;

use super::failures::{location, value};
use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::checks::{Check, Host, add_to_linker};
use crate::tape::Tape;

pub(super) struct Checks {
    tape: Tape,
}

impl Capability for Checks {
    fn begin(grants: &Grants) -> Self {
        Self { tape: grants.tape.clone() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Checks {
    fn passed(&mut self, name: String) -> wasmtime::Result<()> {
        let (at_us, name) = (Micros(0), clip(&name, 1024));
        let (actual, expected, source) = (None, None, None);
        let held = CheckRecord {
            step: None,
            at_us,
            name,
            is_soft: false,
            is_passed: true,
            actual,
            expected,
            source,
        };
        self.tape.check(held)?;
        Ok(())
    }

    fn hard(&mut self, check: Check) -> wasmtime::Result<()> {
        self.tape.check(record(check, false))?;
        Ok(())
    }

    fn soft(&mut self, check: Check) -> wasmtime::Result<()> {
        self.tape.check(record(check, true))?;
        Ok(())
    }
}

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

#[cfg(test)]
mod tests {
    use wayfarer_model::judge::LimitKind;
    use wayfarer_model::limits::Limits;

    use super::*;
    use crate::tape::Stop;

    fn check(name: &str, is_passed: bool) -> Check {
        Check {
            name: name.to_owned(),
            is_passed,
            actual: Some("503".to_owned()),
            expected: Some("x".repeat(10_000)),
            source: None,
        }
    }

    #[test]
    fn both_kinds_are_recorded_within_bounds() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let mut checks = Checks { tape: tape.clone() };
        checks.passed("status".into()).unwrap();
        tape.open_step("order", None).unwrap();
        checks.soft(check(&"n".repeat(2_000), false)).unwrap();
        let checks = tape.finish().recording.checks;
        let facts = |check: &CheckRecord| (check.is_soft, check.is_passed, check.step);
        assert_eq!((facts(&checks[0]), facts(&checks[1])), ((false, true, None), (true, false, Some(0))));
        assert_eq!((checks[1].name.len(), checks[1].expected.as_ref().unwrap().len()), (1_024, 4 << 10));
    }

    #[test]
    fn one_more_than_the_limit_ends_the_attempt() {
        let tape = Tape::live(Limits { checks: 1, ..Limits::default() }, [7; 32], None);
        let mut checks = Checks { tape };
        checks.hard(check("status", true)).unwrap();
        let error = checks.soft(check("status", true)).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Stop::Exhausted(LimitKind::Count, _))), "{error:?}");
    }
}
