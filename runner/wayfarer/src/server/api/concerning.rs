//! What a request changed, in words of the audit trail. The API's routes and the pages' forms say it alike.

use std::collections::BTreeMap;

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_store::{IncidentRow, Maintenance};

use crate::protocol::IncidentAction;

/// In an answer: what was changed. An answer of the API without it has changed what its path says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Concerning {
    /// This, of that tenant; of the caller's, or of the path's or the query's if none.
    Change { object: String, tenant: Option<TenantName> },
    /// What the route's path names.
    Path,
    /// Nothing was changed, and nothing was to be.
    Nothing,
}

impl Concerning {
    /// A run of a journey, with the names of the parameters that a person gave for it. Their values are in the journey's own requests.
    pub(crate) fn trigger(journey: &JourneyName, params: &BTreeMap<String, String>) -> Self {
        let names: Vec<&str> = params.keys().map(String::as_str).collect();
        let with = if names.is_empty() { String::new() } else { format!(" with own {}", names.join(", ")) };
        Self::Change { object: format!("journey {journey}{with}"), tenant: None }
    }

    /// What a person did about an incident.
    pub(crate) fn incident(row: &IncidentRow, action: IncidentAction) -> Self {
        let of = row.journey.as_ref().map_or("the runner", JourneyName::as_str);
        let object = format!("incident {} of {of} ({})", row.key.0, action.as_str());
        Self::Change { object, tenant: row.tenant.clone() }
    }

    /// A window that was planned.
    pub(crate) fn planned(window: &Maintenance) -> Self {
        let object = format!("maintenance {} ({})", window.key.number(), window.plan.mode.as_str());
        Self::Change { object, tenant: window.plan.tenant.clone() }
    }
}
