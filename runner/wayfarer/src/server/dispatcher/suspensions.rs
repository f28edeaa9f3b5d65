//! What keeps slots from being run on purpose, as far as it is no journey's own pause: kill switches and maintenance
//! windows.
//!
//! Between the store, where people's wishes are, and the dispatcher, which learns all of them anew whenever one changes.

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{KillSwitch, Maintenance, MaintenanceKey, Store, StoreError};

/// Windows that are over for longer are not looked at: no slot that is still to begin was due in them.
const LATE_MS: u64 = 24 * 3_600_000;

/// All that is thrown and planned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suspensions {
    switches: Vec<KillSwitch>,
    windows: Vec<Maintenance>,
}

impl Suspensions {
    /// What matters now.
    pub(crate) async fn now(store: &Store, now: UnixMillis) -> Result<Self, StoreError> {
        Self::reaching(store, UnixMillis(now.0.saturating_sub(LATE_MS))).await
    }

    /// What matters, or mattered, from an instant on.
    pub(super) async fn reaching(store: &Store, from: UnixMillis) -> Result<Self, StoreError> {
        Ok(Self {
            switches: store.kill_switches_reaching(from).await?,
            windows: store.maintenance_reaching(from).await?,
        })
    }

    /// Whether a tenant makes no runs, whatever the clock says.
    pub(super) fn is_stopped(&self, tenant: &TenantName) -> bool {
        self.switches.iter().any(|switch| switch.until.is_none() && switch.is_of(tenant))
    }

    /// Whether it made none at an instant.
    pub(super) fn was_stopped(&self, tenant: &TenantName, at: UnixMillis) -> bool {
        self.switches.iter().any(|switch| switch.was_thrown(at) && switch.is_of(tenant))
    }

    /// The window in which a slot is due. Of several the first that skips.
    pub(super) fn window(
        &self,
        tenant: &TenantName,
        journey: &JourneyName,
        due: UnixMillis,
    ) -> Option<(MaintenanceKey, MaintenanceMode)> {
        let covering = || self.windows.iter().filter(|window| window.covers(tenant, journey, due));
        let skipping = covering().find(|window| window.plan.mode == MaintenanceMode::Skip);
        skipping.or_else(|| covering().next()).map(|window| (window.key, window.plan.mode))
    }
}
