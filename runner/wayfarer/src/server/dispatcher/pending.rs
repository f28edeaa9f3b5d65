//! A run on its way from its arrival to its start.

use std::sync::Arc;

use tokio::sync::oneshot;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Identity, JourneyKey, TenantKey};

use super::TriggerOutcome;
use super::queue::QueueEntry;
use crate::server::planner::PlannedVersion;

/// A slot, a manual run or a confirmation run that has not started.
#[derive(Debug)]
pub(super) struct PendingRun {
    pub(super) version: Arc<PlannedVersion>,
    pub(super) identity: Identity,
    /// The due instant of a slot, to which the watermark is held back; none for the other lanes.
    pub(super) fire: Option<UnixMillis>,
    /// The last instant at which it may start; none for a manual run.
    pub(super) deadline: Option<UnixMillis>,
    /// The person who triggered it.
    pub(super) answer: Option<oneshot::Sender<TriggerOutcome>>,
}

impl PendingRun {
    /// As the queue knows it.
    pub(super) fn entry(self) -> QueueEntry<TenantKey, JourneyKey, Self> {
        let version = &self.version;
        QueueEntry {
            tenant: version.owner.tenant,
            journey: version.journey,
            group: version.group.clone(),
            deadline: self.deadline,
            what: self,
        }
    }
}
