//! What flakes, as the API shows it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{JourneyName, TenantName};

/// Something that fails now and then: a retry made these runs good
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FlakeInfo {
    /// The tenant that owns the journey
    #[schema(value_type = String)]
    pub(crate) tenant: TenantName,
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// The innermost step that failed; none outside of steps
    pub(crate) step: Option<String>,
    /// The check that failed; none where no check did
    pub(crate) check: Option<String>,
    /// The reason of the failed attempt
    pub(crate) reason: String,
    /// Counted runs with such an attempt
    pub(crate) runs: u64,
    /// Runs of the journey that rates count, flaky or not
    pub(crate) counted: u64,
    /// Between these lies the true share of such runs, with 95 % confidence (Wilson's interval)
    pub(crate) interval: [f64; 2],
    /// The slot of the newest such run, in unix milliseconds
    pub(crate) last_ms: u64,
}
