//! An attempt as lines below each other, in the order in which things happened: steps, and in each its requests, checks, metrics and
//! annotations.

use wayfarer_model::failure::Failure;
use wayfarer_model::report::{AttemptReport, CheckRecord, StepOutcome};
use wayfarer_model::traffic::TrafficRecord;
use wayfarer_model::units::Micros;

use super::exchange::Exchange;
use crate::server::web::charts::bar;
use crate::server::web::markup::Markup;
use crate::view::{SegmentKind, StepNode, tree};

/// The most lines of one attempt. JSON has all.
const LINES: usize = 600;
/// The deepest indentation.
const DEPTH: usize = 6;

/// A line; `depth` is how many steps it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Step(StepLine),
    /// In a box: it is many times as large as the others.
    Request(Box<RequestLine>),
    Check(CheckLine),
    Note(NoteLine),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepLine {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) is_good: bool,
    /// Whether it was open when the attempt ended.
    pub(super) is_open: bool,
    pub(super) at: String,
    pub(super) took: String,
    pub(super) bar: Markup,
    pub(super) failure: Option<FailureText>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestLine {
    pub(super) depth: usize,
    pub(super) method: String,
    pub(super) url: String,
    /// The status, or a word for why there is none.
    pub(super) ended: String,
    pub(super) is_good: bool,
    /// Whether the failure of the attempt is about it: its details are open.
    pub(super) is_cause: bool,
    pub(super) at: String,
    pub(super) took: String,
    pub(super) bar: Markup,
    pub(super) exchange: Exchange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckLine {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) is_soft: bool,
    pub(super) is_passed: bool,
    pub(super) actual: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) source: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoteLine {
    pub(super) depth: usize,
    /// `metric` or `annotation`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) value: String,
}

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailureText {
    pub(super) message: String,
    pub(super) actual: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) source: Option<String>,
}

impl From<&Failure> for FailureText {
    fn from(failure: &Failure) -> Self {
        Self {
            message: failure.message.clone(),
            actual: failure.actual.clone(),
            expected: failure.expected.clone(),
            source: failure.source.as_ref().map(ToString::to_string),
        }
    }
}

/// The lines of an attempt, and how many more there are.
pub(super) fn flow(report: &AttemptReport) -> (Vec<Line>, usize) {
    let mut flow = Flow { report, cause: cause(report), lines: Vec::new() };
    flow.inside(None, tree(&report.recording), 0);
    let more = flow.lines.len().saturating_sub(LINES);
    flow.lines.truncate(LINES);
    (flow.lines, more)
}

/// The request that the attempt's failure is about; the last one of the failing step if the failure names none.
fn cause(report: &AttemptReport) -> Option<usize> {
    let failure = report.failure.as_ref()?;
    if let Some(named) = failure.request {
        return Some(named as usize);
    }
    let step = report.recording.steps.iter().rposition(|step| step.outcome != StepOutcome::Passed);
    report.recording.traffic.iter().rposition(|record| record.step.map(|step| step as usize) == step)
}

struct Flow<'a> {
    report: &'a AttemptReport,
    cause: Option<usize>,
    lines: Vec<Line>,
}

impl<'a> Flow<'a> {
    /// Everything of a step, or of what is in no step.
    fn inside(&mut self, step: Option<u32>, inner: Vec<StepNode<'a>>, depth: usize) {
        let depth = depth.min(DEPTH);
        let report: &'a AttemptReport = self.report;
        let recording = &report.recording;
        let mut parts: Vec<(Micros, Part<'a>)> = Vec::new();
        parts.extend(inner.into_iter().map(|node| (node.step.started_us, Part::Step(node))));
        let requests = recording.traffic.iter().enumerate().filter(|(_, record)| record.step == step);
        parts.extend(requests.map(|(place, record)| (record.started_us, Part::Request(place, record))));
        let checks = recording.checks.iter().filter(|check| check.step == step);
        parts.extend(checks.map(|check| (check.at_us, Part::Check(check))));
        let metrics = recording.metrics.iter().filter(|metric| metric.step == step);
        parts.extend(metrics.map(|metric| {
            let value = format!("{} {}", metric.value, metric.unit).trim_end().to_owned();
            (metric.at_us, Part::Note("metric", metric.name.clone(), value))
        }));
        let notes = recording.annotations.iter().filter(|note| note.step == step);
        parts.extend(
            notes.map(|note| (note.at_us, Part::Note("annotation", note.name.clone(), note.value.clone()))),
        );
        // What began at the same instant stays in the order of its kind.
        parts.sort_by_key(|(at, _)| *at);
        for (_, part) in parts {
            match part {
                Part::Step(node) => {
                    self.lines.push(Line::Step(self.step(&node, depth)));
                    self.inside(Some(node.number), node.inner, depth + 1);
                }
                Part::Request(place, record) => {
                    self.lines.push(Line::Request(Box::new(self.request(place, record, depth))));
                }
                Part::Check(check) => self.lines.push(Line::Check(check_line(check, depth))),
                Part::Note(kind, name, value) => {
                    self.lines.push(Line::Note(NoteLine { depth, kind, name, value }));
                }
            }
        }
    }

    fn step(&self, node: &StepNode<'_>, depth: usize) -> StepLine {
        let StepNode { step, inner, .. } = node;
        let is_good = step.outcome == StepOutcome::Passed;
        // A failure that a step inside or a check has is shown there.
        let is_from_inside = inner.iter().any(|inner| inner.step.failure == step.failure);
        let is_of_check = step.failure.as_ref().is_some_and(|failure| failure.check.is_some());
        StepLine {
            depth,
            name: step.name.clone(),
            is_good,
            is_open: step.outcome == StepOutcome::Open,
            at: step.started_us.to_string(),
            took: step.duration_us.to_string(),
            bar: bar(
                step.started_us,
                &[(SegmentKind::Step, step.duration_us)],
                self.report.duration_us,
                is_good,
            ),
            failure: step.failure.as_ref().filter(|_| !is_from_inside && !is_of_check).map(Into::into),
        }
    }

    fn request(&self, place: usize, record: &TrafficRecord, depth: usize) -> RequestLine {
        let http = record.kind.as_request();
        let took = record.phases;
        let segments = [
            (SegmentKind::Dns, took.dns_us),
            (SegmentKind::Connect, took.connect_us),
            (SegmentKind::Tls, took.tls_us),
            (SegmentKind::Wait, took.wait_us),
            (SegmentKind::Receive, took.receive_us),
        ];
        let ended = match (&record.error, http.status) {
            (Some(_), _) => "error".to_owned(),
            (None, Some(status)) => status.to_string(),
            (None, None) => "no answer".to_owned(),
        };
        let is_good = record.error.is_none() && http.status.is_some_and(|status| status < 400);
        let kept = self.report.recording.exchanges.iter().find(|exchange| exchange.request as usize == place);
        RequestLine {
            depth,
            method: http.method.clone(),
            url: http.url.clone(),
            ended,
            is_good,
            is_cause: self.cause == Some(place),
            at: record.started_us.to_string(),
            took: took.total_us.to_string(),
            bar: bar(record.started_us, &segments, self.report.duration_us, is_good),
            exchange: Exchange::new(record, kept),
        }
    }
}

enum Part<'a> {
    Step(StepNode<'a>),
    Request(usize, &'a TrafficRecord),
    Check(&'a CheckRecord),
    Note(&'static str, String, String),
}

fn check_line(check: &CheckRecord, depth: usize) -> CheckLine {
    CheckLine {
        depth,
        name: check.name.clone(),
        is_soft: check.is_soft,
        is_passed: check.is_passed,
        actual: check.actual.clone(),
        expected: check.expected.clone(),
        source: check.source.as_ref().map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::samples;

    #[test]
    fn things_come_in_the_order_in_which_they_happened() {
        let (lines, more) = flow(&samples::failed(1));
        let said: Vec<String> = lines
            .iter()
            .map(|line| match line {
                Line::Step(step) => format!("{}step {} {}", "  ".repeat(step.depth), step.name, step.is_good),
                Line::Request(request) => format!(
                    "{}{} {} {} cause {}",
                    "  ".repeat(request.depth),
                    request.method,
                    request.url,
                    request.ended,
                    request.is_cause
                ),
                Line::Check(check) => {
                    format!("{}check {} {}", "  ".repeat(check.depth), check.name, check.is_passed)
                }
                Line::Note(note) => {
                    format!("{}{} {} = {}", "  ".repeat(note.depth), note.kind, note.name, note.value)
                }
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"));
        assert_eq!(more, 0);
    }
}
