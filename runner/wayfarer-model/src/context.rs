//! Which run an attempt belongs to. Mirrors the WIT's `context`.

use serde::{Deserialize, Serialize};

use crate::ids::{JourneyName, LocationName, RunId, TenantName};
use crate::units::UnixMillis;

/// Why a run happens. Only `scheduled` counts in rates and SLOs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// A slot of its schedule was due.
    Scheduled,
    /// A confirmation run of a journey that fails.
    Confirm,
    /// A person asked.
    Manual,
}

impl Lane {
    /// The word used in the WIT, the store and the documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Confirm => "confirm",
            Self::Manual => "manual",
        }
    }
}

/// The identity of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptContext {
    /// The run's public id.
    pub run_id: RunId,
    /// Who owns the journey.
    pub tenant: TenantName,
    /// Which journey.
    pub journey: JourneyName,
    /// The instant at which it was due or asked for.
    pub slot: UnixMillis,
    /// From 1; a retry is an attempt.
    pub number: u32,
    /// Where it happens.
    pub location: LocationName,
    /// Why it happens.
    pub lane: Lane,
}

impl AttemptContext {
    /// The same for every attempt of a run and different between runs.
    pub fn idempotency_key(&self) -> String {
        format!("wf-{}", self.run_id)
    }
}
