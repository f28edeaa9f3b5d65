//! Maintenance windows: planned, listed and ended.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use wayfarer_model::ids::TenantName;
use wayfarer_model::maintenance::{Phase, Weekly, Window};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::Maintenance;

use super::request::page;
use crate::protocol::{MaintenanceInfo, MaintenancePhase, MaintenanceRequest, ProblemDetails, ProblemKind};
use crate::server::api::concerning::Concerning;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared, body};
use crate::server::use_cases::{Caller, MaintenanceError};

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
#[into_params(parameter_in = Query)]
pub(super) struct MaintenanceQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Those that are over or were ended, too
    #[serde(default)]
    pub(crate) past: bool,
    /// Windows with a greater number than this one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<i64>,
    /// How many at most; 1,000 by default, and never more
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}

/// Maintenance windows of a tenant, and of the whole runner
#[utoipa::path(get, path = "/maintenance", operation_id = "list_maintenance", params(MaintenanceQuery), responses((status = 200, description = "The oldest first", body = Vec<MaintenanceInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<MaintenanceQuery>,
) -> Result<Json<Vec<MaintenanceInfo>>, Problem> {
    let now = shared.use_cases.clock.now();
    let MaintenanceQuery { tenant, past, after, limit } = query;
    let part = (after.unwrap_or(0), page(limit));
    let windows = shared.use_cases.maintenance(&caller, tenant.as_ref(), past, part).await?;
    Ok(Json(windows.into_iter().map(|window| info(window, now)).collect()))
}

/// Plan maintenance
#[utoipa::path(post, path = "/maintenance", operation_id = "add_maintenance", request_body = MaintenanceRequest, responses(
    (status = 201, description = "It is planned", body = MaintenanceInfo),
    (status = 422, description = "It breaks a rule, or names a journey that is not deployed", body = ProblemDetails)
))]
pub(super) async fn add(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(StatusCode, Extension<Concerning>, Json<MaintenanceInfo>), Problem> {
    let request: MaintenanceRequest = body(&bytes)?;
    let planned = shared.use_cases.plan_maintenance(&caller, request).await?;
    let now = planned.planned;
    let concerning = Concerning::planned(&planned);
    Ok((StatusCode::CREATED, Extension(concerning), Json(info(planned, now))))
}

/// End a maintenance window for good
#[utoipa::path(delete, path = "/maintenance/{id}", operation_id = "end_maintenance", params(("id" = i64, Path, description = "As listed")), responses(
    (status = 204, description = "It is no longer in force"),
    (status = 404, description = "There is none, or it was ended before", body = ProblemDetails)
))]
pub(super) async fn end(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    shared.use_cases.end_maintenance(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<MaintenanceError> for Problem {
    fn from(error: MaintenanceError) -> Self {
        match error {
            MaintenanceError::Access(error) => error.into(),
            MaintenanceError::NoSuchJourney(error) => error.into(),
            MaintenanceError::Store(error) => error.into(),
            MaintenanceError::NoSuchWindow(_) => Self::new(ProblemKind::NotFound, error),
            MaintenanceError::AllTenantsAndSome
            | MaintenanceError::BeginsInThePast
            | MaintenanceError::EndsBeforeItBegins
            | MaintenanceError::NoTime
            | MaintenanceError::TwoTimes
            | MaintenanceError::Note(_)
            | MaintenanceError::Weekly(_) => Self::new(ProblemKind::Refused, error),
        }
    }
}
