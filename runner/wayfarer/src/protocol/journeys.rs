//! Deployed journeys as the API shows them, and what a person may ask of one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::ids::{JourneyName, TenantName};

use super::RunInfo;

/// A pause that lasts
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PauseInfo {
    /// Since when, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Who paused it
    pub(crate) by: String,
    /// Why; may be empty
    pub(crate) note: String,
}

/// How a journey has been since midnight UTC
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct TodayInfo {
    /// Slots that have their row
    pub(crate) slots: u64,
    /// Runs that count
    pub(crate) counted: u64,
    /// Of these, good ones
    pub(crate) good: u64,
    /// Of these, good at the first attempt
    pub(crate) good_first_attempt: u64,
    /// Of good runs, in microseconds
    pub(crate) p95_us: Option<u64>,
}

/// A journey that is deployed
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct JourneyInfo {
    /// Whose
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Its name
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// The newest version
    pub(crate) version: u32,
    /// From when on it owns the slots, in unix milliseconds
    pub(crate) valid_from_ms: u64,
    /// By whom
    pub(crate) deployed_by: String,
    /// What it says
    #[schema(value_type = Object)]
    pub(crate) spec: JourneySpec,
    /// The pause that lasts
    pub(crate) paused: Option<PauseInfo>,
    /// Whether the kill switch of its tenant, or of the whole runner, is thrown
    #[serde(default)]
    pub(crate) stopped: bool,
    /// The maintenance window that is in force for it
    #[serde(default)]
    pub(crate) maintenance: Option<i64>,
    /// When it is started next, in unix milliseconds
    pub(crate) next_ms: Option<u64>,
    /// The newest run of any lane
    pub(crate) last: Option<RunInfo>,
    /// Since midnight UTC
    pub(crate) today: TodayInfo,
}

/// Why a journey is to be paused, or runs are to be stopped
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct PauseRequest {
    /// For those who wonder
    #[serde(default)]
    pub(crate) note: String,
}

/// Whether something changed
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct Changed {
    /// False where it was so already
    pub(crate) changed: bool,
}
