//! Tenants: for whom the runner works.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use wayfarer_model::ids::TenantName;

use crate::api::caller::{Caller, no_tenant};
use crate::api::problem::Problem;
use crate::api::state::{Asked, Shared};
use crate::api::wire::{OfTenant, TenantInfo};
use crate::tenants::Tenant;

/// The tenant of that name, if the configuration names it.
pub(super) fn known(shared: &Shared, name: &TenantName) -> Result<Arc<Tenant>, Problem> {
    shared.runs.tenants().get(name).cloned().ok_or_else(|| no_tenant(name))
}

/// The tenants that the token may see
#[utoipa::path(get, path = "/tenants", params(OfTenant), responses((status = 200, description = "By name", body = Vec<TenantInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Vec<TenantInfo>>, Problem> {
    let scope = caller.scope(of.tenant.as_ref())?;
    let tenants = shared.runs.tenants();
    let mut found = Vec::new();
    for tenant in tenants.iter().filter(|tenant| scope.as_ref().is_none_or(|name| name == tenant.name())) {
        let journeys = shared.store.current(tenant.name()).await.map_err(Problem::internal)?.len();
        found.push(TenantInfo {
            tenant: tenant.name().clone(),
            title: tenant.title().map(str::to_owned),
            runs: tenant.runs(),
            runs_per_day: tenant.runs_per_day(),
            journeys,
            most_journeys: tenant.journeys(),
        });
    }
    Ok(Json(found))
}
