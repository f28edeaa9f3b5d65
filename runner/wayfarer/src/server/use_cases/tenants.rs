//! The tenants of the configuration, with the kill switches that reach them.

use wayfarer_model::ids::TenantName;
use wayfarer_store::{KillSwitch, StoreError};

use super::{AccessError, Caller, UseCases};
use crate::protocol::{StopInfo, TenantInfo};

/// Why tenants are not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TenantsError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// The tenants that the caller sees, by name.
    pub(crate) async fn tenants(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
    ) -> Result<Vec<TenantInfo>, TenantsError> {
        let scope = caller.scope(tenant)?;
        let tenants = self.runs.tenants();
        let switches = self.store.kill_switches_reaching(self.clock.now()).await?;
        let mut found = Vec::new();
        for tenant in tenants.iter().filter(|tenant| scope.as_ref().is_none_or(|name| name == tenant.name()))
        {
            let journeys = self.store.current(tenant.name()).await?.len();
            found.push(TenantInfo {
                tenant: tenant.name().clone(),
                title: tenant.title().map(str::to_owned),
                runs: tenant.runs(),
                runs_per_day: tenant.runs_per_day(),
                journeys,
                most_journeys: tenant.journeys(),
                stopped: stopped(&switches, tenant.name()),
            });
        }
        Ok(found)
    }
}

/// The switch that is thrown for a tenant. The whole runner's comes first, since it has to be taken back first.
fn stopped(switches: &[KillSwitch], tenant: &TenantName) -> Option<StopInfo> {
    let thrown = || switches.iter().filter(|switch| switch.until.is_none());
    let of_all = thrown().find(|switch| switch.tenant.is_none());
    let own = || thrown().find(|switch| switch.tenant.as_ref() == Some(tenant));
    of_all.or_else(own).map(|switch| StopInfo {
        from_ms: switch.from.0,
        by: switch.by.clone(),
        note: switch.why.clone(),
        all_tenants: switch.tenant.is_none(),
    })
}
