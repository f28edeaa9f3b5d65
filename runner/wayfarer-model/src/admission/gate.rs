//! The decision. Its order of precedence is documented in [`admission`](super) and held by `gate_tests.rs`.

use super::{Facts, GracePeriod, MANUAL_RUNS_WAITING, MemoryRoom, RunnerState, Standing, WaitFor};
use crate::context::Lane;
use crate::maintenance::MaintenanceMode;
use crate::verdict::{Reason, Verdict};

/// Where the question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A slot is due, a person triggers a run, or a confirmation run is due.
    Arrival,
    /// It waits in the queue, and its grace may be over or the runner may stop.
    Waiting(WaitFor),
    /// It has a permit.
    Start,
    /// The slot has passed: nobody was there to run it, or the planner was too late for its grace.
    Backlog,
}

/// What becomes of a slot, a manual run or a confirmation run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It starts now, with the permit that it holds.
    Run,
    /// It joins the queue, and the question is asked again when what it waits for has ended.
    Wait(WaitFor),
    /// It ends here, with this row.
    Settle {
        /// `skipped`, `missed` or `inconclusive`.
        verdict: Verdict,
        /// The machine's word for the obstacle that takes precedence.
        reason: Reason,
    },
    /// A confirmation run is not made, and gets no row.
    LeaveOut,
    /// A manual run is not made, and the person who asked is told why.
    Refuse(Refusal),
}

/// Why a manual run is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The runner's configuration no longer names the tenant.
    TenantDisabled,
    /// The runner lets runs in flight end and starts no other.
    Stopping,
    /// The kill switch of the tenant, or of the whole runner, is thrown.
    KillSwitch,
    /// The disk has no space for the result.
    DiskFull,
    /// The tenant has no runs left today.
    Quota {
        /// Its runs per day.
        limit: u64,
    },
    /// Too many manual runs of the tenant wait already.
    TooManyWaiting {
        /// Manual runs in the tenant's queue; [`MANUAL_RUNS_WAITING`] at least.
        waiting: usize,
    },
}

/// Answers for a slot, a manual run or a confirmation run. See the [table](super#precedence).
pub fn admit(facts: &Facts, stage: Stage) -> Admission {
    let first = BY_PRECEDENCE.into_iter().find(|(_, stands)| stands(facts, stage));
    let answer = match (first, stage) {
        (Some((obstacle, _)), _) => Err(obstacle),
        (None, Stage::Arrival) => {
            facts.contention.wait_for(facts.lane).map(Admission::Wait).ok_or(Obstacle::Overlap)
        }
        (None, Stage::Waiting(wait_for)) => Ok(Admission::Wait(wait_for)),
        (None, Stage::Start) => Ok(Admission::Run),
        (None, Stage::Backlog) if facts.runner == RunnerState::WasDown => Err(Obstacle::RunnerDown),
        (None, Stage::Backlog) => Err(Obstacle::Late),
    };
    answer.unwrap_or_else(|obstacle| obstacle.answer(facts, stage))
}

/// Whether slots of a journey get into the queue as tenant and journey stand, whatever else comes.
pub fn runs_slots(standing: Standing) -> bool {
    let facts = Facts { standing, ..Facts::clear(Lane::Scheduled) };
    matches!(admit(&facts, Stage::Arrival), Admission::Wait(_))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    TenantDisabled,
    Paused,
    RunnerDown,
    KillSwitch,
    Maintenance,
    LateBehindGroup,
    LateForMemory,
    Late,
    DiskFull,
    Quota,
    TooManyWaiting,
    Overlap,
}

/// Whether an obstacle stands at a stage.
type Stands = fn(&Facts, Stage) -> bool;

/// Rows 1 to 11 of the table: each obstacle, and when it stands.
const BY_PRECEDENCE: [(Obstacle, Stands); 11] = [
    (Obstacle::TenantDisabled, |facts, stage| is_decided_once(stage) && facts.standing.tenant_is_disabled),
    (Obstacle::Paused, |facts, stage| {
        is_decided_once(stage) && facts.lane != Lane::Manual && facts.standing.journey_is_paused
    }),
    (Obstacle::RunnerDown, |facts, stage| stage != Stage::Backlog && facts.runner == RunnerState::Stopping),
    (Obstacle::KillSwitch, |facts, stage| match stage {
        Stage::Arrival | Stage::Start => facts.kill_switch_is_thrown,
        Stage::Waiting(_) => facts.kill_switch_is_thrown && is_late(facts, stage),
        Stage::Backlog => facts.kill_switch_was_thrown,
    }),
    (Obstacle::Maintenance, |facts, stage| is_decided_once(stage) && is_in_maintenance(facts)),
    (Obstacle::LateBehindGroup, |facts, stage| {
        stage == Stage::Waiting(WaitFor::Group) && is_late(facts, stage)
    }),
    (Obstacle::LateForMemory, |facts, stage| {
        stage == Stage::Waiting(WaitFor::Permit)
            && is_late(facts, stage)
            && facts.memory == MemoryRoom::Lacking
    }),
    (Obstacle::Late, is_late),
    (Obstacle::DiskFull, |facts, stage| {
        matches!(stage, Stage::Arrival | Stage::Start) && !facts.has_disk_space
    }),
    (Obstacle::Quota, |facts, stage| {
        let is_asked = stage == Stage::Start || is_trigger(facts, stage) || is_confirmation(facts, stage);
        is_asked && facts.used_up_quota.is_some()
    }),
    (Obstacle::TooManyWaiting, |facts, stage| {
        is_trigger(facts, stage) && facts.manual_runs_waiting >= MANUAL_RUNS_WAITING
    }),
];

/// Where standing and maintenance are asked for. A slot that was admitted keeps the answer.
fn is_decided_once(stage: Stage) -> bool {
    matches!(stage, Stage::Arrival | Stage::Backlog)
}

fn is_trigger(facts: &Facts, stage: Stage) -> bool {
    stage == Stage::Arrival && facts.lane == Lane::Manual
}

/// One beyond the cap is left out rather than given a row each time.
fn is_confirmation(facts: &Facts, stage: Stage) -> bool {
    stage == Stage::Arrival && facts.lane == Lane::Confirm
}

/// The planner hands out no slot that is late, so that arrival need not ask.
fn is_late(facts: &Facts, stage: Stage) -> bool {
    matches!(stage, Stage::Waiting(_) | Stage::Start) && facts.grace.is_some_and(GracePeriod::is_exceeded)
}

/// Nobody needs a confirmation run while the journey is muted; a person may run it at any time.
fn is_in_maintenance(facts: &Facts) -> bool {
    match facts.lane {
        Lane::Scheduled => facts.maintenance == Some(MaintenanceMode::Skip),
        Lane::Confirm => facts.maintenance.is_some(),
        Lane::Manual => false,
    }
}

impl Obstacle {
    fn answer(self, facts: &Facts, stage: Stage) -> Admission {
        match (stage, facts.lane) {
            (Stage::Arrival, Lane::Confirm) => return Admission::LeaveOut,
            (Stage::Arrival, Lane::Manual) => {
                if let Some(refusal) = self.refusal(facts) {
                    return Admission::Refuse(refusal);
                }
            }
            _ => {}
        }
        let (verdict, reason) = self.row();
        Admission::Settle { verdict, reason }
    }

    fn row(self) -> (Verdict, Reason) {
        match self {
            Self::TenantDisabled => (Verdict::Skipped, Reason::TenantDisabled),
            Self::Paused => (Verdict::Skipped, Reason::Paused),
            Self::RunnerDown => (Verdict::Missed, Reason::RunnerDown),
            Self::KillSwitch => (Verdict::Skipped, Reason::KillSwitch),
            Self::Maintenance => (Verdict::Skipped, Reason::Maintenance),
            Self::LateBehindGroup => (Verdict::Skipped, Reason::Group),
            Self::Late => (Verdict::Missed, Reason::GraceExceeded),
            Self::DiskFull => (Verdict::Inconclusive, Reason::DiskFull),
            Self::LateForMemory | Self::Quota | Self::TooManyWaiting => (Verdict::Skipped, Reason::Quota),
            Self::Overlap => (Verdict::Skipped, Reason::Overlap),
        }
    }

    /// None for what never stands in the way of a manual run that arrives.
    fn refusal(self, facts: &Facts) -> Option<Refusal> {
        match self {
            Self::TenantDisabled => Some(Refusal::TenantDisabled),
            Self::RunnerDown => Some(Refusal::Stopping),
            Self::KillSwitch => Some(Refusal::KillSwitch),
            Self::DiskFull => Some(Refusal::DiskFull),
            Self::Quota => facts.used_up_quota.map(|limit| Refusal::Quota { limit }),
            Self::TooManyWaiting => Some(Refusal::TooManyWaiting { waiting: facts.manual_runs_waiting }),
            Self::Paused
            | Self::Maintenance
            | Self::LateBehindGroup
            | Self::LateForMemory
            | Self::Late
            | Self::Overlap => None,
        }
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
