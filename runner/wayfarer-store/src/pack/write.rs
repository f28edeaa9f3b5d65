//! From a report to the packed text. Each function writes one entry's values in the order of its layout.

use std::borrow::Cow;

use wayfarer_model::exchange::ExchangeRecord;
use wayfarer_model::fingerprint::FailureOrigin;
use wayfarer_model::report::{
    AnnotationRecord, ArtifactRecord, AttemptReport, CheckRecord, LogRecord, MetricRecord, ReducedTraffic,
    StepOutcome, StepRecord,
};
use wayfarer_model::traffic::{HttpFacts, TrafficRecord};

use super::failure::{PackedError, PackedFailure};
use super::layout::{
    ANNOTATIONS, ARTIFACTS, CHECKS, DROPPED, EXCHANGES, FAILURE, LOGS, METRICS, ORIGIN, ORIGINS, PEERS,
    REDUCED, REQUESTS, STEPS,
};
use super::row::{Row, Text};

/// Packs everything but what has columns of its own. `origin` is the failure's.
pub(crate) fn pack(report: &AttemptReport, origin: Option<&FailureOrigin>) -> String {
    let recording = &report.recording;
    let requests: Vec<Request<'_>> =
        recording.traffic.iter().map(|record| (record, record.kind.as_request())).collect();
    let tables = Tables::of(&requests);
    let mut text = Text::new();
    let mut is_first = true;
    text.raw("{");
    text.table(&mut is_first, STEPS.key, &recording.steps, step);
    text.table(&mut is_first, CHECKS.key, &recording.checks, check);
    text.table(&mut is_first, PEERS.key, &tables.peers, peer);
    let mut places = tables.places.iter();
    text.table(&mut is_first, REQUESTS.key, &requests, |row, (record, http)| {
        request(row, record, http, places.next().copied().unwrap_or_default());
    });
    text.table(&mut is_first, EXCHANGES.key, &recording.exchanges, exchange);
    text.table(&mut is_first, METRICS.key, &recording.metrics, metric);
    text.table(&mut is_first, ANNOTATIONS.key, &recording.annotations, annotation);
    text.table(&mut is_first, LOGS.key, &recording.logs, log);
    text.table(&mut is_first, ARTIFACTS.key, &recording.artifacts, artifact);
    if !tables.origins.is_empty() {
        text.key(&mut is_first, ORIGINS);
        text.value(&tables.origins);
    }
    if let Some(failure) = &report.failure {
        text.key(&mut is_first, FAILURE);
        text.value(&PackedFailure::from(failure));
    }
    if let Some(FailureOrigin { step, check, fingerprint }) = origin {
        text.key(&mut is_first, ORIGIN);
        text.row(|row| {
            row.value(fingerprint);
            row.optional(step.as_ref());
            row.optional(check.as_ref());
        });
    }
    if recording.logs_dropped_bytes > 0 {
        text.key(&mut is_first, DROPPED);
        text.value(&recording.logs_dropped_bytes);
    }
    if let Some(ReducedTraffic { requests, sent_bytes, received_bytes }) = recording.reduced {
        text.key(&mut is_first, REDUCED);
        text.value(&[requests, sent_bytes, received_bytes]);
    }
    text.raw("}");
    text.finish()
}

fn step(row: &mut Row<'_>, step: &StepRecord) {
    row.value(&step.name);
    row.value(&step.started_us);
    row.value(&step.duration_us);
    row.number(match step.outcome {
        StepOutcome::Passed => 0,
        StepOutcome::Failed => 1,
        StepOutcome::Open => 2,
    });
    row.optional(step.parent.as_ref());
    row.optional(step.failure.as_ref().map(PackedFailure::from).as_ref());
}

fn check(row: &mut Row<'_>, check: &CheckRecord) {
    row.value(&check.name);
    row.value(&check.at_us);
    row.optional(check.step.as_ref());
    row.number(u64::from(check.is_soft) | (u64::from(!check.is_passed) << 1));
    row.optional(check.actual.as_ref());
    row.optional(check.expected.as_ref());
    if let Some(source) = &check.source {
        row.nested(|row| {
            row.value(&source.file);
            row.number(source.line.into());
            row.number(source.column.into());
        });
    }
}

/// The heads alone: bodies are rows of the table `body`, because several exchanges share a content.
fn exchange(row: &mut Row<'_>, exchange: &ExchangeRecord) {
    let ExchangeRecord { request, sent, received } = exchange;
    let is_received_cut = received.as_ref().is_some_and(|answer| answer.body.is_cut);
    row.value(request);
    row.value(&sent.headers);
    row.number(sent.headers_left_out.into());
    row.number(
        u64::from(sent.body.is_cut)
            | (u64::from(received.is_some()) << 1)
            | (u64::from(is_received_cut) << 2),
    );
    if let Some(answer) = received {
        row.value(&answer.headers);
        row.number(answer.headers_left_out.into());
    }
}

fn metric(row: &mut Row<'_>, metric: &MetricRecord) {
    row.value(&metric.name);
    row.optional(metric.step.as_ref());
    row.value(&metric.at_us);
    row.value(&metric.value);
    row.optional(Some(&metric.unit).filter(|unit| !unit.is_empty()));
    row.optional(Some(&metric.labels).filter(|labels| !labels.is_empty()));
}

fn annotation(row: &mut Row<'_>, annotation: &AnnotationRecord) {
    row.value(&annotation.name);
    row.value(&annotation.value);
    row.value(&annotation.at_us);
    row.optional(annotation.step.as_ref());
}

fn log(row: &mut Row<'_>, log: &LogRecord) {
    row.value(&log.at_us);
    row.value(&log.level);
    row.value(&log.message);
    row.optional(log.step.as_ref());
    row.optional(Some(&log.fields).filter(|fields| !fields.is_empty()));
}

fn artifact(row: &mut Row<'_>, artifact: &ArtifactRecord) {
    row.value(&artifact.name);
    row.value(&artifact.media_type);
    row.value(&artifact.size);
    row.optional(artifact.step.as_ref());
    row.value(&artifact.at_us);
}

/// A record, and what only its kind knows in the fields of a request.
type Request<'a> = (&'a TrafficRecord, Cow<'a, HttpFacts>);

type Peer<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<i64>);

fn peer(row: &mut Row<'_>, peer: &Peer<'_>) {
    row.optional(peer.0);
    row.optional(peer.1);
    row.optional(peer.2);
    row.optional(peer.3.as_ref());
}

/// Where a request's origin and peer stand in the tables.
#[derive(Clone, Copy, Default)]
struct Places {
    origin: usize,
    path_at: usize,
    peer: Option<usize>,
}

/// What requests have in common, told once.
#[derive(Default)]
struct Tables<'a> {
    origins: Vec<&'a str>,
    peers: Vec<Peer<'a>>,
    places: Vec<Places>,
}

impl<'a> Tables<'a> {
    fn of(requests: &'a [Request<'_>]) -> Self {
        let mut tables = Self::default();
        for (request, http) in requests {
            let path_at = path_at(&http.url);
            let origin = place_of(&mut tables.origins, http.url.get(..path_at).unwrap_or_default());
            let peer = (
                http.protocol.as_deref(),
                request.remote_address.as_deref(),
                request.tls_version.as_deref(),
                request.certificate_expires_ms,
            );
            let peer = (peer != (None, None, None, None)).then(|| place_of(&mut tables.peers, peer));
            tables.places.push(Places { origin, path_at, peer });
        }
        tables
    }
}

fn place_of<T: PartialEq>(known: &mut Vec<T>, value: T) -> usize {
    known.iter().position(|other| *other == value).unwrap_or_else(|| {
        known.push(value);
        known.len() - 1
    })
}

/// Where scheme, host and port end.
fn path_at(url: &str) -> usize {
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let after = url.get(host..).unwrap_or_default();
    after.find(['/', '?', '#']).map_or(url.len(), |slash| host + slash)
}

fn request(row: &mut Row<'_>, request: &TrafficRecord, http: &HttpFacts, places: Places) {
    let phases = &request.phases;
    row.optional(request.step.as_ref());
    row.value(&request.started_us);
    row.value(&http.method);
    row.value(&places.origin);
    row.value(http.url.get(places.path_at..).unwrap_or_default());
    row.optional(http.status.as_ref());
    for phase in
        [phases.total_us, phases.dns_us, phases.connect_us, phases.tls_us, phases.wait_us, phases.receive_us]
    {
        row.number(phase.0);
    }
    row.optional(places.peer.as_ref());
    row.number(request.sent_bytes);
    row.number(request.received_bytes);
    row.number(u64::from(request.reused) | (u64::from(http.redirected) << 1));
    row.optional(request.error.as_ref().map(PackedError::from).as_ref());
    row.optional(http.excerpt.as_ref());
}
