//! One attempt as it travels: the API's own shape of [`AttemptReport`], with its own schema.
//!
//! Durations are whole microseconds in fields that end in `_us`, counted from the attempt's start if they are instants.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::failure::{Failure, FailureKind, SourceLocation};
use wayfarer_model::ids::{ComponentDigest, JourneyName, LocationName, RunId, TenantName};
use wayfarer_model::report::{
    AnnotationRecord, ArtifactRecord, AttemptReport, CheckRecord, Disclosure, LogRecord, MetricRecord,
    Recording, ReducedTraffic, StepOutcome, StepRecord,
};
use wayfarer_model::trace_context::{SpanPlace, TraceId};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

use super::exchange_body::ExchangeBody;
use super::request_body::RequestBody;

/// An attempt with everything that it recorded
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AttemptBody {
    pub(crate) context: ContextBody,
    /// SHA-256 of the component; zeros for a check without code
    #[schema(value_type = String)]
    pub(crate) component: ComponentDigest,
    /// The settings of the engine that could affect the result
    pub(crate) fingerprint: String,
    /// When it started, in unix milliseconds
    pub(crate) started_at: u64,
    /// On the attempt clock
    pub(crate) duration_us: u64,
    /// Processor time charged
    pub(crate) cpu_us: u64,
    /// How long the runner itself did not run meanwhile
    pub(crate) stall_us: u64,
    /// The most memory that it held at a time, in bytes
    pub(crate) memory_peak: u64,
    #[schema(value_type = String)]
    pub(crate) verdict: Verdict,
    /// Why it has this verdict
    #[schema(value_type = String)]
    pub(crate) reason: Reason,
    /// The failure that decided the verdict
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureBody>,
    pub(crate) recording: RecordingBody,
}

/// Which attempt of which run
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ContextBody {
    #[schema(value_type = String)]
    pub(crate) run_id: RunId,
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// When the run was due or asked for, in unix milliseconds
    pub(crate) slot: u64,
    /// From 1; a retry is an attempt
    pub(crate) number: u32,
    #[schema(value_type = String)]
    pub(crate) location: LocationName,
    /// `scheduled`, `confirm` or `manual`
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
}

/// Why a step, a check or an attempt did not succeed
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FailureBody {
    pub(crate) message: String,
    /// `check`, `panic`, `unmet` or `error`
    #[schema(value_type = String)]
    pub(crate) kind: FailureKind,
    /// Whether it ended a wait for something to become true
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) eventually: bool,
    /// The number of the request that it is about, from 0: its place among `requests`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<u32>,
    /// The number of the check that did not hold, from 0: its place among `checks`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) check: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<SourceBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actual: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
}

/// A place in the journey's source
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SourceBody {
    /// The path as the author knows it
    pub(crate) file: String,
    /// From 1; 0 if unknown
    pub(crate) line: u32,
    /// From 1; 0 if unknown
    pub(crate) column: u32,
}

/// What an attempt recorded until it ended
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RecordingBody {
    /// In the order in which they began; a step's number is its place
    pub(crate) steps: Vec<StepBody>,
    pub(crate) checks: Vec<CheckBody>,
    /// One for each hop, in the order in which they began
    pub(crate) requests: Vec<RequestBody>,
    /// Heads and bodies, in the order of their requests: of some, if the attempt did not pass, and of most, if it is a sample
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) exchanges: Vec<ExchangeBody>,
    pub(crate) metrics: Vec<MetricBody>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) annotations: Vec<AnnotationBody>,
    pub(crate) logs: Vec<LogBody>,
    /// Bytes of log lines beyond the limit
    pub(crate) logs_dropped_bytes: u64,
    pub(crate) artifacts: Vec<ArtifactBody>,
    /// Set if the tenant's stored bytes were used up: then only the first steps are left, and these sums
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reduced: Option<ReducedBody>,
}

/// What is left of the requests of a recording that was reduced
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReducedBody {
    /// How many there were
    pub(crate) requests: u64,
    /// Bytes of bodies sent
    pub(crate) sent_bytes: u64,
    /// Bytes of bodies received
    pub(crate) received_bytes: u64,
}

/// A step
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StepBody {
    /// The number of the step around it
    pub(crate) parent: Option<u32>,
    pub(crate) name: String,
    pub(crate) started_us: u64,
    pub(crate) duration_us: u64,
    /// `passed`, `failed` or `open`
    #[schema(value_type = String)]
    pub(crate) outcome: StepOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureBody>,
}

/// A check
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CheckBody {
    /// The number of the current step
    pub(crate) step: Option<u32>,
    pub(crate) at_us: u64,
    /// What is expected, in words
    pub(crate) name: String,
    /// Whether its failure degrades the run instead of failing it
    pub(crate) is_soft: bool,
    pub(crate) is_passed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actual: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<SourceBody>,
}

/// A figure that the journey measured
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct MetricBody {
    /// The number of the current step
    pub(crate) step: Option<u32>,
    pub(crate) at_us: u64,
    pub(crate) name: String,
    pub(crate) value: f64,
    /// Empty for a bare number
    pub(crate) unit: String,
    /// Pairs of a name and a value, which tell figures of one name apart
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub(crate) labels: Vec<(String, String)>,
}

/// A value that the journey noted about a step or about the run
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AnnotationBody {
    /// The number of the current step
    pub(crate) step: Option<u32>,
    pub(crate) at_us: u64,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A line of the run's log
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LogBody {
    /// The number of the current step
    pub(crate) step: Option<u32>,
    pub(crate) at_us: u64,
    /// `trace`, `debug`, `info`, `warn`, `error`; `stdout` or `stderr` if the guest printed it
    pub(crate) level: String,
    pub(crate) message: String,
    /// Named values: pairs of a name and a value
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Vec<String>>)]
    pub(crate) fields: Vec<(String, String)>,
}

/// A file that the journey kept, without its content
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ArtifactBody {
    /// The number of the current step
    pub(crate) step: Option<u32>,
    pub(crate) at_us: u64,
    pub(crate) name: String,
    pub(crate) media_type: String,
    /// The length of the content, in bytes
    #[serde(default)]
    pub(crate) size: u64,
}

fn all<T: Into<U>, U>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(Into::into).collect()
}

impl From<AttemptReport> for AttemptBody {
    fn from(report: AttemptReport) -> Self {
        let AttemptReport {
            context,
            component,
            fingerprint,
            started_at,
            duration_us,
            cpu_us,
            stall_us,
            memory_peak,
            verdict,
            reason,
            failure,
            recording,
            // For the audit trail.
            disclosure: _,
        } = report;
        let recording = RecordingBody::new(&context, recording);
        Self {
            context: context.into(),
            component,
            fingerprint,
            started_at: started_at.0,
            duration_us: duration_us.0,
            cpu_us: cpu_us.0,
            stall_us: stall_us.0,
            memory_peak: memory_peak.0,
            verdict,
            reason,
            failure: failure.map(Into::into),
            recording,
        }
    }
}

impl From<AttemptBody> for AttemptReport {
    fn from(body: AttemptBody) -> Self {
        let AttemptBody {
            context,
            component,
            fingerprint,
            started_at,
            duration_us,
            cpu_us,
            stall_us,
            memory_peak,
            verdict,
            reason,
            failure,
            recording,
        } = body;
        Self {
            context: context.into(),
            component,
            fingerprint,
            started_at: UnixMillis(started_at),
            duration_us: Micros(duration_us),
            cpu_us: Micros(cpu_us),
            stall_us: Micros(stall_us),
            memory_peak: Bytes(memory_peak),
            verdict,
            reason,
            failure: failure.map(Into::into),
            recording: recording.into(),
            disclosure: Disclosure::default(),
        }
    }
}

impl From<AttemptContext> for ContextBody {
    fn from(context: AttemptContext) -> Self {
        let AttemptContext { run_id, tenant, journey, slot, number, location, lane } = context;
        Self { run_id, tenant, journey, slot: slot.0, number, location, lane }
    }
}

impl From<ContextBody> for AttemptContext {
    fn from(body: ContextBody) -> Self {
        let ContextBody { run_id, tenant, journey, slot, number, location, lane } = body;
        Self { run_id, tenant, journey, slot: UnixMillis(slot), number, location, lane }
    }
}

impl From<Failure> for FailureBody {
    fn from(failure: Failure) -> Self {
        let Failure { message, kind, eventually, request, check, source, actual, expected } = failure;
        let source = source.map(Into::into);
        Self { message, kind, eventually, request, check, source, actual, expected }
    }
}

impl From<FailureBody> for Failure {
    fn from(body: FailureBody) -> Self {
        let FailureBody { message, kind, eventually, request, check, source, actual, expected } = body;
        let source = source.map(Into::into);
        Self { message, kind, eventually, request, check, source, actual, expected }
    }
}

impl From<SourceLocation> for SourceBody {
    fn from(SourceLocation { file, line, column }: SourceLocation) -> Self {
        Self { file, line, column }
    }
}

impl From<SourceBody> for SourceLocation {
    fn from(SourceBody { file, line, column }: SourceBody) -> Self {
        Self { file, line, column }
    }
}

impl RecordingBody {
    fn new(attempt: &AttemptContext, recording: Recording) -> Self {
        let Recording {
            steps,
            checks,
            traffic,
            exchanges,
            metrics,
            annotations,
            logs,
            logs_dropped_bytes,
            artifacts,
            reduced,
        } = recording;
        let trace = TraceId::of(attempt.run_id);
        let span = |number| trace.span(SpanPlace::Request(attempt.number, number));
        let requests = traffic.into_iter().zip(0..);
        Self {
            steps: all(steps),
            checks: all(checks),
            requests: requests.map(|(record, number)| RequestBody::new(record, span(number))).collect(),
            exchanges: all(exchanges),
            metrics: all(metrics),
            annotations: all(annotations),
            logs: all(logs),
            logs_dropped_bytes,
            artifacts: all(artifacts),
            reduced: reduced.map(Into::into),
        }
    }
}

impl From<RecordingBody> for Recording {
    fn from(body: RecordingBody) -> Self {
        let RecordingBody {
            steps,
            checks,
            requests,
            exchanges,
            metrics,
            annotations,
            logs,
            logs_dropped_bytes,
            artifacts,
            reduced,
        } = body;
        Self {
            steps: all(steps),
            checks: all(checks),
            traffic: all(requests),
            exchanges: all(exchanges),
            metrics: all(metrics),
            annotations: all(annotations),
            logs: all(logs),
            logs_dropped_bytes,
            artifacts: all(artifacts),
            reduced: reduced.map(Into::into),
        }
    }
}

impl From<ReducedTraffic> for ReducedBody {
    fn from(ReducedTraffic { requests, sent_bytes, received_bytes }: ReducedTraffic) -> Self {
        Self { requests, sent_bytes, received_bytes }
    }
}

impl From<ReducedBody> for ReducedTraffic {
    fn from(ReducedBody { requests, sent_bytes, received_bytes }: ReducedBody) -> Self {
        Self { requests, sent_bytes, received_bytes }
    }
}

impl From<StepRecord> for StepBody {
    fn from(record: StepRecord) -> Self {
        let StepRecord { parent, name, started_us, duration_us, outcome, failure } = record;
        let (started_us, duration_us) = (started_us.0, duration_us.0);
        Self { parent, name, started_us, duration_us, outcome, failure: failure.map(Into::into) }
    }
}

impl From<StepBody> for StepRecord {
    fn from(body: StepBody) -> Self {
        let StepBody { parent, name, started_us, duration_us, outcome, failure } = body;
        let (started_us, duration_us) = (Micros(started_us), Micros(duration_us));
        Self { parent, name, started_us, duration_us, outcome, failure: failure.map(Into::into) }
    }
}

impl From<CheckRecord> for CheckBody {
    fn from(record: CheckRecord) -> Self {
        let CheckRecord { step, at_us, name, is_soft, is_passed, actual, expected, source } = record;
        let source = source.map(Into::into);
        Self { step, at_us: at_us.0, name, is_soft, is_passed, actual, expected, source }
    }
}

impl From<CheckBody> for CheckRecord {
    fn from(body: CheckBody) -> Self {
        let CheckBody { step, at_us, name, is_soft, is_passed, actual, expected, source } = body;
        let source = source.map(Into::into);
        Self { step, at_us: Micros(at_us), name, is_soft, is_passed, actual, expected, source }
    }
}

impl From<MetricRecord> for MetricBody {
    fn from(MetricRecord { step, at_us, name, value, unit, labels }: MetricRecord) -> Self {
        Self { step, at_us: at_us.0, name, value, unit, labels }
    }
}

impl From<AnnotationRecord> for AnnotationBody {
    fn from(AnnotationRecord { step, at_us, name, value }: AnnotationRecord) -> Self {
        Self { step, at_us: at_us.0, name, value }
    }
}

impl From<AnnotationBody> for AnnotationRecord {
    fn from(AnnotationBody { step, at_us, name, value }: AnnotationBody) -> Self {
        Self { step, at_us: Micros(at_us), name, value }
    }
}

impl From<MetricBody> for MetricRecord {
    fn from(MetricBody { step, at_us, name, value, unit, labels }: MetricBody) -> Self {
        Self { step, at_us: Micros(at_us), name, value, unit, labels }
    }
}

impl From<LogRecord> for LogBody {
    fn from(LogRecord { step, at_us, level, message, fields }: LogRecord) -> Self {
        Self { step, at_us: at_us.0, level, message, fields }
    }
}

impl From<LogBody> for LogRecord {
    fn from(LogBody { step, at_us, level, message, fields }: LogBody) -> Self {
        Self { step, at_us: Micros(at_us), level, message, fields }
    }
}

impl From<ArtifactRecord> for ArtifactBody {
    fn from(record: ArtifactRecord) -> Self {
        let ArtifactRecord { step, at_us, name, media_type, size, content: _ } = record;
        Self { step, at_us: at_us.0, name, media_type, size }
    }
}

impl From<ArtifactBody> for ArtifactRecord {
    fn from(ArtifactBody { step, at_us, name, media_type, size }: ArtifactBody) -> Self {
        Self { step, at_us: Micros(at_us), name, media_type, size, content: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::samples;

    #[test]
    fn an_attempt_survives_the_way() {
        for report in [
            samples::passed(1),
            samples::failed(2),
            samples::degraded(),
            samples::open(),
            samples::answered_wrong(),
        ] {
            let sent = serde_json::to_string(&AttemptBody::from(report.clone())).unwrap();
            let again: AttemptBody = serde_json::from_str(&sent).unwrap();
            assert_eq!(AttemptReport::from(again), report, "{sent}");
        }
    }
}
