//! One run with all its attempts as a suite.
//!
//! The last attempt decides what a case is. An earlier attempt that went wrong is shown in the case of the step in which it
//! did: as a flaky failure if the run was good or the last attempt passed that step, as a rerun if it failed there again.
//! A step that failed in an earlier attempt and that the last one did not reach is a failure: it never passed.

use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::cases::{Case, Status, cases, trouble, whole};
use crate::author::report::attempt::AttemptLines;
use crate::author::report::{Detail, Style};
use crate::author::session::{FailOn, SessionRun};

#[derive(Debug, Clone)]
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) started: UnixMillis,
    pub(super) took: Micros,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
    /// Whether its earlier failures are flaky ones.
    pub(super) is_good: bool,
}

impl Suite {
    /// None for a run without an attempt.
    pub(super) fn of(run: &SessionRun, fails: FailOn) -> Option<Self> {
        let (last, earlier) = run.attempts.split_last()?;
        let mut cases = cases(run, last, fails.degraded);
        let is_good = last.verdict.is_good();
        for report in earlier {
            add_earlier(&mut cases, run, report, is_good);
        }
        if fails.flaky && run.outcome.flaky {
            fail_flaky(&mut cases, run.attempts.len());
        }
        if last.verdict != Verdict::Passed {
            show(&mut cases, run, last);
        }
        Some(Self {
            name: run.journey.name.to_string(),
            started: run.attempts.first()?.started_at,
            took: Micros(run.attempts.iter().map(|report| report.duration_us.0).sum()),
            properties: vec![
                ("run_id", run.id.to_string()),
                ("verdict", last.verdict.as_str().to_owned()),
                ("reason", last.reason.as_str().to_owned()),
                ("attempts", run.attempts.len().to_string()),
                ("component", last.component.to_string()),
            ],
            cases,
            is_good,
        })
    }

    /// How many cases have a status.
    pub(super) fn count(&self, is_one: impl Fn(&Status) -> bool) -> usize {
        self.cases.iter().filter(|case| is_one(&case.status)).count()
    }
}

fn add_earlier(cases: &mut Vec<Case>, run: &SessionRun, report: &AttemptReport, is_good: bool) {
    // An attempt that was good and retried all the same does not exist.
    let Some((step, trouble)) = trouble(report) else { return };
    let name = step.unwrap_or_else(|| run.journey.name.to_string());
    let mut trouble = trouble;
    trouble.message = format!("attempt {}: {}", report.context.number, trouble.message);
    match cases.iter_mut().find(|case| case.name == name) {
        Some(case) if matches!(case.status, Status::NotReached) => {
            case.took = Some(report.duration_us);
            case.status = Status::Bad(trouble);
        }
        Some(case) => case.earlier.push(trouble),
        None if is_good => cases.push(Case {
            name,
            took: None,
            status: Status::Passed,
            earlier: vec![trouble],
            output: None,
        }),
        None => cases.push(Case {
            name,
            took: Some(report.duration_us),
            status: Status::Bad(trouble),
            earlier: Vec::new(),
            output: None,
        }),
    }
}

/// Makes failures of the cases in which an earlier attempt went wrong.
fn fail_flaky(cases: &mut [Case], attempts: usize) {
    for case in cases.iter_mut().filter(|case| matches!(case.status, Status::Passed)) {
        if let Some(first) = case.earlier.first() {
            let mut trouble = first.clone();
            trouble.kind = "flaky";
            trouble.is_error = false;
            trouble.message = format!("flaky, attempt {attempts} was good; {}", first.message);
            case.status = Status::Bad(trouble);
        }
    }
}

/// Puts what people see of the last attempt into the case that went wrong; into the first one if it is degraded.
fn show(cases: &mut Vec<Case>, run: &SessionRun, report: &AttemptReport) {
    let page = AttemptLines::of(&run.journey, report, Style { colour: false }, Detail::Full).join("\n");
    if cases.is_empty() {
        let name = whole(run, cases);
        cases.push(Case { name, took: None, status: Status::Passed, earlier: Vec::new(), output: None });
    }
    let bad = cases.iter().position(|case| matches!(case.status, Status::Bad(_))).unwrap_or(0);
    if let Some(case) = cases.get_mut(bad) {
        case.output = Some(page);
    }
}
