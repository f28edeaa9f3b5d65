//! Manual runs: what the person who triggers one gets at once, and after its end.

use tokio::sync::oneshot;
use wayfarer_model::admission::Refusal;
use wayfarer_model::ids::{JourneyName, RunId, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

/// A manual run that is in the queue.
#[derive(Debug)]
pub(crate) struct Triggered {
    /// Its public id, under which the store will have it.
    pub(crate) run: RunId,
    /// When it was triggered.
    pub(crate) slot: UnixMillis,
    /// Gets one message.
    pub(crate) outcome: oneshot::Receiver<TriggerOutcome>,
}

impl Triggered {
    /// Waits until the run is in the store. None if it was lost: the runner stopped, or the store failed.
    pub(crate) async fn ended(self) -> Option<TriggerOutcome> {
        self.outcome.await.ok()
    }
}

/// What became of a manual run, after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TriggerOutcome {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
}

/// Why no run was triggered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TriggerError {
    #[error("tenant `{tenant}` has no journey `{journey}`: deploy it first")]
    NoSuchJourney { tenant: TenantName, journey: JourneyName },
    #[error("the runner's configuration does not name tenant `{0}`: add [tenants.{0}] to wayfarer.toml")]
    TenantDisabled(TenantName),
    #[error(
        "the kill switch of tenant `{0}` or of the whole runner is thrown: an operator takes it back with `wayfarer tenants start`"
    )]
    KillSwitch(TenantName),
    #[error(
        "the runner's disk is nearly full, and no run starts until it has space again: `/readyz` says how much space is missing"
    )]
    DiskFull,
    #[error(
        "tenant `{tenant}` has used its {limit} runs of today (UTC): raise `runs_per_day`, or wait until tomorrow"
    )]
    Quota { tenant: TenantName, limit: u64 },
    #[error(
        "tenant `{tenant}` already has {waiting} manual runs in the queue: wait until some of them have ended"
    )]
    TooManyWaiting { tenant: TenantName, waiting: usize },
    #[error("the runner is stopping: try again once it is back")]
    Stopping,
}

impl TriggerError {
    /// The gate's refusal, with the tenant that it is about.
    pub(super) fn refused(refusal: Refusal, tenant: &TenantName) -> Self {
        let tenant = tenant.clone();
        match refusal {
            Refusal::TenantDisabled => Self::TenantDisabled(tenant),
            Refusal::Stopping => Self::Stopping,
            Refusal::KillSwitch => Self::KillSwitch(tenant),
            Refusal::DiskFull => Self::DiskFull,
            Refusal::Quota { limit } => Self::Quota { tenant, limit },
            Refusal::TooManyWaiting { waiting } => Self::TooManyWaiting { tenant, waiting },
        }
    }
}
