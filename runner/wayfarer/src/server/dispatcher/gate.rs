//! The facts that the gate is asked with, gathered in one place.
//!
//! Between the store (kill switches, maintenance, pauses), the disk and the quotas on one side, and
//! [`admit`](wayfarer_model::admission::admit) on the other, which decides. [`Gate`] knows what holds now, for slots,
//! manual runs and confirmation runs. [`Past`] knows what held at an earlier instant, for the backlog. What else runs and
//! waits is the queue's fact: whoever asks adds it.

use wayfarer_model::admission::{Facts, RunnerState, Standing};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::TenantName;
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{MaintenanceKey, Pause, Store, StoreError, TenantKey};

use super::Suspensions;
use super::quotas::Quotas;
use crate::server::planner::PlannedVersion;

/// The window that covers a slot.
pub(super) type CoveringWindow = Option<(MaintenanceKey, MaintenanceMode)>;

/// What holds now.
#[derive(Debug)]
pub(super) struct Gate {
    suspensions: Suspensions,
    has_disk_space: bool,
    quotas: Quotas<TenantKey>,
    runner: RunnerState,
}

impl Gate {
    pub(super) fn new(suspensions: Suspensions, has_disk_space: bool, quotas: Quotas<TenantKey>) -> Self {
        Self { suspensions, has_disk_space, quotas, runner: RunnerState::Running }
    }

    pub(super) fn set_suspensions(&mut self, suspensions: Suspensions) {
        self.suspensions = suspensions;
    }

    pub(super) fn set_disk_space(&mut self, has_disk_space: bool) {
        self.has_disk_space = has_disk_space;
    }

    /// From now on nothing starts.
    pub(super) fn shut_down(&mut self) {
        self.runner = RunnerState::Stopping;
    }

    /// Whether a kill switch that is thrown now stops the tenant.
    pub(super) fn is_stopped(&self, tenant: &TenantName) -> bool {
        self.suspensions.kill_switch(tenant).is_some()
    }

    /// The window in which a slot of the version is due.
    pub(super) fn window(&self, version: &PlannedVersion, due: UnixMillis) -> CoveringWindow {
        self.suspensions.window(&version.owner.name, &version.name, due)
    }

    /// All facts that are known here. `slot` says on which day's account a run would go.
    pub(super) fn facts(&self, version: &PlannedVersion, lane: Lane, slot: UnixMillis) -> Facts {
        Facts {
            standing: version.standing,
            runner: self.runner,
            kill_switch_is_thrown: self.is_stopped(&version.owner.name),
            has_disk_space: self.has_disk_space,
            used_up_quota: self.quotas.used_up(version.owner.tenant, lane, slot),
            ..Facts::clear(lane)
        }
    }

    /// Takes one run off the tenant's quota for the day of the slot.
    pub(super) fn charge(&mut self, tenant: TenantKey, lane: Lane, slot: UnixMillis) {
        self.quotas.charge(tenant, lane, slot);
    }
}

/// What held at earlier instants.
#[derive(Debug)]
pub(super) struct Past {
    pauses: Vec<Pause>,
    suspensions: Suspensions,
}

impl Past {
    /// Reads all that held at an instant or later.
    pub(super) async fn reaching(store: &Store, from: UnixMillis) -> Result<Self, StoreError> {
        Ok(Self {
            pauses: store.pauses_reaching(from).await?,
            suspensions: Suspensions::reaching(store, from).await?,
        })
    }

    /// The facts of a slot that has passed, and the window in which it was due.
    pub(super) fn facts(
        &self,
        version: &PlannedVersion,
        due: UnixMillis,
        runner: RunnerState,
    ) -> (Facts, CoveringWindow) {
        let window = self.suspensions.window(&version.owner.name, &version.name, due);
        let was_paused = |pause: &Pause| {
            pause.journey == version.journey
                && pause.from <= due
                && pause.until.is_none_or(|until| due < until)
        };
        let standing = Standing { journey_is_paused: self.pauses.iter().any(was_paused), ..version.standing };
        let facts = Facts {
            standing,
            runner,
            kill_switch_was_thrown: self.suspensions.was_stopped(&version.owner.name, due),
            maintenance: window.map(|(_, mode)| mode),
            ..Facts::clear(Lane::Scheduled)
        };
        (facts, window)
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
