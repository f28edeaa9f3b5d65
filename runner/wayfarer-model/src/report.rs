//! What one attempt recorded: the result that the sandbox hands on and the store keeps.

use serde::{Deserialize, Serialize};

use crate::context::AttemptContext;
use crate::exchange::ExchangeRecord;
use crate::failure::{Failure, FailureKind, SourceLocation};
use crate::ids::ComponentDigest;
use crate::traffic::TrafficRecord;
use crate::units::{Bytes, Micros, UnixMillis};
use crate::verdict::{Reason, Verdict};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// The guest closed it without a failure.
    Passed,
    /// The guest closed it with a failure.
    Failed,
    /// The attempt ended while it was open, or it was closed with the step around it.
    Open,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The step inside which it was opened; none at the top.
    pub parent: Option<u32>,
    /// Its name.
    pub name: String,
    /// When it began, from the attempt's start.
    pub started_us: Micros,
    /// How long it was open.
    pub duration_us: Micros,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// The current step.
    pub step: Option<u32>,
    /// When, from the attempt's start.
    pub at_us: Micros,
    /// What was expected, in words.
    pub name: String,
    /// Whether its failure makes the run degraded at the worst.
    pub is_soft: bool,
    /// Whether it held.
    pub is_passed: bool,
    /// The actual value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The expected value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Where in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLocation>,
}

impl CheckRecord {
    /// The failure of this check, which is the attempt's check `number`, from 0.
    pub fn failure(&self, number: u32) -> Failure {
        Failure {
            message: format!("check failed: {}", self.name),
            kind: FailureKind::Check,
            eventually: false,
            request: None,
            check: Some(number),
            source: self.source.clone(),
            actual: self.actual.clone(),
            expected: self.expected.clone(),
        }
    }

    /// Whether a failure that a guest returned is of this check, which the guest recorded before. The failure says that
    /// it is of a check, and neither its place in the source nor its values contradict this one.
    pub fn explains(&self, failure: &Failure) -> bool {
        fn agrees<T: PartialEq>(own: Option<&T>, other: Option<&T>) -> bool {
            other.is_none() || own == other
        }
        !self.is_soft
            && !self.is_passed
            && failure.kind == FailureKind::Check
            && agrees(self.source.as_ref(), failure.source.as_ref())
            && agrees(self.actual.as_ref(), failure.actual.as_ref())
            && agrees(self.expected.as_ref(), failure.expected.as_ref())
    }
}

/// One figure that the journey measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricRecord {
    /// The current step.
    pub step: Option<u32>,
    /// When, from the attempt's start.
    pub at_us: Micros,
    /// Its name.
    pub name: String,
    /// The figure, finite.
    pub value: f64,
    /// Free text; empty for a bare number.
    pub unit: String,
    /// Names and values that tell figures of one name apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(String, String)>,
}

/// A value that the journey noted about a step or about the whole run, such as the id of an order. People search by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnotationRecord {
    /// The current step; none for the run.
    pub step: Option<u32>,
    /// When, from the attempt's start.
    pub at_us: Micros,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One line of the run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// The current step.
    pub step: Option<u32>,
    /// When, from the attempt's start.
    pub at_us: Micros,
    /// `trace`, `debug`, `info`, `warn`, `error`; `stdout` or `stderr` where the guest printed it.
    pub level: String,
    /// The line.
    pub message: String,
    /// Named values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
}

/// One file that the journey kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRecord {
    /// The current step.
    pub step: Option<u32>,
    /// When, from the attempt's start.
    pub at_us: Micros,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Bytes of its content, as the journey attached it.
    pub size: u64,
    /// Its content; not part of events.
    #[serde(skip)]
    pub content: Vec<u8>,
}

/// What is left of the requests of a recording that was reduced: their sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReducedTraffic {
    /// How many there were.
    pub requests: u64,
    /// Bytes of bodies sent.
    pub sent_bytes: u64,
    /// Bytes of bodies received.
    pub received_bytes: u64,
}

/// Everything that an attempt recorded up to its end, however it ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recording {
    /// In the order begun; a step's number is its place.
    pub steps: Vec<StepRecord>,
    /// In order.
    pub checks: Vec<CheckRecord>,
    /// In the order begun, whatever the protocol.
    #[serde(rename = "requests")]
    pub traffic: Vec<TrafficRecord>,
    /// Heads and bodies, in the order of their requests: of some, if the attempt did not pass, and of most, if it is a sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<ExchangeRecord>,
    /// In order.
    pub metrics: Vec<MetricRecord>,
    /// In order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<AnnotationRecord>,
    /// In order.
    pub logs: Vec<LogRecord>,
    /// Log bytes that the limit dropped.
    pub logs_dropped_bytes: u64,
    /// In order.
    pub artifacts: Vec<ArtifactRecord>,
    /// Set if the store reduced the recording, because the bytes of its tenant were used up. Only the first steps are left then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reduced: Option<ReducedTraffic>,
}

/// What an attempt did with its secrets that the audit trail tells of. It is not stored with the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disclosure {
    /// The secrets whose values the guest was given: their names, each once, in alphabetical order.
    pub revealed: Vec<String>,
    /// Whether texts were withheld, because values stood in too many places.
    pub texts_withheld: bool,
}

/// One attempt, finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptReport {
    /// Which attempt of which run.
    pub context: AttemptContext,
    /// The component that ran.
    pub component: ComponentDigest,
    /// The settings of the engine that could affect the result.
    pub fingerprint: String,
    /// When the guest's first instruction was due to run.
    pub started_at: UnixMillis,
    /// On the attempt clock.
    pub duration_us: Micros,
    /// Processor time charged.
    pub cpu_us: Micros,
    /// How long the runner itself did not run meanwhile: stopped, suspended, or without a processor.
    pub stall_us: Micros,
    /// The most memory that it held at a time.
    pub memory_peak: Bytes,
    /// What it amounts to.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The failure that decided the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What was recorded.
    pub recording: Recording,
    /// Known to whoever made the attempt.
    #[serde(skip)]
    pub disclosure: Disclosure,
}
