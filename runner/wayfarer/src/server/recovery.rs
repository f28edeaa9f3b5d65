//! What a start makes up for: the plan from where the last server stopped, and the slots that were due meanwhile.
//!
//! The watermark may lag, so some of these slots have their rows already; the backlog looks before it writes. The start
//! does not wait for these rows: after a long absence it plans at once, and the rows are written beside.

use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, StoreError, TenantRow};

use super::deployed::{JourneyKeys, learn};
use crate::server::planner::{JourneyBatch, JourneyPlan, Plan};

/// A plan that goes on from now.
pub(crate) struct Recovered {
    pub(crate) plan: JourneyPlan,
    /// What was due before now, to be settled as missed.
    pub(crate) missed: JourneyBatch,
    /// Every slot at or before this is settled already.
    pub(crate) done: UnixMillis,
    pub(crate) keys: JourneyKeys,
}

/// Makes the plan. `planned_until` is the watermark of the last server, if there was one.
pub(crate) async fn recover(
    store: &Store,
    tenants: &[TenantRow],
    planned_until: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<Recovered, StoreError> {
    // Before the first watermark every version counts from its beginning.
    let done = planned_until.unwrap_or_default();
    // A version that was followed by another before then may own slots that its spread puts later.
    let spread = u64::try_from(Spread::LONGEST.as_millis()).unwrap_or(u64::MAX);
    let learnt = learn(store, tenants, None, UnixMillis(done.0.saturating_sub(spread))).await?;
    let mut plan = Plan::new(done);
    for claim in learnt.claims {
        plan.learn(claim.version.journey, claim);
    }
    let passed = plan.pass_over(now);
    let missed = JourneyBatch { due: Vec::new(), passed, through: plan.planned_through(), more: false };
    Ok(Recovered { plan, missed, done, keys: learnt.keys.into_iter().collect() })
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
