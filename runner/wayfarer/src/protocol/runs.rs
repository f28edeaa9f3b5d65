//! Runs as the API shows them, and the query that chooses them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::context::Lane;
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::ids::{JourneyName, LocationName, RunId, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{MaintenanceKey, RunRow, RunningRow};

/// One run, or a slot that ended without one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunInfo {
    /// Its public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// Grows with each; for `after`
    pub(crate) cursor: i64,
    /// Whose journey
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Which journey
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// Where
    #[schema(value_type = String)]
    pub(crate) location: LocationName,
    /// Why it happened
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
    /// When it was due or asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// The same as RFC 3339
    pub(crate) slot_at: String,
    /// The journey's version
    pub(crate) version: u32,
    /// When it was handed out, in unix milliseconds
    pub(crate) started_ms: Option<u64>,
    /// When it ended, in unix milliseconds
    pub(crate) finished_ms: u64,
    /// The last attempt's duration, in microseconds
    pub(crate) duration_us: Option<u64>,
    /// Its word
    #[schema(value_type = String)]
    pub(crate) verdict: Verdict,
    /// The first attempt's word
    #[schema(value_type = Option<String>)]
    pub(crate) first_verdict: Option<Verdict>,
    /// Why
    #[schema(value_type = String)]
    pub(crate) reason: Reason,
    /// How many attempts
    pub(crate) attempts: u32,
    /// The maintenance window in which it was due
    #[serde(default)]
    pub(crate) maintenance: Option<i64>,
    /// The failure that decided
    pub(crate) message: Option<String>,
}

impl From<RunRow> for RunInfo {
    fn from(row: RunRow) -> Self {
        Self {
            run: row.id,
            cursor: row.cursor.0,
            tenant: row.tenant,
            journey: row.journey,
            location: row.location,
            lane: row.lane,
            slot_ms: row.slot.0,
            slot_at: row.slot.rfc3339(),
            version: row.version,
            started_ms: row.started.map(|at| at.0),
            finished_ms: row.finished.0,
            duration_us: row.duration.map(|duration| duration.0),
            verdict: row.verdict,
            first_verdict: row.first_verdict,
            reason: row.reason,
            attempts: row.attempts,
            maintenance: row.maintenance.map(MaintenanceKey::number),
            message: row.message,
        }
    }
}

/// A run with everything that was recorded of it
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunInFull {
    /// The run
    pub(crate) run: RunInfo,
    /// The version that it ran
    #[schema(value_type = Object)]
    pub(crate) spec: JourneySpec,
    /// Every attempt, the first one first
    #[schema(value_type = Vec<Object>)]
    pub(crate) attempts: Vec<AttemptReport>,
}

/// A run under way
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunningInfo {
    /// Its public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// Whose journey
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Which journey
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// Why it happens
    #[schema(value_type = String)]
    pub(crate) lane: Lane,
    /// When it was due or asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// When it was handed out, in unix milliseconds
    pub(crate) started_ms: u64,
}

impl From<RunningRow> for RunningInfo {
    fn from(row: RunningRow) -> Self {
        let RunningRow { id, tenant, journey, lane, slot, started } = row;
        Self { run: id, tenant, journey, lane, slot_ms: slot.0, started_ms: started.0 }
    }
}

/// What was triggered
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TriggeredInfo {
    /// The run's public id
    #[schema(value_type = String)]
    pub(crate) run: RunId,
    /// When it was asked for, in unix milliseconds
    pub(crate) slot_ms: u64,
    /// Its word; none while it is under way
    #[schema(value_type = Option<String>)]
    pub(crate) verdict: Option<Verdict>,
    /// Why
    #[schema(value_type = Option<String>)]
    pub(crate) reason: Option<Reason>,
}

/// Which runs
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
pub(crate) struct RunQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Of this journey
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journey: Option<JourneyName>,
    /// With one of these words, separated by commas
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
    /// Of this lane
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lane: Option<Lane>,
    /// Whose slot is at or after this, in unix milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since_ms: Option<u64>,
    /// Whose slot is before this, in unix milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
    /// Written after the one with this cursor; then the oldest comes first
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<i64>,
    /// How long to wait for one, in milliseconds, where there is none yet; a minute at most
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wait_ms: Option<u64>,
    /// As many at the most; 50 by default, 1,000 at the most
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}
