//! Kill switches and maintenance windows, as the store knows them.
//!
//! Between the store and whoever needs these facts: the dispatcher, which gets all of them anew whenever one changes, the
//! backlog and the API.

use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{KillSwitch, Maintenance, MaintenanceKey, Store, StoreError};

/// A slot may arrive this long after its due instant, in milliseconds. Windows that ended earlier are not read.
const LONGEST_DELAY_MS: u64 = 24 * 3_600_000;

/// All kill switches and windows that matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suspensions {
    switches: Vec<KillSwitch>,
    windows: Vec<Maintenance>,
}

impl Suspensions {
    /// Reads what matters now.
    pub(crate) async fn now(store: &Store, now: UnixMillis) -> Result<Self, StoreError> {
        Self::reaching(store, UnixMillis(now.0.saturating_sub(LONGEST_DELAY_MS))).await
    }

    /// Reads what matters at an instant or later.
    pub(super) async fn reaching(store: &Store, from: UnixMillis) -> Result<Self, StoreError> {
        Ok(Self {
            switches: store.kill_switches_reaching(from).await?,
            windows: store.maintenance_reaching(from).await?,
        })
    }

    /// The kill switch that is thrown now for a tenant, whatever the clock says. The whole runner's comes first, because
    /// an operator has to take that one back first.
    pub(crate) fn kill_switch(&self, tenant: &TenantName) -> Option<&KillSwitch> {
        let thrown = || self.switches.iter().filter(|switch| switch.until.is_none() && switch.is_of(tenant));
        thrown().find(|switch| switch.tenant.is_none()).or_else(|| thrown().next())
    }

    /// A tenant's own switch if it is thrown now; the whole runner's if no tenant is named.
    pub(crate) fn own_kill_switch(&self, tenant: Option<&TenantName>) -> Option<&KillSwitch> {
        self.switches.iter().find(|switch| switch.until.is_none() && switch.tenant.as_ref() == tenant)
    }

    /// Whether a kill switch stopped a tenant at an instant.
    pub(super) fn was_stopped(&self, tenant: &TenantName, at: UnixMillis) -> bool {
        self.switches.iter().any(|switch| switch.was_thrown(at) && switch.is_of(tenant))
    }

    /// The window in which a slot is due. Of several, the first that skips.
    pub(crate) fn window(
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
