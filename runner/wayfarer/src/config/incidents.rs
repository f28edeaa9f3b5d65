//! `[tenants.NAME.incidents]`: when an incident of the tenant's journeys opens.
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `false_pages_per_month` | how many pages a month may be false, of all its journeys together, at most and on average | `1` |
//! | `transient` | nine of ten failures that pass by themselves have passed within this long: they are not worth a page | `20s` |

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wayfarer_model::incident::{Budget, Settings, mean_transient};

use super::{Count, Text};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IncidentTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    false_pages_per_month: Option<Text<Count>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transient: Option<Text<Duration>>,
}

impl IncidentTable {
    /// The rule for a journey, if all journeys of the tenant have so many looks a day together.
    pub(crate) fn settings(self, looks_a_day: f64) -> Settings {
        let pages = self.false_pages_per_month.map_or(1, |count| count.0.0);
        let settings = Settings::within(Budget { pages: pages.into(), days: 30.0 }, looks_a_day);
        let tau = self.transient.map_or(settings.tau, |transient| mean_transient(transient.0));
        Settings { tau, ..settings }
    }
}
