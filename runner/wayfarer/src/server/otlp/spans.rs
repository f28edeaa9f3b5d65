//! A run in OpenTelemetry's words: the tree of its spans. Ids follow from the run's, so that whoever gets a run twice has it once.

use url::Url;
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};
use wayfarer_model::report::{AttemptReport, CheckRecord, StepOutcome, StepRecord};
use wayfarer_model::trace_context::{SpanPlace, TraceId};
use wayfarer_model::traffic::TrafficRecord;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::RunDetail;

use super::request;
use super::wire::{Attributes, CLIENT, Event, INTERNAL, Span, Status};

/// All spans of a run, each behind its parent. None of a slot that had no run.
///
/// `pages` is where browsers reach the server.
pub(super) fn spans(run: &RunDetail, pages: Option<&Url>) -> Vec<Span> {
    if run.row.started.is_none() {
        return Vec::new();
    }
    let page = pages.and_then(|pages| pages.join(&format!("/runs/{}", run.row.id)).ok());
    let mut spans = vec![root(run, page.as_ref())];
    for report in &run.attempts {
        let first = spans.len();
        spans.push(attempt(report, page.as_ref()));
        let steps = report.recording.steps.iter().zip(0..);
        spans.extend(steps.map(|(record, number)| step(report, record, number)));
        let traffic = report.recording.traffic.iter().zip(0..);
        spans.extend(traffic.map(|(record, number)| hop(report, record, number)));
        add_to_owners(report, spans.get_mut(first..).unwrap_or_default());
    }
    spans
}

fn root(run: &RunDetail, page: Option<&Url>) -> Span {
    let row = &run.row;
    let trace = TraceId::of(row.id);
    let start = nanos(row.started.unwrap_or(row.slot), Micros(0));
    // A clock that was set back meanwhile makes no span that ends before it begins.
    let last = run.attempts.iter().map(|attempt| nanos(attempt.started_at, attempt.duration_us)).max();
    let end = nanos(row.finished, Micros(0)).max(last.unwrap_or(0)).max(start);
    let attributes = Attributes::default()
        .text("wayfarer.run.id", row.id.to_string())
        .text("wayfarer.tenant", row.tenant.as_str())
        .text("wayfarer.journey", row.journey.as_str())
        .text("wayfarer.location", row.location.as_str())
        .text("wayfarer.lane", row.lane.as_str())
        .text("wayfarer.verdict", row.verdict.as_str())
        .text("wayfarer.reason", row.reason.as_str())
        .text_if("wayfarer.first_verdict", row.first_verdict.map(Verdict::as_str))
        .number("wayfarer.attempts", u64::from(row.attempts))
        .number("wayfarer.version", u64::from(row.version))
        .text("wayfarer.slot", row.slot.rfc3339())
        .text_if("wayfarer.failed_step", row.failed_step.as_ref())
        .text_if("wayfarer.fingerprint", row.fingerprint.as_ref())
        .text_if("wayfarer.url", page)
        .text_if("error.type", error_type(row.verdict, row.reason));
    Span {
        trace,
        id: trace.span(SpanPlace::Run),
        parent: None,
        name: row.journey.to_string(),
        kind: INTERNAL,
        start,
        end,
        attributes,
        events: Vec::new(),
        status: verdicts_status(row.verdict, row.message.as_deref()),
    }
}

fn attempt(report: &AttemptReport, page: Option<&Url>) -> Span {
    let number = report.context.number;
    let trace = TraceId::of(report.context.run_id);
    let message = report.failure.as_ref().map(|failure| failure.message.as_str());
    let page = page.map(|page| format!("{page}#attempt-{number}"));
    let recording = &report.recording;
    let attributes = Attributes::default()
        .text("wayfarer.tenant", report.context.tenant.as_str())
        .text("wayfarer.journey", report.context.journey.as_str())
        .number("wayfarer.attempt", u64::from(number))
        .text("wayfarer.verdict", report.verdict.as_str())
        .text("wayfarer.reason", report.reason.as_str())
        .number("wayfarer.cpu_us", report.cpu_us.0)
        .number("wayfarer.memory_peak", report.memory_peak.0)
        .number_if("wayfarer.requests_left_out", recording.reduced.map(|sums| sums.requests))
        .text_if("wayfarer.url", page)
        .text_if("error.type", error_type(report.verdict, report.reason));
    let end = nanos(report.started_at, report.duration_us);
    Span {
        trace,
        id: trace.span(SpanPlace::Attempt(number)),
        parent: Some(trace.span(SpanPlace::Run)),
        name: "attempt".to_owned(),
        kind: INTERNAL,
        start: nanos(report.started_at, Micros(0)),
        end,
        attributes: failed(attributes, report.failure.as_ref()),
        events: report.failure.as_ref().and_then(|failure| exception(failure, end)).into_iter().collect(),
        status: verdicts_status(report.verdict, message),
    }
}

fn step(report: &AttemptReport, record: &StepRecord, number: u32) -> Span {
    let (outcome, status) = match (record.outcome, &record.failure) {
        (StepOutcome::Passed, _) => ("passed", Status::ok()),
        (StepOutcome::Failed, failure) => {
            ("failed", Status::error(failure.as_ref().map_or("", |failure| failure.message.as_str())))
        }
        (StepOutcome::Open, _) if report.verdict.is_good() => ("open", Status::default()),
        (StepOutcome::Open, _) => ("open", Status::error("the attempt ended within this step")),
    };
    let failure = record.failure.as_ref();
    let attributes = Attributes::default()
        .text("wayfarer.step.outcome", outcome)
        .text_if("error.type", failure.map(|failure| failure.kind.as_str()));
    let span = within(report, record.parent, SpanPlace::Step(report.context.number, number))
        .lasting(report, record.started_us, record.duration_us)
        .named(record.name.clone(), INTERNAL);
    Span {
        attributes: failed(attributes, failure),
        events: failure.and_then(|failure| exception(failure, span.end)).into_iter().collect(),
        status,
        ..span
    }
}

fn hop(report: &AttemptReport, record: &TrafficRecord, number: u32) -> Span {
    Span {
        attributes: request::attributes(record),
        status: request::status(record),
        ..within(report, record.step, SpanPlace::Request(report.context.number, number))
            .lasting(report, record.started_us, record.phases.total_us)
            .named(request::name(record), CLIENT)
    }
}

/// A span below a step, or below the attempt.
fn within(report: &AttemptReport, step: Option<u32>, place: SpanPlace) -> Span {
    let trace = TraceId::of(report.context.run_id);
    let number = report.context.number;
    let parent = step.map_or(SpanPlace::Attempt(number), |step| SpanPlace::Step(number, step));
    Span {
        trace,
        id: trace.span(place),
        parent: Some(trace.span(parent)),
        name: String::new(),
        kind: INTERNAL,
        start: 0,
        end: 0,
        attributes: Attributes::default(),
        events: Vec::new(),
        status: Status::default(),
    }
}

impl Span {
    fn lasting(self, report: &AttemptReport, from: Micros, took: Micros) -> Self {
        let start = nanos(report.started_at, from);
        Self { start, end: start.saturating_add(took.0.saturating_mul(1_000)), ..self }
    }

    fn named(self, name: String, kind: u8) -> Self {
        Self { name, kind, ..self }
    }
}

/// Adds failed checks as events, and annotations as attributes, to the spans that they belong to: `spans` begins with the attempt's and
/// goes on with those of its steps.
fn add_to_owners(report: &AttemptReport, spans: &mut [Span]) {
    let place = |step: Option<u32>| step.map_or(0, |step| step as usize + 1);
    for check in report.recording.checks.iter().filter(|check| !check.is_passed) {
        if let Some(span) = spans.get_mut(place(check.step)) {
            span.events.push(failed_check(report, check));
        }
    }
    for note in &report.recording.annotations {
        if let Some(span) = spans.get_mut(place(note.step)) {
            let attributes = std::mem::take(&mut span.attributes);
            span.attributes = attributes.text(format!("wayfarer.annotation.{}", note.name), &note.value);
        }
    }
}

fn failed_check(report: &AttemptReport, check: &CheckRecord) -> Event {
    let attributes = Attributes::default()
        .text("wayfarer.check.name", &check.name)
        .truth("wayfarer.check.soft", check.is_soft)
        .text_if("wayfarer.check.actual", check.actual.as_ref())
        .text_if("wayfarer.check.expected", check.expected.as_ref());
    let attributes = code(attributes, check.source.as_ref());
    Event { at: nanos(report.started_at, check.at_us), name: "wayfarer.check.failed", attributes }
}

/// What a step or an attempt ended by, in the words that the conventions have for exceptions. A check that did not hold is an event of
/// its own.
pub(super) fn exception(failure: &Failure, at: u64) -> Option<Event> {
    if failure.kind == FailureKind::Check {
        return None;
    }
    let attributes = Attributes::default()
        .text("exception.type", failure.kind.as_str())
        .text("exception.message", &failure.message);
    Some(Event { at, name: "exception", attributes: code(attributes, failure.source.as_ref()) })
}

/// A place in the journey's source.
fn code(attributes: Attributes, source: Option<&SourceLocation>) -> Attributes {
    attributes
        .text_if("code.file.path", source.map(|source| &source.file))
        .number_if("code.line.number", source.map(|source| u64::from(source.line)).filter(|line| *line > 0))
}

/// None for a run that did not end badly.
fn error_type(verdict: Verdict, reason: Reason) -> Option<&'static str> {
    matches!(verdict, Verdict::Failed | Verdict::Broken | Verdict::Inconclusive).then(|| reason.as_str())
}

fn failed(attributes: Attributes, failure: Option<&Failure>) -> Attributes {
    let Some(failure) = failure else { return attributes };
    attributes
        .text_if("wayfarer.failure.actual", failure.actual.as_ref())
        .text_if("wayfarer.failure.expected", failure.expected.as_ref())
        .text_if("wayfarer.failure.source", failure.source.as_ref().map(ToString::to_string))
}

fn verdicts_status(verdict: Verdict, message: Option<&str>) -> Status {
    match verdict {
        Verdict::Passed | Verdict::Degraded => Status::ok(),
        Verdict::Failed | Verdict::Broken | Verdict::Inconclusive => {
            Status::error(message.unwrap_or_default())
        }
        Verdict::Missed | Verdict::Skipped | Verdict::Cancelled => Status::default(),
    }
}

/// Nanoseconds of unix time.
fn nanos(at: UnixMillis, after: Micros) -> u64 {
    at.0.saturating_mul(1_000_000).saturating_add(after.0.saturating_mul(1_000))
}
