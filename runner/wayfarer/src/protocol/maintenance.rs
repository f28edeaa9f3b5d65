//! Maintenance windows as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::schedule::Timezone;

/// A maintenance window to be planned: once, until an instant, or every week
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MaintenanceRequest {
    /// The tenant whose journeys it covers; the token's own by default
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// Whether it covers every tenant's journeys
    pub(crate) all_tenants: bool,
    /// The tenant's journeys that it covers; empty: all
    #[schema(value_type = Vec<String>)]
    pub(crate) journeys: Vec<JourneyName>,
    /// `skip`: slots are skipped; `mute`: they run and do not count
    #[schema(value_type = String)]
    pub(crate) mode: MaintenanceMode,
    /// The person's words; may be empty
    pub(crate) note: String,
    /// Once: when it begins, in unix milliseconds; now by default
    pub(crate) from_ms: Option<u64>,
    /// Once: when it ends, in unix milliseconds
    pub(crate) until_ms: Option<u64>,
    /// Every week: such as `sat,sun 02:00-04:00`
    pub(crate) weekly: Option<String>,
    /// The timezone of these times; UTC where nothing is said
    #[schema(value_type = Option<String>)]
    pub(crate) timezone: Option<Timezone>,
}

/// Where a maintenance window is in relation to now
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MaintenancePhase {
    /// In force
    InForce,
    /// Not in force now, and in force again later
    Planned,
    /// Over, or ended by a person
    Over,
}

/// A maintenance window
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct MaintenanceInfo {
    /// Its number
    pub(crate) id: i64,
    /// The tenant whose journeys it covers; none: every tenant's
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// The journeys that it covers; empty: all
    #[schema(value_type = Vec<String>)]
    pub(crate) journeys: Vec<JourneyName>,
    /// `skip` or `mute`
    #[schema(value_type = String)]
    pub(crate) mode: MaintenanceMode,
    /// Once: when it begins, in unix milliseconds
    pub(crate) from_ms: Option<u64>,
    /// Once: when it ends, in unix milliseconds
    pub(crate) until_ms: Option<u64>,
    /// Every week: on these days, at these times
    pub(crate) weekly: Option<String>,
    /// Where these times are
    #[schema(value_type = Option<String>)]
    pub(crate) timezone: Option<Timezone>,
    /// When it was planned, in unix milliseconds
    pub(crate) planned_ms: u64,
    /// Who planned it
    pub(crate) planned_by: String,
    /// The person's words; may be empty
    pub(crate) note: String,
    /// When a person ended it early, in unix milliseconds
    pub(crate) ended_ms: Option<u64>,
    /// Who ended it early
    pub(crate) ended_by: Option<String>,
    /// Where it is in relation to now
    pub(crate) phase: MaintenancePhase,
    /// When it is in force next, in unix milliseconds
    pub(crate) next_ms: Option<u64>,
}
