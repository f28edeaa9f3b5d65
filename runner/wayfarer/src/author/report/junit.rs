//! JUnit XML for CI systems: a journey is a suite, a step is a case.
//!
//! The file is written at the end of the session.
//!
//! | in Wayfarer | in JUnit |
//! |---|---|
//! | outermost step | case; an inner step belongs to the step around it |
//! | journey without a step, or with a failure that no step has | case with the journey's name |
//! | `failed` | failure |
//! | `broken`, `inconclusive`, `cancelled` | error: they say nothing about the target |
//! | step that was not reached | skipped |
//! | earlier attempt | flaky failure or rerun in a case of the last attempt |

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use wayfarer_model::failure::Failure;
use wayfarer_model::report::{AttemptReport, StepOutcome, StepRecord};
use wayfarer_model::verdict::Verdict;

use super::attempt::AttemptLines;
use super::{Detail, Style};
use crate::author::session::{Event, SessionRun};
use crate::view::not_reached;

#[derive(Default)]
pub(crate) struct Junit {
    suites: Vec<TestSuite>,
}

impl Junit {
    pub(super) fn handle(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunFinished { run, .. } => self.suites.extend(suite(run)),
            Event::SessionFinished { duration, .. } => {
                let mut report = Report::new("wayfarer");
                report.set_time(*duration);
                report.add_test_suites(std::mem::take(&mut self.suites));
                report.serialize(out).map_err(io::Error::other)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn suite(run: &SessionRun) -> Option<TestSuite> {
    let (last, earlier) = run.attempts.split_last()?;
    let mut suite = TestSuite::new(run.journey.name.as_str());
    suite.set_time(Duration::from_micros(run.attempts.iter().map(|report| report.duration_us.0).sum()));
    suite.add_property(Property::new("run_id", run.id.to_string()));
    suite.add_property(Property::new("verdict", last.verdict.as_str()));
    suite.add_property(Property::new("reason", last.reason.as_str()));
    suite.add_property(Property::new("attempts", run.attempts.len().to_string()));
    suite.add_property(Property::new("component", last.component.to_string()));
    let mut cases = cases(run, last);
    for report in earlier {
        let name = failed_step(report).map_or_else(|| run.journey.name.as_str(), |step| step.name.as_str());
        let position = cases.iter().position(|case| case.name.as_str() == name).unwrap_or(0);
        if let Some(case) = cases.get_mut(position) {
            case.status.add_rerun(rerun(report));
        }
    }
    suite.add_test_cases(cases);
    let page = AttemptLines::of(&run.journey, last, Style { colour: false }, Detail::Full).join("\n");
    if last.verdict != Verdict::Passed {
        suite.set_system_out(page);
    }
    Some(suite)
}

fn cases(run: &SessionRun, report: &AttemptReport) -> Vec<TestCase> {
    let journey = run.journey.name.as_str();
    let case = |name: &str, status| {
        let mut case = TestCase::new(name, status);
        case.set_classname(journey);
        case
    };
    let mut cases = Vec::new();
    for step in outermost(report) {
        let status = match step.outcome {
            StepOutcome::Passed => TestCaseStatus::success(),
            StepOutcome::Failed | StepOutcome::Open => not_passed(report, step.failure.as_ref()),
        };
        let mut case = case(&step.name, status);
        case.set_time(step.duration_us.to_duration());
        cases.push(case);
    }
    let good = report.verdict.is_good();
    if cases.is_empty() || (!good && failed_step(report).is_none()) {
        let status = if good { TestCaseStatus::success() } else { not_passed(report, None) };
        let mut whole = case(journey, status);
        whole.set_time(report.duration_us.to_duration());
        cases.push(whole);
    }
    if !good {
        for name in not_reached(&run.journey, &report.recording) {
            let mut status = TestCaseStatus::skipped();
            status.set_message("not reached");
            cases.push(case(name, status));
        }
    }
    cases
}

fn outermost(report: &AttemptReport) -> impl Iterator<Item = &StepRecord> {
    report.recording.steps.iter().filter(|step| step.parent.is_none())
}

fn failed_step(report: &AttemptReport) -> Option<&StepRecord> {
    outermost(report).find(|step| step.outcome != StepOutcome::Passed)
}

fn kind(report: &AttemptReport) -> NonSuccessKind {
    if report.verdict == Verdict::Failed { NonSuccessKind::Failure } else { NonSuccessKind::Error }
}

fn not_passed(report: &AttemptReport, failure: Option<&Failure>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind(report));
    status.set_type(report.reason.as_str());
    if let Some(failure) = failure.or(report.failure.as_ref()) {
        status.set_message(failure.message.as_str());
        status.set_description(described(failure));
    }
    status
}

fn rerun(report: &AttemptReport) -> TestRerun {
    let mut rerun = TestRerun::new(kind(report));
    rerun.set_type(report.reason.as_str());
    rerun.set_time(report.duration_us.to_duration());
    if let Some(failure) = &report.failure {
        rerun.set_message(failure.message.as_str());
        rerun.set_description(described(failure));
    }
    rerun
}

fn described(failure: &Failure) -> String {
    let part = |name: &str, value: &Option<String>| {
        value.as_ref().map_or_else(String::new, |value| format!("\n{name}: {value}"))
    };
    let source = failure.source.as_ref().map_or_else(String::new, |source| format!("\nat {source}"));
    format!(
        "{}{}{}{source}",
        failure.message,
        part("  actual", &failure.actual),
        part("expected", &failure.expected)
    )
}
