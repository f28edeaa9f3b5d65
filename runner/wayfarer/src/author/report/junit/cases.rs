//! The cases of one attempt.
//!
//! | in Wayfarer | in JUnit |
//! |---|---|
//! | outermost step | case; an inner step belongs to the step around it |
//! | run without a step, or with a failure that no step has | case with the journey's name |
//! | `failed`; `degraded` and flaky with `--fail-on` | failure |
//! | `broken`, `inconclusive`, `cancelled` | error: they say nothing about the target |
//! | step that was not reached | skipped |
//!
//! No two cases of a run have the same name, because GitLab shows the first of them alone.

use wayfarer_model::failure::Failure;
use wayfarer_model::report::{AttemptReport, CheckRecord, StepOutcome, StepRecord};
use wayfarer_model::text::clip;
use wayfarer_model::units::Micros;
use wayfarer_model::verdict::Verdict;

use crate::author::session::SessionRun;
use crate::view::not_reached;

/// The longest message and the longest text of a failure, in bytes.
const MESSAGE: usize = 1_000;
const TEXT: usize = 64 << 10;

/// A step of a run, or a run that has none.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) took: Option<Micros>,
    pub(super) status: Status,
    /// Attempts before the last one that went wrong here, in order.
    pub(super) earlier: Vec<Trouble>,
    /// What the report for people says of the attempt.
    pub(super) output: Option<String>,
}

/// How a case ended.
#[derive(Debug, Clone)]
pub(super) enum Status {
    Passed,
    NotReached,
    Bad(Trouble),
}

#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// Whether it says nothing about the target.
    pub(super) is_error: bool,
    pub(super) kind: &'static str,
    /// Without line breaks: readers show it in a table.
    pub(super) message: String,
    /// All of it, with its values and its place.
    pub(super) text: String,
    /// The file of its place, as the journey's language wrote it.
    pub(super) file: Option<String>,
}

impl Trouble {
    fn of(report: &AttemptReport, failure: Option<&Failure>) -> Self {
        let failure = failure.or(report.failure.as_ref());
        let text = failure.map_or_else(|| report.reason.as_str().to_owned(), described);
        Self {
            is_error: report.verdict != Verdict::Failed && !report.verdict.is_good(),
            kind: report.reason.as_str(),
            message: clip(text.lines().next().unwrap_or_default(), MESSAGE),
            text: clip(&text, TEXT),
            file: failure.and_then(|failure| failure.source.as_ref()).map(|source| source.file.clone()),
        }
    }
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

/// The outermost steps of an attempt, each with a name that no other one has: `poll`, then `poll (2)`.
pub(super) fn named_steps(report: &AttemptReport) -> Vec<(String, &StepRecord)> {
    let mut named: Vec<(String, &StepRecord)> = Vec::new();
    for step in report.recording.steps.iter().filter(|step| step.parent.is_none()) {
        let name = free_name(&step.name, |name| named.iter().any(|(known, _)| known == name));
        named.push((name, step));
    }
    named
}

pub(super) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    for number in 2_u32.. {
        if !is_taken(&free) {
            break;
        }
        free = format!("{name} ({number})");
    }
    free
}

/// Where an attempt went wrong: the name of the step's case, or none if no step has the failure. None for a good attempt.
pub(super) fn trouble(report: &AttemptReport) -> Option<(Option<String>, Trouble)> {
    if report.verdict.is_good() {
        return None;
    }
    let steps = named_steps(report);
    let failed = steps.into_iter().find(|(_, step)| step.outcome != StepOutcome::Passed);
    Some(match failed {
        Some((name, step)) => (Some(name), Trouble::of(report, step.failure.as_ref())),
        None => (None, Trouble::of(report, None)),
    })
}

/// The cases of a run's last attempt. Whether a degraded one is a failure is for the caller to say.
pub(super) fn cases(run: &SessionRun, report: &AttemptReport, fails_degraded: bool) -> Vec<Case> {
    let is_good = report.verdict.is_good();
    let case = |name: String, took, status| Case { name, took, status, earlier: Vec::new(), output: None };
    let mut cases: Vec<Case> = named_steps(report)
        .into_iter()
        .map(|(name, step)| {
            let status = match step.outcome {
                StepOutcome::Failed | StepOutcome::Open if !is_good => {
                    Status::Bad(Trouble::of(report, step.failure.as_ref()))
                }
                _ => Status::Passed,
            };
            case(name, Some(step.duration_us), status)
        })
        .collect();
    if report.verdict == Verdict::Degraded && fails_degraded {
        fail_degraded(&mut cases, report);
    }
    let is_shown = cases.iter().any(|case| matches!(case.status, Status::Bad(_)));
    let is_bad = !is_good || (report.verdict == Verdict::Degraded && fails_degraded);
    if cases.is_empty() || (is_bad && !is_shown) {
        let status = if is_bad { Status::Bad(Trouble::of(report, None)) } else { Status::Passed };
        let name = whole(run, &cases);
        cases.push(case(name, Some(report.duration_us), status));
    }
    if !is_good {
        for name in not_reached(&run.journey, &report.recording) {
            let name = free_name(name, |name| cases.iter().any(|case| case.name == name));
            cases.push(case(name, None, Status::NotReached));
        }
    }
    cases
}

/// The name of the case for a run as a whole.
pub(super) fn whole(run: &SessionRun, cases: &[Case]) -> String {
    free_name(run.journey.name.as_str(), |name| cases.iter().any(|case| case.name == name))
}

/// Makes failures of the steps in which soft checks did not hold.
fn fail_degraded(cases: &mut [Case], report: &AttemptReport) {
    let steps = &report.recording.steps;
    let outermost = |check: &CheckRecord| {
        let mut step = check.step?;
        while let Some(parent) = steps.get(step as usize)?.parent.filter(|parent| *parent < step) {
            step = parent;
        }
        let before = steps.iter().take(step as usize).filter(|step| step.parent.is_none()).count();
        Some(before)
    };
    let bad = (0..).zip(&report.recording.checks).filter(|(_, check)| check.is_soft && !check.is_passed);
    for (number, check) in bad {
        let Some(case) = outermost(check).and_then(|place| cases.get_mut(place)) else { continue };
        if matches!(case.status, Status::Passed) {
            case.status = Status::Bad(Trouble::of(report, Some(&check.failure(number))));
        }
    }
}
