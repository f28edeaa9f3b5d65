//! What a start makes up for: the plan from where the last server stopped, and the slots that were due meanwhile.
//!
//! A slot within its grace still runs. The others are missed. The watermark may lag, so some of these slots have their rows already:
//! those that still run are compared with the rows here, and the backlog looks before it writes. The start does not wait for the
//! rows of missed slots: after a long absence it plans at once, and the rows are written beside.

use std::collections::BTreeSet;

use wayfarer_model::schedule::Spread;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, StoreError, TenantRow};

use super::deployed::{JourneyKeys, learn};
use crate::server::planner::{JourneyBatch, JourneyPlan, Plan};

/// A plan that goes on from now.
pub(crate) struct Recovered {
    pub(crate) plan: JourneyPlan,
    /// What was due before now: to run if it is within its grace, to be settled as missed otherwise.
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
    let (mut plan, keys) = plan_after(store, tenants, done).await?;
    let mut missed = plan.due(now, usize::MAX);
    if let Some(first) = missed.due.iter().map(|due| due.slot).min() {
        let settled: BTreeSet<_> = store.slots_settled_since(first).await?.into_iter().collect();
        missed.due.retain(|due| !settled.contains(&(due.version.journey, due.slot)));
    }
    Ok(Recovered { plan, missed, done, keys })
}

/// A plan of everything that is due after an instant, by what the store says.
pub(super) async fn plan_after(
    store: &Store,
    tenants: &[TenantRow],
    done: UnixMillis,
) -> Result<(JourneyPlan, JourneyKeys), StoreError> {
    // A version that was followed by another before then may own slots that its spread puts later.
    let spread = u64::try_from(Spread::LONGEST.as_millis()).unwrap_or(u64::MAX);
    let learnt = learn(store, tenants, None, UnixMillis(done.0.saturating_sub(spread))).await?;
    let mut plan = Plan::new(done);
    for claim in learnt.claims {
        plan.learn(claim.version.journey, claim);
    }
    Ok((plan, learnt.keys.into_iter().collect()))
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;
