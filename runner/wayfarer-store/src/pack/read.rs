//! From the packed text back to a report's parts. Each type has its layout's values in their order.

use std::borrow::Cow;

use serde::Deserialize;
use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::failure::{Failure, SourceLocation};
use wayfarer_model::report::{
    AnnotationRecord, ArtifactRecord, CheckRecord, LogRecord, MetricRecord, Recording, ReducedTraffic,
    StepOutcome, StepRecord,
};
use wayfarer_model::traffic::{HttpFacts, Phases, TrafficKind, TrafficRecord};
use wayfarer_model::units::Micros;

use super::failure::{PackedError, PackedFailure};

#[derive(Deserialize)]
struct PackedStep(
    String,
    Micros,
    Micros,
    #[serde(default)] Option<u8>,
    #[serde(default)] Option<u32>,
    #[serde(default)] Option<PackedFailure<'static>>,
);

#[derive(Deserialize)]
struct PackedCheck(
    String,
    Micros,
    #[serde(default)] Option<u32>,
    #[serde(default)] Option<u8>,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<CheckSource>,
);

#[derive(Deserialize)]
struct CheckSource(String, #[serde(default)] Option<u32>, #[serde(default)] Option<u32>);

#[derive(Deserialize, Default, Clone)]
struct PackedPeer(
    #[serde(default)] Option<String>,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<i64>,
);

#[derive(Deserialize)]
struct PackedRequest {
    step: Option<u32>,
    started: Micros,
    method: String,
    origin: usize,
    path: String,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    dns: Option<u64>,
    #[serde(default)]
    connect: Option<u64>,
    #[serde(default)]
    tls: Option<u64>,
    #[serde(default)]
    wait: Option<u64>,
    #[serde(default)]
    receive: Option<u64>,
    #[serde(default)]
    peer: Option<usize>,
    #[serde(default)]
    sent: Option<u64>,
    #[serde(default)]
    received: Option<u64>,
    #[serde(default)]
    flags: Option<u8>,
    #[serde(default)]
    error: Option<PackedError<'static>>,
    #[serde(default)]
    excerpt: Option<String>,
}

#[derive(Deserialize)]
struct PackedMetric(
    String,
    Option<u32>,
    Micros,
    f64,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<Vec<(String, String)>>,
);

#[derive(Deserialize)]
struct PackedAnnotation(String, String, Micros, #[serde(default)] Option<u32>);

#[derive(Deserialize)]
struct PackedLog(
    Micros,
    String,
    String,
    #[serde(default)] Option<u32>,
    #[serde(default)] Option<Vec<(String, String)>>,
);

#[derive(Deserialize)]
struct PackedArtifact(String, String, u64, Option<u32>, Micros);

#[derive(Deserialize)]
struct PackedExchange(
    u32,
    Vec<(String, String)>,
    #[serde(default)] Option<u32>,
    #[serde(default)] Option<u8>,
    #[serde(default)] Option<Vec<(String, String)>>,
    #[serde(default)] Option<u32>,
);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Packed {
    s: Vec<PackedStep>,
    c: Vec<PackedCheck>,
    o: Vec<String>,
    p: Vec<PackedPeer>,
    r: Vec<PackedRequest>,
    x: Vec<PackedExchange>,
    m: Vec<PackedMetric>,
    n: Vec<PackedAnnotation>,
    l: Vec<PackedLog>,
    a: Vec<PackedArtifact>,
    f: Option<PackedFailure<'static>>,
    d: u64,
    u: Option<(u64, u64, u64)>,
}

/// The recording and the failure that decided. Artifacts and bodies come without their content.
pub(crate) fn unpack(text: &str) -> Result<(Recording, Option<Failure>), serde_json::Error> {
    let packed: Packed = serde_json::from_str(text)?;
    let Packed { s, c, o, p, r, x, m, n, l, a, f, d, u } = packed;
    let recording = Recording {
        steps: s.into_iter().map(step).collect(),
        checks: c.into_iter().map(check).collect(),
        traffic: r.into_iter().map(|request| self::request(request, &o, &p)).collect(),
        exchanges: x.into_iter().map(exchange).collect(),
        metrics: m
            .into_iter()
            .map(|PackedMetric(name, step, at_us, value, unit, labels)| MetricRecord {
                step,
                at_us,
                name,
                value,
                unit: unit.unwrap_or_default(),
                labels: labels.unwrap_or_default(),
            })
            .collect(),
        annotations: n
            .into_iter()
            .map(|PackedAnnotation(name, value, at_us, step)| AnnotationRecord { step, at_us, name, value })
            .collect(),
        logs: l
            .into_iter()
            .map(|PackedLog(at_us, level, message, step, fields)| LogRecord {
                step,
                at_us,
                level,
                message,
                fields: fields.unwrap_or_default(),
            })
            .collect(),
        logs_dropped_bytes: d,
        artifacts: a
            .into_iter()
            .map(|PackedArtifact(name, media_type, size, step, at_us)| ArtifactRecord {
                step,
                at_us,
                name,
                media_type,
                size,
                content: Vec::new(),
            })
            .collect(),
        reduced: u.map(|(requests, sent_bytes, received_bytes)| ReducedTraffic {
            requests,
            sent_bytes,
            received_bytes,
        }),
    };
    Ok((recording, f.map(Into::into)))
}

fn step(PackedStep(name, started_us, duration_us, outcome, parent, failure): PackedStep) -> StepRecord {
    let outcome = match outcome {
        None | Some(0) => StepOutcome::Passed,
        Some(1) => StepOutcome::Failed,
        Some(_) => StepOutcome::Open,
    };
    StepRecord { parent, name, started_us, duration_us, outcome, failure: failure.map(Into::into) }
}

fn check(PackedCheck(name, at_us, step, flags, actual, expected, source): PackedCheck) -> CheckRecord {
    let flags = flags.unwrap_or(0);
    let source = source.map(|CheckSource(file, line, column)| SourceLocation {
        file,
        line: line.unwrap_or(0),
        column: column.unwrap_or(0),
    });
    CheckRecord {
        step,
        at_us,
        name,
        is_soft: flags & 1 != 0,
        is_passed: flags & 2 == 0,
        actual,
        expected,
        source,
    }
}

fn exchange(packed: PackedExchange) -> ExchangeRecord {
    let PackedExchange(request, sent, sent_left_out, flags, received, received_left_out) = packed;
    let flags = flags.unwrap_or(0);
    let message = |headers, left_out: Option<u32>, is_cut| MessageRecord {
        headers,
        headers_left_out: left_out.unwrap_or(0),
        body: BodyRecord { is_cut, ..BodyRecord::default() },
    };
    let received =
        (flags & 2 != 0).then(|| message(received.unwrap_or_default(), received_left_out, flags & 4 != 0));
    ExchangeRecord { request, sent: message(sent, sent_left_out, flags & 1 != 0), received }
}

fn request(request: PackedRequest, origins: &[String], peers: &[PackedPeer]) -> TrafficRecord {
    let micros = |value: Option<u64>| Micros(value.unwrap_or(0));
    let PackedPeer(protocol, remote_address, tls_version, certificate_expires_ms) =
        request.peer.and_then(|place| peers.get(place)).cloned().unwrap_or_default();
    let flags = request.flags.unwrap_or(0);
    TrafficRecord {
        step: request.step,
        started_us: request.started,
        kind: TrafficKind::of_request(HttpFacts {
            method: request.method,
            url: origins.get(request.origin).cloned().unwrap_or_default() + &request.path,
            status: request.status,
            protocol: protocol.map(Cow::Owned),
            redirected: flags & 2 != 0,
            excerpt: request.excerpt,
        }),
        error: request.error.map(Into::into),
        phases: Phases {
            dns_us: micros(request.dns),
            connect_us: micros(request.connect),
            tls_us: micros(request.tls),
            wait_us: micros(request.wait),
            receive_us: micros(request.receive),
            total_us: micros(request.total),
        },
        remote_address,
        tls_version: tls_version.map(Cow::Owned),
        certificate_expires_ms,
        sent_bytes: request.sent.unwrap_or(0),
        received_bytes: request.received.unwrap_or(0),
        reused: flags & 1 != 0,
    }
}
