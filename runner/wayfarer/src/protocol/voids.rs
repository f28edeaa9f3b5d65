//! Voids as the API takes and shows them: runs that a person took out of the rates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{JourneyName, RunId, TenantName};

/// Who took a run out of the rates
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VoidNote {
    /// When, in unix milliseconds
    pub(crate) voided_ms: u64,
    /// The name and number of the token
    pub(crate) voided_by: String,
    /// Why the run does not count, in the words of whoever voided it
    pub(crate) note: String,
}

/// Runs of one tenant that are to be taken out of the rates, or put back: by their ids, or by their slots
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VoidRequest {
    /// The tenant; the token's own by default
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// Public ids, 1,000 at most; empty: by slots
    #[schema(value_type = Vec<String>)]
    pub(crate) runs: Vec<RunId>,
    /// By slots: the journey; all of the tenant's by default
    #[schema(value_type = Option<String>)]
    pub(crate) journey: Option<JourneyName>,
    /// By slots: from this instant on, in unix milliseconds
    pub(crate) since_ms: Option<u64>,
    /// By slots: before this instant, in unix milliseconds; now by default
    pub(crate) until_ms: Option<u64>,
    /// Why; needed to take runs out, and not taken to put them back
    pub(crate) note: String,
    /// Whether to answer what would be done, and to do nothing
    pub(crate) dry_run: bool,
}

/// The runs that were taken out of the rates, or put back
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VoidInfo {
    /// The sum over all verdicts
    pub(crate) runs: u64,
    /// How many of each verdict
    pub(crate) verdicts: BTreeMap<String, u64>,
    /// The names of their journeys
    pub(crate) journeys: Vec<String>,
    /// Whether nothing was done
    pub(crate) dry_run: bool,
}
