//! Kill switches and maintenance windows: what the store says of them now, for the dispatcher.

use std::time::Duration;

use wayfarer_store::StoreError;

use super::driver::Reconcile;
use crate::server::ServerContext;
use crate::server::dispatcher::Suspensions;

/// Sends the dispatcher all that is thrown and planned. A task of its own beside
/// [`DeployedVersions`](super::deployed_versions::DeployedVersions), because that one may wait for a deployment, and a kill switch must not.
pub(super) struct SuspensionsTask;

impl Reconcile for SuspensionsTask {
    const NAME: &'static str = "suspensions";
    /// A window that is over is forgotten after a while; all else is a commit.
    const PERIOD: Duration = Duration::from_mins(1);
    const RETRY: Duration = Duration::from_millis(200);
    const FOLLOWS_CONFIGURATION: bool = true;
    const WHILE_FAILING: &'static str = "changes of kill switches and maintenance are not in force";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let suspensions = Suspensions::now(&context.store, context.clock.now()).await?;
        context.dispatcher.set_suspensions(suspensions);
        Ok(())
    }
}
