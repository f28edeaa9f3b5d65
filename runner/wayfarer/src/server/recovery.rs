//! What a start has to make up for: the plan from where the server before this one was, and the slots that
//! were due while there was none.
//!
//! The watermark may lag, so some of these slots have their rows; whoever settles them looks. Nothing waits
//! here for rows to be written: a start after a long absence plans at once, and the rows come beside.

use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, StoreError, TenantRow};

use super::commands::Names;
use super::deployed::learn;
use crate::server::planner::{JourneyBatch, JourneyPlan, Plan};

/// A plan that goes on from now.
pub(super) struct Recovered {
    /// What is planned.
    pub(super) plan: JourneyPlan,
    /// What was due before, to be settled as missed.
    pub(super) missed: JourneyBatch,
    /// What is settled already.
    pub(super) done: UnixMillis,
    /// By which names people know the journeys.
    pub(super) names: Names,
}

/// Makes the plan. `planned_until` is the watermark of the server before this one, if there was one.
pub(super) async fn recover(
    store: &Store,
    tenants: &[TenantRow],
    planned_until: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<Recovered, StoreError> {
    // Before the first watermark every version counts from its beginning.
    let done = planned_until.unwrap_or_default();
    // A version that was followed before then may own slots whose spread reaches beyond.
    let spread = u64::try_from(Spread::LONGEST.as_millis()).unwrap_or(u64::MAX);
    let learnt = learn(store, tenants, None, UnixMillis(done.0.saturating_sub(spread))).await?;
    let mut plan = Plan::new(done);
    for claim in learnt.claims {
        plan.learn(claim.version.journey, claim);
    }
    let passed = plan.pass_over(now);
    let missed = JourneyBatch { due: Vec::new(), passed, through: plan.planned_through(), more: false };
    Ok(Recovered { plan, missed, done, names: learnt.names.into_iter().collect() })
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
