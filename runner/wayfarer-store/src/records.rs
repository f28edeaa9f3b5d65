//! What the planner's and the dispatcher's side hands to the writer, in the order of a run's life.

use std::sync::Arc;

use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::run::Fence;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

use crate::keys::{JourneyKey, LocationKey, MaintenanceKey, PolicyKey, VersionKey};

/// Which run, in the store's own keys, and under which versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The public id; made from the slot, see [`RunId::slot`].
    pub run: RunId,
    /// Whose run.
    pub journey: JourneyKey,
    /// The version of the journey.
    pub version: VersionKey,
    /// The version of its tenant's policy.
    pub policy: PolicyKey,
    /// Where.
    pub location: LocationKey,
    /// When it was due or asked for.
    pub slot: UnixMillis,
    /// Why it happens.
    pub lane: Lane,
    /// Tells runs of one lane and instant apart.
    pub seq: u32,
    /// Which dispatch this is.
    pub fence: Fence,
    /// The maintenance window in which it was due.
    pub maintenance: Option<MaintenanceKey>,
}

/// A run that is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// Which.
    pub identity: Identity,
    /// When it was handed out.
    pub at: UnixMillis,
}

/// A slot that ends without a run: missed or skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrun {
    /// Which; its id is as good as any run's.
    pub identity: Identity,
    /// When that was decided.
    pub at: UnixMillis,
    /// `missed` or `skipped`.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
}

/// A run that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Which.
    pub identity: Identity,
    /// When it was handed out.
    pub started_at: UnixMillis,
    /// When it ended.
    pub finished_at: UnixMillis,
    /// The run's word.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Every attempt, the first one first.
    pub attempts: Vec<Arc<AttemptReport>>,
}

/// What became of a [`Finished`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is in the store, durably.
    Written,
    /// It had been settled before: by an earlier call, or by a successor of this process.
    Refused,
}
