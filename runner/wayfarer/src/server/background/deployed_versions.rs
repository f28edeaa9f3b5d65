//! What is deployed and what is paused: what the store says of it now, for the planner.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_store::StoreError;

use super::driver::Reconcile;
use crate::server::deployed::Deployed;
use crate::server::{SandboxedRuns, ServerContext};

/// Plans by what the store says of those tenants whose journeys or pauses were written since it last looked.
pub(super) struct DeployedVersions {
    deployed: Arc<Deployed>,
    runs: SandboxedRuns,
    /// The version of the configuration up to which everything is planned. The server's start planned what was written
    /// before its first version.
    planned: u64,
}

impl DeployedVersions {
    pub(super) fn new(deployed: Arc<Deployed>, runs: SandboxedRuns) -> Self {
        Self { deployed, runs, planned: 0 }
    }
}

impl Reconcile for DeployedVersions {
    const NAME: &'static str = "deployed-versions";
    const PERIOD: Duration = Duration::from_mins(1);
    const RETRY: Duration = Duration::from_millis(200);
    const FOLLOWS_CONFIGURATION: bool = true;
    const WHILE_FAILING: &'static str = "new versions, pauses and resumes are not in force";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let configuration = context.store.configuration().borrow().clone();
        let changed = configuration.journeys.iter().filter(|(_, version)| **version > self.planned);
        let mut is_changed = false;
        for (tenant, _) in changed {
            self.deployed.plan_again(&context.store, tenant, context.clock.now()).await?;
            is_changed = true;
        }
        self.planned = configuration.version;
        if is_changed {
            self.deployed.tidy(&self.runs, &context.metrics);
        }
        Ok(())
    }
}
