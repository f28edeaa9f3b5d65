//! The incident of a runner that is unwell: by what its control probe found, or because it spoils the runs of many journeys.
//!
//! Between the signs (the control probe's figures, the fold's newest runs) and the platform's incident `runner-unwell`. In a common mode beacons and
//! control names are asked at once and again every few seconds, so that it is soon clear whether the runner is at fault.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use wayfarer_model::incident::{IncidentKind, InconclusiveRuns};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Matter, StoreError};

use super::control_probe;
use super::driver::Reconcile;
use crate::server::{SandboxedRuns, ServerContext};

/// How long nothing must be wrong before it is over, in milliseconds: one good answer between two bad ones is no recovery.
const CALM_MS: u64 = 10_000;

/// Between two questions in a common mode, in milliseconds: longer than an answer is taken to be fresh.
const ASK_EVERY_MS: u64 = 4_000;

/// What the fold tells of all journeys together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Crowd {
    /// Whether many journeys of many hosts fail at once.
    pub(super) is_common_mode: bool,
    /// Whether the runner spoils many runs.
    pub(super) inconclusive: Option<InconclusiveRuns>,
}

pub(super) struct UnwellIncident {
    runs: SandboxedRuns,
    crowd: watch::Receiver<Crowd>,
    asked: UnixMillis,
    /// Since when nothing has been wrong, while an incident is open.
    calm_since: Option<UnixMillis>,
}

impl UnwellIncident {
    pub(super) fn new(runs: SandboxedRuns, crowd: watch::Receiver<Crowd>) -> Self {
        Self { runs, crowd, asked: UnixMillis(0), calm_since: None }
    }

    /// What is wrong, and since when as far as that is known.
    async fn fault(&mut self, context: &ServerContext) -> Option<(String, UnixMillis)> {
        let (crowd, now) = (*self.crowd.borrow(), context.clock.now());
        let controls = Arc::clone(self.runs.tenants().controls());
        if crowd.is_common_mode
            && control_probe::can_ask(&controls)
            && now.0.abs_diff(self.asked.0) >= ASK_EVERY_MS
        {
            self.asked = now;
            control_probe::look(&controls, context).await;
        }
        if let Some((since, fault)) = context.metrics.network_unwell() {
            return Some((fault.to_owned(), since));
        }
        crowd.inconclusive.map(|inconclusive| (inconclusive.to_string(), now))
    }
}

impl Reconcile for UnwellIncident {
    const NAME: &'static str = "unwell-incident";
    const PERIOD: Duration = Duration::from_secs(1);
    const RETRY: Duration = Duration::from_secs(2);
    const WHILE_FAILING: &'static str = "no incident says that the runner is unwell";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let fault = self.fault(context).await;
        let now = context.clock.now();
        // From rows, because a person may have resolved it, and because of what a process before this one found.
        let open = context.store.open_matters(IncidentKind::RunnerUnwell).await?.pop();
        let is_changed = match (fault, open) {
            (Some((fault, since)), None) => {
                self.calm_since = None;
                tracing::error!(
                    "the runner is unwell: {fault}; only the platform is told of what that may have caused"
                );
                let matter =
                    Matter { tenant: None, kind: IncidentKind::RunnerUnwell, subject: String::new() };
                context.store.open_matter(matter, fault, since, now).await?
            }
            (Some(_), Some(_)) => {
                self.calm_since = None;
                false
            }
            (None, None) => false,
            (None, Some(matter)) => {
                let since = *self.calm_since.get_or_insert(now);
                // A clock that went back is no reason to wait.
                now.0.abs_diff(since.0) >= CALM_MS && context.store.close_matter(matter, "", since).await?
            }
        };
        if is_changed {
            context.metrics.open_incidents(&context.store.open_incidents().await?);
        }
        Ok(())
    }
}
