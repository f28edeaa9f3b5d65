//! What a deployment sends, and what the server answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::deployment::JourneySpec;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, JourneyName};

/// What a component is
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ComponentInfo {
    /// SHA-256 of its bytes
    #[schema(value_type = String)]
    pub(crate) digest: ComponentDigest,
    /// The journeys that it holds
    #[schema(value_type = Vec<Object>)]
    pub(crate) journeys: Vec<Descriptor>,
}

/// Everything that is to be deployed for a tenant
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeployRequest {
    /// The journeys; their components were uploaded before
    #[schema(value_type = Vec<Object>)]
    pub(crate) journeys: Vec<JourneySpec>,
    /// Whether only to say what would change
    #[serde(default)]
    pub(crate) preview: bool,
    /// Whether journeys of the tenant that are not in the list are removed
    #[serde(default)]
    pub(crate) prune: bool,
}

/// What becomes of a journey
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ChangeKind {
    /// It is new
    Added,
    /// It has a new version
    Changed,
    /// It ends
    Removed,
    /// It stays as it is
    Unchanged,
    /// It is not in the list and stays
    Left,
}

/// What becomes of a journey
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChangeInfo {
    /// Which
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    /// What
    pub(crate) kind: ChangeKind,
    /// What is different, a few words each
    pub(crate) what: Vec<String>,
    /// When it is due; none if only a person starts it
    pub(crate) schedule: Option<String>,
    /// The next five starts, in the schedule's timezone
    pub(crate) next: Vec<String>,
}

/// What a deployment does, or would do
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeployInfo {
    /// By journey
    pub(crate) changes: Vec<ChangeInfo>,
    /// What the author should know
    pub(crate) warnings: Vec<String>,
    /// From when on the new versions own the slots, in unix milliseconds; none if nothing was deployed
    pub(crate) valid_from_ms: Option<u64>,
}
