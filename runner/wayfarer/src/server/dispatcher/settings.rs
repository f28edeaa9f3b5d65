//! What a dispatcher is made of.

use std::sync::Arc;

use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_sandbox::GuestPool;
use wayfarer_store::{LocationKey, Store, TenantKey};

use super::{DailyRuns, Suspensions};
use crate::clock::WallClock;
use crate::server::RunnerMemory;
use crate::server::metrics::Metrics;
use crate::shutdown::Cancellation;

/// The most that a tenant may have of the runner.
#[derive(Debug, Clone)]
pub(crate) struct TenantLimits {
    pub(crate) tenant: TenantKey,
    pub(crate) name: TenantName,
    /// Runs in flight at a time.
    pub(crate) permits: u32,
    /// None without a limit.
    pub(crate) runs_per_day: Option<DailyRuns>,
    /// The same for confirmation runs.
    pub(crate) confirm_runs_per_day: Option<DailyRuns>,
}

/// Everything that a dispatcher is made of.
pub(crate) struct DispatcherSettings<E> {
    /// Makes the runs.
    pub(crate) execute: E,
    /// Where they are made.
    pub(crate) threads: GuestPool,
    pub(crate) store: Store,
    pub(crate) location: LocationKey,
    pub(crate) clock: WallClock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) memory: RunnerMemory,
    /// Runs in flight at a time, of all tenants.
    pub(crate) permits: u32,
    pub(crate) tenants: Vec<TenantLimits>,
    pub(crate) suspensions: Suspensions,
    /// Whether the disk has space for what new runs record.
    pub(crate) has_disk_space: bool,
    /// Every slot that was due at or before this has its row, but for the missed ranges.
    pub(crate) settled_until: UnixMillis,
    /// Set once the runner stops: the backlog writes no more rows.
    pub(crate) stop: Cancellation,
    /// Set once the runner waits for runs no longer: they are cancelled.
    pub(crate) halt: Cancellation,
}
