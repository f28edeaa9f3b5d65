//! Deployed journeys as the API shows them, and pauses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::verdict::Verdict;

use super::{JourneyBody, RunInfo};

/// A pause that has not ended
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PauseInfo {
    /// Since when, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Who paused it
    pub(crate) by: String,
    /// The person's words; may be empty
    pub(crate) note: String,
}

/// A journey's results since midnight UTC
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct TodayInfo {
    /// Slots that have a row
    pub(crate) slots: u64,
    /// Runs that count in rates
    pub(crate) counted: u64,
    /// Counted runs that were good
    pub(crate) good: u64,
    /// Counted runs that were good at the first attempt
    pub(crate) good_first_attempt: u64,
    /// Between these lies the true share of good runs, with 95 % confidence (Wilson's interval); 0 and 1 without a counted run
    #[serde(default)]
    pub(crate) good_interval: [f64; 2],
    /// The same of runs that were good at the first attempt
    #[serde(default)]
    pub(crate) good_first_attempt_interval: [f64; 2],
    /// The 95th percentile of good runs' durations, in microseconds
    pub(crate) p95_us: Option<u64>,
}

/// A journey that is deployed
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct JourneyInfo {
    /// Its owner
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// The newest version
    pub(crate) version: u32,
    /// From when on slots are the newest version's, in unix milliseconds
    pub(crate) valid_from_ms: u64,
    /// By whom
    pub(crate) deployed_by: String,
    /// The revision of the source that its deployment named
    #[serde(default)]
    pub(crate) revision: Option<String>,
    /// The labels of its deployment
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    /// The newest version's content
    pub(crate) spec: JourneyBody,
    /// The pause, if it is paused
    pub(crate) paused: Option<PauseInfo>,
    /// Whether a kill switch stops it: its tenant's or the whole runner's
    #[serde(default)]
    pub(crate) stopped: bool,
    /// The maintenance window that is in force for it
    #[serde(default)]
    pub(crate) maintenance: Option<i64>,
    /// Its open incident: one that pages, or else the newest ticket
    #[serde(default)]
    pub(crate) incident: Option<i64>,
    /// What its plain rule means for it; none if it has the rule with a bound
    #[serde(default)]
    pub(crate) false_alarms: Option<FalseAlarmInfo>,
    /// Retries that it made within the last sixty minutes at the server's location
    #[serde(default)]
    pub(crate) retries_this_hour: u32,
    /// The host that gives no useful answer, for which its retries and confirmation runs are spaced out
    #[serde(default)]
    pub(crate) slowed_by: Option<String>,
    /// When its next slot at the server's location is due, in unix milliseconds; none while the server's wall clock has stepped
    pub(crate) next_ms: Option<u64>,
    /// The newest run of any lane
    pub(crate) last: Option<RunInfo>,
    /// The newest scheduled run that rates count
    #[serde(default)]
    pub(crate) last_counted: Option<CountedInfo>,
    pub(crate) today: TodayInfo,
}

/// A run that rates count
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CountedInfo {
    /// Its slot, in unix milliseconds
    pub(crate) slot_ms: u64,
    #[schema(value_type = String)]
    pub(crate) verdict: Verdict,
}

/// How often a plain rule opens an incident of a journey that is well, by the journey's own history
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FalseAlarmInfo {
    /// The rule, such as `2 in a row`
    pub(crate) rule: String,
    /// From one to the next, on average
    pub(crate) looks_between: f64,
    /// The same in seconds, by its last two slots; none before these
    pub(crate) seconds_between: Option<f64>,
}

/// A pause, or a kill switch, that is wanted
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct PauseRequest {
    /// The person's words; may be empty
    #[serde(default)]
    pub(crate) note: String,
}

/// Whether something changed
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct Changed {
    /// False if it was so already
    pub(crate) changed: bool,
}
