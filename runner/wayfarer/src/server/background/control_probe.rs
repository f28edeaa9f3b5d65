//! The control probe of this location: asks the beacons and the control names of the configuration, whether runs fail or not.
//!
//! What it finds is shown by `/metrics` and, while the network is unwell, by `/readyz`. Runs do not wait for it: an attempt that
//! meets silence asks for itself. Without beacons and control names nobody is asked, and nothing is claimed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_sandbox::net::{Controls, Sign};

use super::driver::Reconcile;
use crate::server::metrics::Look;
use crate::server::{SandboxedRuns, ServerContext};

/// From a bad look to the second one, which makes the network unwell.
const AGAIN: Duration = Duration::from_secs(5);

pub(super) struct ControlProbe {
    runs: SandboxedRuns,
    was_unwell: bool,
}

impl ControlProbe {
    pub(super) fn new(runs: SandboxedRuns) -> Self {
        Self { runs, was_unwell: false }
    }

    /// Says once that the network is unwell, and once that it is well again.
    fn show(&mut self, context: &ServerContext) {
        let unwell = context.metrics.network_unwell();
        match (unwell, self.was_unwell) {
            (Some((since, fault)), false) => {
                let since = since.rfc3339();
                tracing::error!(
                    since,
                    "the runner's own network is unwell: {fault}; runs that it spoils are inconclusive"
                );
            }
            (None, true) => tracing::info!("the runner's own network is well again"),
            _ => {}
        }
        self.was_unwell = unwell.is_some();
    }
}

/// Whether anything is configured that can be asked.
pub(super) fn can_ask(controls: &Controls) -> bool {
    !controls.beacons().is_empty() || !controls.names().is_empty()
}

/// Asks everything that is configured, and says whether something is wrong. Takes two seconds at most.
pub(super) async fn look(controls: &Controls, context: &ServerContext) -> bool {
    let (signs, has_names) = tokio::join!(controls.signs(), controls.has_names());
    let signs = signs.iter().flat_map(|signs| &signs.0);
    let took = |sign: &Result<Sign, String>| sign.as_ref().ok().map(|sign| sign.took.to_duration());
    let beacons = signs.map(|(beacon, sign)| (beacon.to_string(), took(sign))).collect();
    context.metrics.looked_out(Look { at: context.clock.now(), beacons, has_names })
}

impl Reconcile for ControlProbe {
    const NAME: &'static str = "control-probe";
    const PERIOD: Duration = Duration::from_secs(30);
    const WHILE_FAILING: &'static str = "nobody knows whether the runner's own network works";

    /// That nobody answers is this task's result, not its failure.
    type Error = Infallible;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), Infallible> {
        let controls = Arc::clone(self.runs.tenants().controls());
        if !can_ask(&controls) {
            return Ok(());
        }
        if look(&controls, context).await && !self.was_unwell {
            tokio::time::sleep(AGAIN).await;
            look(&controls, context).await;
        }
        self.show(context);
        Ok(())
    }
}
