//! Runs as the API shows them, and the query that chooses them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::{JourneyName, LocationName, RunId, RunPrefix, TenantName};
use wayfarer_model::verdict::{Reason, Verdict};

use super::{AttemptBody, JourneyBody, VoidNote};

/// One run, or a slot that ended without one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunInfo {
    /// Its public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// Grows with each row; for `after`
    pub(crate) cursor: i64,
    /// The journey's owner
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// Where it happened
    #[schema(value_type = String)]
    pub(crate) location: LocationName,
    /// `scheduled`, `confirm` or `manual`
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
    /// When it was due or asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// The same as RFC 3339
    pub(crate) slot_at: String,
    /// The journey's version
    pub(crate) version: u32,
    /// The revision of the source that the version's deployment named
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    /// The labels of that deployment
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
    /// When its first attempt was dispatched, in unix milliseconds
    pub(crate) started_ms: Option<u64>,
    /// When it ended, in unix milliseconds
    pub(crate) finished_ms: u64,
    /// The last attempt's duration, in microseconds
    pub(crate) duration_us: Option<u64>,
    #[schema(value_type = String)]
    pub(crate) verdict: Verdict,
    /// The first attempt's verdict
    #[schema(value_type = Option<String>)]
    pub(crate) first_verdict: Option<Verdict>,
    /// Why it has this verdict
    #[schema(value_type = String)]
    pub(crate) reason: Reason,
    /// How many attempts
    pub(crate) attempts: u32,
    /// The maintenance window in which it was due
    #[serde(default)]
    pub(crate) maintenance: Option<i64>,
    /// Who took it out of the rates; none for a run that counts as its verdict says
    #[serde(default)]
    pub(crate) void: Option<VoidNote>,
    /// The failure that decided the verdict
    pub(crate) message: Option<String>,
    /// Equal for equal failures of a journey; absent if nothing failed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
    /// The innermost step that failed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed_step: Option<String>,
}

/// A run with everything that was recorded of it
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunInFull {
    /// The run
    pub(crate) run: RunInfo,
    /// The id of its trace, as exported by OTLP and as targets see it in `traceparent`
    pub(crate) trace_id: String,
    /// The version of the journey that it ran
    pub(crate) spec: JourneyBody,
    /// Every attempt, the first one first
    pub(crate) attempts: Vec<AttemptBody>,
}

/// The runs of a journey around one of them
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct NeighboursInfo {
    /// The one of the slot before, in the same lane
    #[schema(value_type = Option<String>)]
    pub(crate) previous: Option<RunId>,
    /// The one of the slot after, in the same lane
    #[schema(value_type = Option<String>)]
    pub(crate) next: Option<RunId>,
    /// The last good one before, in any lane
    #[schema(value_type = Option<String>)]
    pub(crate) last_good: Option<RunId>,
}

/// A run in flight
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunningInfo {
    /// Its public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// The journey's owner
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// `scheduled`, `confirm` or `manual`
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
    /// When it was due or asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// When its first attempt was dispatched, in unix milliseconds
    pub(crate) started_ms: u64,
}

/// A run that was triggered
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TriggeredInfo {
    /// The run's public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// When it was asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// None while it is in flight
    #[schema(value_type = Option<String>)]
    pub(crate) verdict: Option<Verdict>,
    /// Why it has this verdict
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Reason>,
}

/// What a run that a person asks for differs in
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct TriggerRequest {
    /// Values of parameters for this run alone, in place of those of the version
    #[serde(default)]
    pub(crate) params: BTreeMap<String, String>,
}

/// The runs that are wanted
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// The tenant; the token's own by default
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Runs of this journey
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journey: Option<JourneyName>,
    /// Runs with one of these verdicts, separated by commas
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
    /// Runs of this lane
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lane: Option<Lane>,
    /// Slots at or after this instant, in unix milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since_ms: Option<u64>,
    /// Slots before this instant, in unix milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
    /// Runs whose public id begins with these hexadecimal digits, at least four
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<RunPrefix>,
    /// Runs with this annotation: its name, `=`, and its value
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) annotation: Option<String>,
    /// Runs written before the one with this cursor, the newest first: the cursor of a page's last run leads to the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<i64>,
    /// Runs written after the one with this cursor, the oldest first
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<i64>,
    /// How long to wait for one if there is none yet, in milliseconds; a minute at most
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wait_ms: Option<u64>,
    /// How many at most; 50 by default, never more than 1,000
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}
