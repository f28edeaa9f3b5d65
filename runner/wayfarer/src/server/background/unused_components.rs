//! Removes components that no version within retention names, and what was compiled of them.

use std::collections::HashSet;
use std::time::Duration;

use wayfarer_model::units::UnixMillis;
use wayfarer_store::StoreError;

use super::driver::Reconcile;
use super::retention::Periods;
use crate::server::{SandboxedRuns, ServerContext};

/// How long a component is kept that was uploaded and not deployed, in milliseconds.
const UNDEPLOYED_MS: u64 = 24 * 3_600_000;
/// Between two steps that removed something: results come first.
const PAUSE: Duration = Duration::from_millis(100);

/// The task.
pub(in crate::server) struct UnusedComponents {
    runs: SandboxedRuns,
    periods: Periods,
}

impl UnusedComponents {
    pub(in crate::server) fn new(runs: SandboxedRuns, periods: Periods) -> Self {
        Self { runs, periods }
    }
}

impl Reconcile for UnusedComponents {
    const NAME: &'static str = "unused-components";
    const PERIOD: Duration = Duration::from_mins(10);
    const WHILE_FAILING: &'static str = "components that nothing needs are not removed";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let (store, now) = (&context.store, context.clock.now());
        if let Some(kept) = self.periods.longest_runs() {
            let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
            let ago = |period: u64| UnixMillis(now.0.saturating_sub(period));
            while store.remove_unused_components(ago(UNDEPLOYED_MS), ago(kept)).await? > 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
        let kept: HashSet<_> = store.components().await?.into_iter().collect();
        self.runs.sandbox().prune(|digest| kept.contains(&digest));
        Ok(())
    }
}
