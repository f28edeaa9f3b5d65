//! The artifact that is wanted.

use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use wayfarer_model::ids::TenantName;

/// The artifact that is wanted
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArtifactQuery {
    /// Its name, as the journey gave it
    pub(crate) name: String,
    /// The number of the attempt, from 1; by default the last one that has it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<u32>,
    /// The tenant; the token's own by default
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
}
