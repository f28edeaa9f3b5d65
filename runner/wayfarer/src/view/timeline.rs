//! One attempt on a time axis: a bar for each step and, below it, one for each of its requests with their phases.

use wayfarer_model::report::{AttemptReport, StepOutcome};
use wayfarer_model::traffic::TrafficRecord;
use wayfarer_model::units::Micros;

use super::steps::{StepNode, tree};

/// One line of the timeline. Times are on the attempt's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    /// 0 for what is in no step.
    pub(crate) depth: usize,
    /// The step's name, or a request's outcome, method and path. Not escaped.
    pub(crate) label: String,
    pub(crate) started: Micros,
    pub(crate) duration: Micros,
    pub(crate) is_good: bool,
    /// They follow each other without gaps, from `started` on.
    pub(crate) segments: Vec<Segment>,
}

/// A part of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) kind: SegmentKind,
    pub(crate) duration: Micros,
}

/// What took the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    Step,
    Dns,
    Connect,
    Tls,
    Wait,
    Receive,
}

/// All bars, in the order in which they are drawn below each other.
pub(crate) fn timeline(report: &AttemptReport) -> Vec<Bar> {
    let mut bars = Vec::new();
    requests(report, None, 0, &mut bars);
    for node in tree(&report.recording) {
        step(report, &node, 0, &mut bars);
    }
    bars
}

fn step(report: &AttemptReport, node: &StepNode<'_>, depth: usize, bars: &mut Vec<Bar>) {
    let duration = node.step.duration_us;
    bars.push(Bar {
        depth,
        label: node.step.name.clone(),
        started: node.step.started_us,
        duration,
        is_good: node.step.outcome == StepOutcome::Passed,
        segments: vec![Segment { kind: SegmentKind::Step, duration }],
    });
    requests(report, Some(node.number), depth + 1, bars);
    for inner in &node.inner {
        step(report, inner, depth + 1, bars);
    }
}

fn requests(report: &AttemptReport, step: Option<u32>, depth: usize, bars: &mut Vec<Bar>) {
    for request in report.recording.traffic.iter().filter(|request| request.step == step) {
        let phases = request.phases;
        let segments = [
            (SegmentKind::Dns, phases.dns_us),
            (SegmentKind::Connect, phases.connect_us),
            (SegmentKind::Tls, phases.tls_us),
            (SegmentKind::Wait, phases.wait_us),
            (SegmentKind::Receive, phases.receive_us),
        ];
        bars.push(Bar {
            depth,
            label: label(request),
            started: request.started_us,
            duration: phases.total_us,
            is_good: is_good(request),
            segments: segments.map(|(kind, duration)| Segment { kind, duration }).into(),
        });
    }
}

fn is_good(record: &TrafficRecord) -> bool {
    record.error.is_none() && record.kind.as_request().status.is_none_or(|status| status < 400)
}

/// Outcome, method and path. The host stands with the details of the request.
fn label(record: &TrafficRecord) -> String {
    let http = record.kind.as_request();
    let url = http.url.split_once("://").map_or(http.url.as_str(), |(_, rest)| rest);
    let path = url.find('/').and_then(|slash| url.get(slash..)).unwrap_or("/");
    let outcome = match (http.status, &record.error) {
        (_, Some(_)) => "✗".to_owned(),
        (Some(status), None) => status.to_string(),
        (None, None) => "…".to_owned(),
    };
    format!("{outcome} {} {path}", http.method)
}
