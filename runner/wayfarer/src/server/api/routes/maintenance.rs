//! Maintenance windows: planned, listed and ended. A tenant's by its authors, the whole runner's by operators.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use wayfarer_model::access::Role;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::maintenance::{Phase, Weekly, Window};
use wayfarer_model::schedule::Timezone;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Maintenance, MaintenanceKey, NewMaintenance};

use crate::protocol::Kind;
use crate::protocol::ProblemDetails;
use crate::protocol::{MaintenanceInfo, MaintenancePhase, MaintenanceRequest};
use crate::server::api::caller::Caller;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared, body};

fn info(window: Maintenance, now: UnixMillis) -> MaintenanceInfo {
    let Maintenance { key, plan, planned, ended, .. } = window;
    let phase = if ended.is_some() { Phase::Over } else { plan.window.phase(now) };
    let (from, until, weekly) = match &plan.window {
        Window::Once { from, until } => (Some(from.0), Some(until.0), None),
        Window::Weekly(weekly) => (None, None, Some(weekly)),
    };
    MaintenanceInfo {
        id: key.number(),
        tenant: plan.tenant,
        journeys: plan.journeys,
        mode: plan.mode,
        from_ms: from,
        until_ms: until,
        weekly: weekly.map(Weekly::to_string),
        timezone: weekly.map(Weekly::timezone),
        planned_ms: planned.0,
        planned_by: plan.by,
        note: plan.note,
        ended_ms: ended.as_ref().map(|(at, _)| at.0),
        ended_by: ended.map(|(_, by)| by),
        phase: match phase {
            Phase::InForce => MaintenancePhase::InForce,
            Phase::Next(_) => MaintenancePhase::Planned,
            Phase::Over => MaintenancePhase::Over,
        },
        next_ms: match phase {
            Phase::Next(at) => Some(at.0),
            Phase::InForce | Phase::Over => None,
        },
    }
}

/// Which windows
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
pub(super) struct MaintenanceQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Those that are over or were ended, too
    #[serde(default)]
    pub(crate) past: bool,
}

/// Maintenance windows of a tenant, and of the whole runner
#[utoipa::path(get, path = "/maintenance", params(MaintenanceQuery), responses((status = 200, description = "The oldest first", body = Vec<MaintenanceInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<MaintenanceQuery>,
) -> Result<Json<Vec<MaintenanceInfo>>, Problem> {
    let (scope, now) = (caller.scope(query.tenant.as_ref())?, shared.clock.now());
    let from = if query.past { UnixMillis(0) } else { now };
    let windows = shared.store.maintenance_reaching(from).await.map_err(Problem::internal)?;
    let is_seen =
        |window: &Maintenance| scope.is_none() || window.plan.tenant.is_none() || window.plan.tenant == scope;
    Ok(Json(windows.into_iter().filter(is_seen).map(|window| info(window, now)).collect()))
}

/// Plan maintenance
#[utoipa::path(post, path = "/maintenance", request_body = MaintenanceRequest, responses(
    (status = 201, description = "It is planned", body = MaintenanceInfo),
    (status = 422, description = "It says when in no way that makes sense, or names what is not there", body = ProblemDetails)
))]
pub(super) async fn add(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(StatusCode, Json<MaintenanceInfo>), Problem> {
    let request: MaintenanceRequest = body(&bytes)?;
    let tenant = whose(&shared, &caller, &request)?;
    are_there(&shared, tenant.as_ref(), &request.journeys).await?;
    let now = shared.clock.now();
    let plan = NewMaintenance {
        tenant,
        window: window(&request, now)?,
        journeys: request.journeys,
        mode: request.mode,
        by: caller.name,
        note: request.note,
    };
    let key = shared.store.plan_maintenance(plan.clone(), now).await.map_err(Problem::internal)?;
    shared.control.suspended().await;
    let planned = Maintenance { key, plan, planned: now, ended: None };
    Ok((StatusCode::CREATED, Json(info(planned, now))))
}

/// End a maintenance window for good
#[utoipa::path(delete, path = "/maintenance/{id}", params(("id" = i64, Path, description = "As listed")), responses(
    (status = 204, description = "It is in force no more"),
    (status = 404, description = "There is none, or it was ended before", body = ProblemDetails)
))]
pub(super) async fn end(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    caller.must_be(Role::Author)?;
    let now = shared.clock.now();
    let windows = shared.store.maintenance_reaching(now).await.map_err(Problem::internal)?;
    let found = windows.into_iter().find(|window| window.key.number() == id);
    let found = found.filter(|window| {
        caller.tenant.is_none() || window.plan.tenant.is_none() || window.plan.tenant == caller.tenant
    });
    if found.as_ref().is_some_and(|window| window.plan.tenant.is_none()) {
        all_tenants(&caller)?;
    }
    let key = MaintenanceKey::from_number(id);
    let ended = found.is_some()
        && shared.store.end_maintenance(key, &caller.name, now).await.map_err(Problem::internal)?;
    if !ended {
        return Err(Problem::new(
            Kind::NotFound,
            format!(
                "there is no maintenance window {id} to be ended: `wayfarer maintenance list` lists them"
            ),
        ));
    }
    shared.control.suspended().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Only an operator of all tenants speaks for all tenants.
pub(super) fn all_tenants(caller: &Caller) -> Result<(), Problem> {
    caller.must_be(Role::Operator)?;
    match &caller.tenant {
        None => Ok(()),
        Some(own) => Err(Problem::new(
            Kind::Forbidden,
            format!("this is for all tenants, and the token `{}` is for tenant `{own}`", caller.name),
        )),
    }
}

fn whose(
    shared: &Shared,
    caller: &Caller,
    request: &MaintenanceRequest,
) -> Result<Option<TenantName>, Problem> {
    caller.must_be(Role::Author)?;
    if !request.all_tenants {
        let tenant = caller.tenant(request.tenant.as_ref())?;
        super::tenants::known(shared, &tenant)?;
        return Ok(Some(tenant));
    }
    if !request.journeys.is_empty() || request.tenant.is_some() {
        let detail = "maintenance for all tenants covers all their journeys: name no tenant and no journey";
        return Err(Problem::new(Kind::Refused, detail));
    }
    all_tenants(caller).map(|()| None)
}

/// A window for a journey that is not there would protect nothing, and nobody would notice.
async fn are_there(
    shared: &Shared,
    tenant: Option<&TenantName>,
    journeys: &[JourneyName],
) -> Result<(), Problem> {
    let Some(tenant) = tenant.filter(|_| !journeys.is_empty()) else { return Ok(()) };
    let current = shared.store.current(tenant).await.map_err(Problem::internal)?;
    let known: BTreeSet<&JourneyName> = current.iter().map(|version| &version.name).collect();
    match journeys.iter().find(|name| !known.contains(name)) {
        Some(unknown) => Err(super::journeys::no_journey(tenant, unknown)),
        None => Ok(()),
    }
}

fn window(request: &MaintenanceRequest, now: UnixMillis) -> Result<Window, Problem> {
    let refused = |detail: &str| Err(Problem::new(Kind::Refused, detail));
    match (&request.weekly, request.from_ms, request.until_ms) {
        (Some(weekly), None, None) => {
            let weekly = Weekly::parse(weekly, request.timezone.unwrap_or(Timezone::UTC));
            weekly.map(Window::Weekly).map_err(|error| Problem::new(Kind::Refused, error))
        }
        (None, from, Some(until)) => {
            let from = from.map_or(now, UnixMillis);
            if from < now {
                return refused(
                    "maintenance cannot begin in the past, for the rows of slots that are over stay as they are: leave `from_ms` out to begin now",
                );
            }
            if until <= from.0 {
                return refused("maintenance has to end after it begins: give a later `until_ms`");
            }
            Ok(Window::Once { from, until: UnixMillis(until) })
        }
        (None, _, None) => {
            refused("say when: `until_ms` for once, or `weekly` such as `sat,sun 02:00-04:00`")
        }
        (Some(_), _, _) => refused("say when in one way: `weekly`, or `from_ms` and `until_ms`"),
    }
}
