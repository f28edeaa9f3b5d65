//! When people are told of a journey, as a part of its version that travels.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::deployment::AlertSettings;
use wayfarer_model::ids::JourneyName;
use wayfarer_model::incident::Plain;

/// When people are told of a journey
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct AlertBody {
    /// The journeys of its tenant without which it cannot be good: while one of them fails, nobody is told of this one
    #[schema(value_type = Vec<String>)]
    #[serde(default)]
    pub(crate) depends_on: BTreeSet<JourneyName>,
    /// The plain rule that opens its incidents, such as `2 in a row` or `3 of 5`; none for the rule with a bound on false alarms
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<Plain>,
}

impl From<AlertSettings> for AlertBody {
    fn from(AlertSettings { depends_on, rule }: AlertSettings) -> Self {
        Self { depends_on, rule }
    }
}

impl From<AlertBody> for AlertSettings {
    fn from(AlertBody { depends_on, rule }: AlertBody) -> Self {
        Self { depends_on, rule }
    }
}
