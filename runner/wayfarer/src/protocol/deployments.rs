//! What a deploy sends, and what the server answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::ids::{ComponentDigest, JourneyName};

use super::{DescriptorBody, JourneyBody};

/// An uploaded component
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ComponentInfo {
    /// SHA-256 of its bytes
    #[schema(value_type = String)]
    pub(crate) digest: ComponentDigest,
    /// The journeys that it holds
    pub(crate) journeys: Vec<DescriptorBody>,
}

/// Everything that is to be deployed for a tenant
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeployRequest {
    /// The journeys; their components were uploaded before
    pub(crate) journeys: Vec<JourneyBody>,
    /// Whether to say what would change and change nothing
    #[serde(default)]
    pub(crate) preview: bool,
    /// Whether journeys of the tenant that are not in the list are removed
    #[serde(default)]
    pub(crate) prune: bool,
    /// The revision of the source, such as a commit's hash; 200 bytes at most
    #[serde(default)]
    pub(crate) revision: Option<String>,
    /// Names and values, such as `pipeline` and `1017`; 20 at most
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

/// What happens to a journey
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ChangeKind {
    /// It is new
    Added,
    /// It has a new version
    Changed,
    /// It is removed
    Removed,
    /// It is deployed already
    Unchanged,
    /// It is not in the list and stays
    Left,
}

/// What happens to one journey
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChangeInfo {
    #[schema(value_type = String)]
    pub(crate) journey: JourneyName,
    pub(crate) kind: ChangeKind,
    /// What differs, a few words each
    pub(crate) what: Vec<String>,
    /// The schedule with its timezone, and its locations if it names some; none if only a person starts it
    pub(crate) schedule: Option<String>,
    /// The next five slots at the server's location, in the schedule's timezone
    pub(crate) next: Vec<String>,
    /// The same in unix milliseconds
    #[serde(default)]
    pub(crate) next_ms: Vec<u64>,
}

/// What a deploy did, or would do
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeployInfo {
    /// In the order of the journeys' names
    pub(crate) changes: Vec<ChangeInfo>,
    /// What the author should know
    pub(crate) warnings: Vec<String>,
    /// From when on slots are the new versions', in unix milliseconds; none if nothing was deployed
    pub(crate) valid_from_ms: Option<u64>,
}
