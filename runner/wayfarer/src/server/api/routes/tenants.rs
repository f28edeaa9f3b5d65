//! Tenants: for whom the runner works, and the kill switches of each and of all.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;
use wayfarer_store::KillSwitch;

use crate::protocol::Kind;
use crate::protocol::{Changed, OfTenant, PauseRequest, StopInfo, TenantInfo};
use crate::server::api::caller::{Caller, no_tenant};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared, body};
use crate::server::dispatcher::Suspensions;
use crate::server::tenants::Tenant;

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
    let now = shared.clock.now();
    let suspensions = Suspensions::now(&shared.store, now).await.map_err(Problem::internal)?;
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
            stopped: suspensions.kill_switch(tenant.name()).map(stop_info),
        });
    }
    Ok(Json(found))
}

fn stop_info(switch: &KillSwitch) -> StopInfo {
    StopInfo {
        from_ms: switch.from.0,
        by: switch.by.clone(),
        note: switch.note.clone(),
        all_tenants: switch.tenant.is_none(),
    }
}

/// Throw a tenant's kill switch: its runs are cancelled, and no more are made
#[utoipa::path(post, path = "/tenants/{tenant}/stop", params(("tenant" = String, Path, description = "Its name")), request_body = PauseRequest,
    responses((status = 200, description = "It is thrown", body = Changed)))]
pub(super) async fn stop(
    State(shared): State<Shared>,
    caller: Caller,
    Path(tenant): Path<String>,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    let tenant = named(&shared, &caller, &tenant)?;
    throw(&shared, &caller, Some(&tenant), &bytes).await
}

/// Take a tenant's kill switch back
#[utoipa::path(post, path = "/tenants/{tenant}/start", params(("tenant" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is not thrown", body = Changed)))]
pub(super) async fn start(
    State(shared): State<Shared>,
    caller: Caller,
    Path(tenant): Path<String>,
) -> Result<Json<Changed>, Problem> {
    let tenant = named(&shared, &caller, &tenant)?;
    take_back(&shared, &caller, Some(&tenant)).await
}

/// Throw the whole runner's kill switch
#[utoipa::path(post, path = "/stop", request_body = PauseRequest, responses((status = 200, description = "It is thrown", body = Changed)))]
pub(super) async fn stop_all(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    super::maintenance::all_tenants(&caller)?;
    throw(&shared, &caller, None, &bytes).await
}

/// Take the whole runner's kill switch back
#[utoipa::path(post, path = "/start", responses((status = 200, description = "It is not thrown", body = Changed)))]
pub(super) async fn start_all(
    State(shared): State<Shared>,
    caller: Caller,
) -> Result<Json<Changed>, Problem> {
    super::maintenance::all_tenants(&caller)?;
    take_back(&shared, &caller, None).await
}

fn named(shared: &Shared, caller: &Caller, tenant: &str) -> Result<TenantName, Problem> {
    caller.must_be(Role::Operator)?;
    let tenant: TenantName = tenant.parse().map_err(|error| Problem::new(Kind::Malformed, error))?;
    let tenant = caller.tenant(Some(&tenant))?;
    known(shared, &tenant).map(|_| tenant)
}

async fn throw(
    shared: &Shared,
    caller: &Caller,
    tenant: Option<&TenantName>,
    bytes: &Bytes,
) -> Result<Json<Changed>, Problem> {
    let PauseRequest { note } = if bytes.is_empty() { PauseRequest::default() } else { body(bytes)? };
    let thrown = shared.store.stop_runs(tenant, &caller.name, &note, shared.clock.now()).await;
    tell(shared, thrown.map_err(Problem::internal)?).await
}

async fn take_back(
    shared: &Shared,
    caller: &Caller,
    tenant: Option<&TenantName>,
) -> Result<Json<Changed>, Problem> {
    let taken = shared.store.start_runs(tenant, &caller.name, shared.clock.now()).await;
    tell(shared, taken.map_err(Problem::internal)?).await
}

/// Also where nothing changed: somebody who repeats it wants it to be so.
async fn tell(shared: &Shared, changed: bool) -> Result<Json<Changed>, Problem> {
    shared.control.suspended().await;
    Ok(Json(Changed { changed }))
}
