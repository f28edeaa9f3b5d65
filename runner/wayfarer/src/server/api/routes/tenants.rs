//! Tenants, and the kill switches of each and of all.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;

use super::journeys::note;
use super::request::name;
use crate::protocol::{
    Changed, OfTenant, PauseRequest, ProblemDetails, ProblemKind, StatusPageInfo, TenantInfo,
};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared};
use crate::server::use_cases::{Caller, KillSwitchError, TenantsError};

/// The tenants that the token may see
#[utoipa::path(get, path = "/tenants", operation_id = "list_tenants", params(OfTenant), responses((status = 200, description = "By name", body = Vec<TenantInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Vec<TenantInfo>>, Problem> {
    Ok(Json(shared.use_cases.tenants(&caller, of.tenant.as_ref()).await?))
}

/// What a tenant's status page shows to everybody
#[utoipa::path(get, path = "/tenants/{tenant}/status-page", operation_id = "get_status_page", params(("tenant" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The page, as it is now", body = StatusPageInfo),
    (status = 404, description = "The tenant has none", body = ProblemDetails)
))]
pub(super) async fn status_page(
    State(shared): State<Shared>,
    caller: Caller,
    Named(tenant): Named<String>,
) -> Result<Json<StatusPageInfo>, Problem> {
    let tenant = name(&tenant)?;
    let page = shared.use_cases.own_status_page(&caller, &tenant).await?;
    page.map(Json).ok_or_else(|| {
        let why = format!(
            "tenant `{tenant}` has no status page: `[tenants.{tenant}.status_page]` in wayfarer.toml makes one"
        );
        Problem::new(ProblemKind::NotFound, why)
    })
}

/// Throw a tenant's kill switch: its runs are cancelled, and no more are made
#[utoipa::path(post, path = "/tenants/{tenant}/stop", operation_id = "stop_tenant", params(("tenant" = String, Path, description = "Its name")), request_body = PauseRequest,
    responses((status = 200, description = "It is thrown", body = Changed)))]
pub(super) async fn stop(
    State(shared): State<Shared>,
    caller: Caller,
    Named(tenant): Named<String>,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    let changed = shared.use_cases.stop_runs(&caller, Some(&name(&tenant)?), &note(&bytes)?).await?;
    Ok(Json(Changed { changed }))
}

/// Take a tenant's kill switch back
#[utoipa::path(post, path = "/tenants/{tenant}/start", operation_id = "start_tenant", params(("tenant" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is not thrown", body = Changed)))]
pub(super) async fn start(
    State(shared): State<Shared>,
    caller: Caller,
    Named(tenant): Named<String>,
) -> Result<Json<Changed>, Problem> {
    let changed = shared.use_cases.start_runs(&caller, Some(&name(&tenant)?)).await?;
    Ok(Json(Changed { changed }))
}

/// Throw the whole runner's kill switch
#[utoipa::path(post, path = "/stop", operation_id = "stop_all_tenants", request_body = PauseRequest, responses((status = 200, description = "It is thrown", body = Changed)))]
pub(super) async fn stop_all(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    let changed = shared.use_cases.stop_runs(&caller, None, &note(&bytes)?).await?;
    Ok(Json(Changed { changed }))
}

/// Take the whole runner's kill switch back
#[utoipa::path(post, path = "/start", operation_id = "start_all_tenants", responses((status = 200, description = "It is not thrown", body = Changed)))]
pub(super) async fn start_all(
    State(shared): State<Shared>,
    caller: Caller,
) -> Result<Json<Changed>, Problem> {
    let changed = shared.use_cases.start_runs(&caller, None).await?;
    Ok(Json(Changed { changed }))
}

impl From<KillSwitchError> for Problem {
    fn from(error: KillSwitchError) -> Self {
        match error {
            KillSwitchError::Access(error) => error.into(),
            KillSwitchError::Note(error) => Self::new(ProblemKind::Refused, error),
            KillSwitchError::Store(error) => error.into(),
        }
    }
}

impl From<TenantsError> for Problem {
    fn from(error: TenantsError) -> Self {
        match error {
            TenantsError::Access(error) => error.into(),
            TenantsError::Store(error) => error.into(),
        }
    }
}
