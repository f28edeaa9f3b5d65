//! Tenants and their kill switches as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::ids::TenantName;

/// The tenant that is meant
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfTenant {
    /// The tenant; the token's own by default
    #[param(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
}

/// A tenant of the runner
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TenantInfo {
    /// Its name
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    /// Its name for people
    pub(crate) title: Option<String>,
    /// How many of its runs may be in flight at a time
    pub(crate) runs: u32,
    /// How many runs it may make a day (UTC); none if there is no limit
    pub(crate) runs_per_day: Option<u64>,
    /// How many journeys it has deployed
    pub(crate) journeys: usize,
    /// How many journeys it may have deployed
    pub(crate) most_journeys: u32,
    /// What its recordings have in the database, in bytes
    pub(crate) stored_bytes: u64,
    /// What they may have; none if there is no limit
    pub(crate) most_stored_bytes: Option<u64>,
    /// The kill switch that is thrown, its own or the whole runner's
    #[serde(default)]
    pub(crate) stopped: Option<StopInfo>,
}

/// A kill switch that is thrown
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StopInfo {
    /// Since when, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Who threw it
    pub(crate) by: String,
    /// The person's words; may be empty
    pub(crate) note: String,
    /// Whether it is the whole runner's
    pub(crate) all_tenants: bool,
}
