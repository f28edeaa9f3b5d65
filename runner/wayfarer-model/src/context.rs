//! The run that an attempt belongs to. Mirrors the WIT's `context`.

use serde::{Deserialize, Serialize};

use crate::ids::{JourneyName, LocationName, RunId, TenantName};
use crate::units::UnixMillis;

/// The cause of a run. Only `scheduled` counts in rates and SLOs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// A slot of the journey's schedule was due.
    Scheduled,
    /// The journey fails, and the runner confirms it.
    Confirm,
    /// A person triggered the run.
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
    /// The owner of the journey.
    pub tenant: TenantName,
    /// The journey, unique in its tenant.
    pub journey: JourneyName,
    /// The instant at which the journey was due or triggered.
    pub slot: UnixMillis,
    /// From 1. A retry is an attempt.
    pub number: u32,
    /// Where the run happens.
    pub location: LocationName,
    /// The cause of the run.
    pub lane: Lane,
}

impl AttemptContext {
    /// A text that is the same for every attempt of a run and differs between runs.
    pub fn idempotency_key(&self) -> String {
        format!("wf-{}", self.run_id)
    }
}
