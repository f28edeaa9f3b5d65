//! Failures: each names the author's line and ends its step.

use std::fmt;

use wayfarer_sdk::FailureKind;
use wayfarer_sdk::prelude::*;
use wayfarer_sdk::testing::{Fake, Report};

/// The failure's line, counted from `first`.
fn line(report: &Report, first: u32) -> u32 {
    let location = report.failure().and_then(Failure::location).unwrap_or_default();
    let mut parts = location.split(':');
    assert_eq!(parts.next().map(|file| file.ends_with("tests/failures.rs")), Some(true), "{location}");
    parts.next().and_then(|line| line.parse::<u32>().ok()).map_or(0, |line| line - first)
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no port")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn the_question_mark_names_its_line_and_all_sources() {
    let first = line!();
    let report = Fake::new().run(|j: &Journey| {
        j.step("read", || {
            let port: u16 = "eighty".parse().map_err(Outer)?;
            j.info(format!("{port}"));
            Ok(())
        })
    });
    let failure = report.failure().expect("a failure");
    assert_eq!(failure.message(), "no port: invalid digit found in string");
    assert_eq!((failure.kind(), line(&report, first)), (FailureKind::Error, 3));
    assert_eq!(report.step("read").and_then(|step| step.failure.as_deref()), Some(failure.message()));
}

#[test]
fn a_hard_check_keeps_both_values_and_ends_the_walk() {
    let first = line!();
    let report = Fake::new().run(|j: &Journey| {
        j.step("compare", || {
            check!("a".len() == 1);
            check!(1 + 1 > 2, "arithmetic of {}", "ana");
            unreachable!()
        })?;
        j.step("not reached", || Ok(()))
    });
    let failure = report.failure().expect("a failure");
    assert_eq!((failure.message(), failure.kind()), ("arithmetic of ana", FailureKind::Check));
    assert_eq!((failure.actual(), failure.expected(), line(&report, first)), (Some("2"), Some("2"), 4));
    let names: Vec<_> =
        report.checks.iter().map(|check| (check.name.as_str(), check.is_passed, check.hard)).collect();
    assert_eq!(names, [("\"a\".len() == 1", true, true), ("arithmetic of ana", false, true)]);
    assert_eq!(report.step_names(), ["compare"]);
    assert!(!report.passed() && !report.degraded());
}

#[test]
fn a_soft_check_goes_on() {
    let report = Fake::new().run(|j: &Journey| {
        j.step("hope", || {
            let list = vec![1, 2];
            assert!(!soft_check!(list.is_empty(), "nothing left over"));
            assert!(soft_check!(list != [2, 1]));
            Ok(())
        })
    });
    assert!(report.degraded(), "{report}");
    assert_eq!(report.failed_checks(), ["nothing left over"]);
    assert!(report.checks.iter().all(|check| !check.hard));
}

#[test]
fn a_panic_ends_every_open_step_with_its_place() {
    let first = line!();
    let report = Fake::new().run(|j: &Journey| {
        j.step("outer", || {
            j.step("inner", || {
                let empty: Vec<u32> = Vec::new();
                Ok(empty[j.elapsed().subsec_nanos() as usize])
            })
        })?;
        Ok(())
    });
    let failure = report.failure().expect("a failure");
    assert_eq!((failure.kind(), line(&report, first)), (FailureKind::Panic, 5));
    assert!(failure.message().contains("index out of bounds"), "{failure}");
    assert!(report.steps.iter().all(|step| step.ended && step.failure.is_some()), "{report}");
    assert_eq!(report.steps[1].depth, 1);
}

const HELPER: u32 = line!();
fn helper() -> Outcome {
    bail!("no {} left", "tea")
}

#[test]
fn bail_and_context_build_messages() {
    let report = Fake::new().run(|j: &Journey| j.step("buy", || helper().map_err(|f| f.context("buying"))));
    assert_eq!(report.failure().map(Failure::message), Some("buying: no tea left"));
    assert_eq!(line(&report, HELPER), 2);
}

#[test]
fn a_caught_failure_leaves_the_step_closed() {
    let report = Fake::new().run(|j: &Journey| {
        j.step("outer", || {
            let tried = j.step("inner", || -> Outcome { bail!("not today") });
            assert!(tried.is_err());
            Ok(())
        })
    });
    assert!(report.steps.iter().all(|step| step.ended));
    assert_eq!(report.step("outer").map(|step| step.failure.is_none()), Some(true));
}
