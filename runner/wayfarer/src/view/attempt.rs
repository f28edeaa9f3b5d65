//! One attempt: its steps as a tree, and at each of them what explains its outcome.
//!
//! A failure is shown once, at the innermost step that has it. A failed check is shown once too: as the failure of its
//! step, or as a check of its own.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::failure::Failure;
use wayfarer_model::report::{AttemptReport, CheckRecord, LogRecord, MetricRecord, StepOutcome, StepRecord};

use super::request::{RequestView, requests};
use super::steps::{StepNode, not_reached, tree};

/// What is shown of one attempt.
#[derive(Debug)]
pub(crate) struct AttemptView<'a> {
    /// The outermost steps, in the order begun.
    pub(crate) steps: Vec<StepView<'a>>,
    /// Declared steps that were not begun; empty for a good attempt, which did not need them.
    pub(crate) not_reached: Vec<&'a str>,
    /// What belongs to no step, and the attempt's failure if no step or check shows it.
    pub(crate) outside: Evidence<'a>,
    pub(crate) logs: &'a [LogRecord],
    /// Bytes of the log beyond its limit.
    pub(crate) logs_dropped_bytes: u64,
    /// The number of its requests, if the recording was reduced.
    pub(crate) reduced_requests: Option<u64>,
    pub(crate) is_good: bool,
}

/// What is shown of one step.
#[derive(Debug)]
pub(crate) struct StepView<'a> {
    pub(crate) step: &'a StepRecord,
    /// In the order begun.
    pub(crate) inner: Vec<StepView<'a>>,
    pub(crate) evidence: Evidence<'a>,
}

/// What was recorded at one place of an attempt.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    /// The failure that the requests of this place may explain.
    cause: Option<&'a Failure>,
    /// Whether the failure is shown here, and not at a step inside.
    is_shown: bool,
    /// Checks that failed and that the failure does not show already.
    pub(crate) checks: Vec<&'a CheckRecord>,
    /// In the order sent.
    pub(crate) requests: Vec<RequestView<'a>>,
    pub(crate) metrics: Vec<&'a MetricRecord>,
    /// Whether this place went wrong by itself, so that its requests are worth a look.
    pub(crate) went_wrong: bool,
}

impl<'a> Evidence<'a> {
    /// The failure to show here.
    pub(crate) fn failure(&self) -> Option<&'a Failure> {
        self.cause.filter(|_| self.is_shown)
    }

    /// Whether the failure of this place has that text in its message already.
    pub(crate) fn already_says(&self, text: &str) -> bool {
        self.cause.is_some_and(|failure| failure.message.contains(text))
    }

    fn at(report: &'a AttemptReport, step: Option<u32>, cause: Option<&'a Failure>) -> Self {
        let recording = &report.recording;
        let shown = cause.and_then(|failure| failure.check);
        let failed = (0..)
            .zip(&recording.checks)
            .filter(|(number, check)| check.step == step && !check.is_passed && shown != Some(*number));
        Self {
            cause,
            is_shown: true,
            checks: failed.map(|(_, check)| check).collect(),
            requests: requests(recording, step, cause),
            metrics: recording.metrics.iter().filter(|metric| metric.step == step).collect(),
            went_wrong: false,
        }
    }
}

/// What to show of an attempt of that journey.
pub(crate) fn attempt<'a>(journey: &'a Descriptor, report: &'a AttemptReport) -> AttemptView<'a> {
    let is_good = report.verdict.is_good();
    let recording = &report.recording;
    AttemptView {
        steps: tree(recording).into_iter().map(|node| step(report, node)).collect(),
        not_reached: if is_good { Vec::new() } else { not_reached(journey, recording) },
        outside: outside(report),
        logs: &recording.logs,
        logs_dropped_bytes: recording.logs_dropped_bytes,
        reduced_requests: recording.reduced.map(|sums| sums.requests),
        is_good,
    }
}

fn step<'a>(report: &'a AttemptReport, node: StepNode<'a>) -> StepView<'a> {
    let failure = node.step.failure.as_ref();
    let has_it = |inner: &StepNode<'_>| inner.step.failure.as_ref().is_some_and(|own| failure == Some(own));
    let is_from_inside = node.inner.iter().any(has_it);
    let evidence = Evidence {
        is_shown: !is_from_inside,
        went_wrong: node.step.outcome != StepOutcome::Passed && !is_from_inside,
        ..Evidence::at(report, Some(node.number), failure)
    };
    let inner = node.inner.into_iter().map(|inner| step(report, inner)).collect();
    StepView { step: node.step, inner, evidence }
}

fn outside(report: &AttemptReport) -> Evidence<'_> {
    let recording = &report.recording;
    let is_elsewhere = |failure: &Failure| {
        let mut steps = recording.steps.iter().filter_map(|step| step.failure.as_ref());
        failure.check.is_some() || steps.any(|own| own.message == failure.message)
    };
    let failure = report.failure.as_ref();
    Evidence {
        is_shown: !failure.is_some_and(is_elsewhere),
        went_wrong: !report.verdict.is_good(),
        // The checks outside of steps are shown even where the attempt's failure is about one of them.
        checks: Evidence::at(report, None, None).checks,
        ..Evidence::at(report, None, failure)
    }
}
