//! The tenants of the configuration, with the kill switches that reach them.

use wayfarer_model::ids::TenantName;
use wayfarer_store::{KillSwitch, StoreError};

use super::{AccessError, Caller, UseCases};
use crate::protocol::{StopInfo, TenantInfo};
use crate::server::dispatcher::Suspensions;

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
        let suspensions = Suspensions::now(&self.store, self.clock.now()).await?;
        let mut found = Vec::new();
        for tenant in tenants.iter().filter(|tenant| scope.as_ref().is_none_or(|name| name == tenant.name()))
        {
            let journeys = self.store.current(tenant.name()).await?.len();
            let stored = self.store.stored_bytes(tenant.name());
            found.push(TenantInfo {
                tenant: tenant.name().clone(),
                title: tenant.title().map(str::to_owned),
                runs: tenant.runs(),
                runs_per_day: tenant.runs_per_day(),
                journeys,
                most_journeys: tenant.journeys(),
                stored_bytes: stored.bytes,
                most_stored_bytes: stored.limit,
                stopped: suspensions.kill_switch(tenant.name()).map(stop_info),
            });
        }
        Ok(found)
    }

    /// The names of the tenants that the caller sees.
    pub(crate) fn tenant_names(&self, caller: &Caller) -> Vec<TenantName> {
        let tenants = self.runs.tenants();
        let names = tenants.iter().map(|tenant| tenant.name().clone());
        names.filter(|name| caller.tenant.as_ref().is_none_or(|own| own == name)).collect()
    }
}

pub(super) fn stop_info(switch: &KillSwitch) -> StopInfo {
    StopInfo {
        from_ms: switch.from.0,
        by: switch.by.clone(),
        note: switch.note.clone(),
        all_tenants: switch.tenant.is_none(),
    }
}
