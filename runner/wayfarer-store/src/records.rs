//! What callers hand to the writer, in the order of a run's life.

use std::sync::Arc;

use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

use crate::keys::{JourneyKey, LocationKey, MaintenanceKey, PolicyKey, VersionKey};

/// A run in the store's own keys, with the versions under which it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The public id. It begins with the slot; see [`RunId::slot`].
    pub run: RunId,
    /// The journey.
    pub journey: JourneyKey,
    /// The journey's version.
    pub version: VersionKey,
    /// The version of the tenant's policy.
    pub policy: PolicyKey,
    /// The location.
    pub location: LocationKey,
    /// The slot, or the instant at which a person asked for the run.
    pub slot: UnixMillis,
    /// The lane.
    pub lane: Lane,
    /// Distinguishes runs of one lane and instant.
    pub seq: u32,
    /// The dispatch that started it: a write with another fence is refused.
    pub fence: Fence,
    /// The maintenance window in which the run was due.
    pub maintenance: Option<MaintenanceKey>,
}

/// A run that has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// The run.
    pub identity: Identity,
    /// When it started.
    pub at: UnixMillis,
}

/// A slot that ends without a run: missed or skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkippedSlot {
    /// Its id is as good as a run's.
    pub identity: Identity,
    /// When the dispatcher decided that.
    pub at: UnixMillis,
    /// `missed` or `skipped`.
    pub verdict: Verdict,
    /// The reason of the verdict.
    pub reason: Reason,
}

/// A run that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The run.
    pub identity: Identity,
    /// When it started.
    pub started_at: UnixMillis,
    /// When it ended.
    pub finished_at: UnixMillis,
    /// The verdict of its last attempt.
    pub verdict: Verdict,
    /// The reason of the verdict.
    pub reason: Reason,
    /// Every attempt, the first one first.
    pub attempts: Vec<Arc<AttemptReport>>,
}

/// What the store did with a [`Finished`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is durable.
    Written,
    /// The run has its row already: from an earlier call, or from a process that came after the caller's.
    Refused,
}
