//! A run that a person asks for: what it is answered, and what is told of its end.

use tokio::sync::oneshot;
use wayfarer_model::ids::{JourneyName, RunId, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

/// A run that a person asked for.
#[derive(Debug)]
pub(crate) struct Triggered {
    /// Its public id, by which the store will know it.
    pub(crate) run: RunId,
    /// When it was asked for.
    pub(crate) slot: UnixMillis,
    /// Told once.
    pub(crate) ended: oneshot::Receiver<Ended>,
}

impl Triggered {
    /// Waits until the run is in the store. None where it got lost: the runner stopped, or the store failed.
    pub(crate) async fn ended(self) -> Option<Ended> {
        self.ended.await.ok()
    }
}

/// What became of a run, after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The run's word.
    pub(crate) verdict: Verdict,
    /// Why.
    pub(crate) reason: Reason,
}

/// Why nothing was triggered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TriggerError {
    /// Not deployed.
    #[error("tenant `{tenant}` has no journey `{journey}`: deploy it first")]
    NoSuchJourney {
        /// Whose.
        tenant: TenantName,
        /// Which.
        journey: JourneyName,
    },
    /// Its tenant is not in the configuration.
    #[error("tenant `{0}` is not in the runner's configuration: add [tenants.{0}] to wayfarer.toml")]
    TenantDisabled(TenantName),
    /// Somebody stopped it.
    #[error(
        "the kill switch of tenant `{0}`, or of the whole runner, is thrown: an operator takes it back with `wayfarer tenants start`"
    )]
    Stopped(TenantName),
    /// There is no room for its result.
    #[error(
        "the runner's disk is nearly full: it begins no runs until there is room again; `/readyz` says how much is wanted"
    )]
    DiskFull,
    /// No more runs today.
    #[error(
        "tenant `{tenant}` has used up its {limit} runs of this day (UTC): raise `runs_per_day`, or wait"
    )]
    Quota {
        /// Whose.
        tenant: TenantName,
        /// How many it has.
        limit: u64,
    },
    /// Too much waits already.
    #[error("{waiting} triggered runs of tenant `{tenant}` wait already: wait until some have ended")]
    Crowded {
        /// Whose.
        tenant: TenantName,
        /// How many.
        waiting: usize,
    },
    /// Nobody is there to run it.
    #[error("the runner is stopping: try again once it is back")]
    Stopping,
}
