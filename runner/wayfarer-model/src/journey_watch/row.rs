//! What a watch reads of a row of the table `run`.

use crate::context::Lane;
use crate::ids::LocationName;
use crate::incident::{Look, LookKey, Plain};
use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// A row of a journey: a run that is over, or a slot without a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedRow {
    /// The number of the row, in the order of the commits.
    pub number: i64,
    /// The store's key of the journey's version.
    pub version: i64,
    /// The location whose runner made the run or settled the slot.
    pub location: LocationName,
    /// Rows of the lane `manual` change nothing.
    pub lane: Lane,
    /// The instant of the schedule, or that of the confirmation run.
    pub slot: UnixMillis,
    /// Tells runs of one lane and slot apart.
    pub seq: u32,
    /// None for a slot without a run.
    pub started_at: Option<UnixMillis>,
    /// When the run ended, or the slot was settled.
    pub ended_at: UnixMillis,
    /// The verdict of the last attempt, or of the slot without a run.
    pub verdict: Verdict,
    /// Tells a bug of the journey from a fault of the target, and what was planned from what was lost.
    pub reason: Reason,
    /// Whether a maintenance window mutes it.
    pub is_muted: bool,
    /// The plain rule of its version; none for the tenant's rule.
    pub rule: Option<Plain>,
}

impl WatchedRow {
    pub(super) fn look(&self, is_bad: bool) -> Look {
        let key = LookKey {
            ended_at: self.ended_at,
            slot: self.slot,
            location: self.location.clone(),
            lane: self.lane,
            seq: self.seq,
        };
        Look { key, started_at: self.started_at.unwrap_or(self.ended_at), is_bad }
    }

    pub(super) fn is_counted(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::Degraded | Verdict::Failed)
    }

    /// Whether a person planned that it does not count.
    pub(super) fn is_planned(&self) -> bool {
        self.is_muted || matches!(self.reason, Reason::Maintenance | Reason::Paused)
    }
}
