//! Incidents: listed, shown and changed.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::body::Bytes;
use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{IncidentEventRow, IncidentKey, IncidentRow};

use super::request::page;
use crate::protocol::{
    IncidentDetail, IncidentEventInfo, IncidentInfo, IncidentRequest, IncidentState, ProblemDetails,
    ProblemKind,
};
use crate::server::api::concerning::Concerning;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared, body};
use crate::server::use_cases::{Caller, IncidentError, IncidentsWanted};

/// Which incidents
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct IncidentQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// The journey; any by default
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) journey: Option<JourneyName>,
    /// Those that are over, too
    #[serde(default)]
    pub(crate) past: bool,
    /// Incidents with a smaller number than this one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<i64>,
    /// How many at most; 1,000 by default, and never more
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}

/// Incidents of a tenant
#[utoipa::path(get, path = "/incidents", operation_id = "list_incidents", params(IncidentQuery), responses((status = 200, description = "The newest first", body = Vec<IncidentInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<IncidentQuery>,
) -> Result<Json<Vec<IncidentInfo>>, Problem> {
    let now = shared.use_cases.clock.now();
    let IncidentQuery { tenant, journey, past, before, limit } = query;
    let wanted = IncidentsWanted { tenant, journey, past, before, limit: page(limit) };
    let rows = shared.use_cases.incidents(&caller, wanted).await?;
    Ok(Json(rows.into_iter().map(|row| info(row, now)).collect()))
}

/// An incident and its time line
#[utoipa::path(get, path = "/incidents/{incident}", operation_id = "get_incident", params(("incident" = i64, Path, description = "As listed")), responses(
    (status = 200, description = "The incident", body = IncidentDetail),
    (status = 404, description = "There is none", body = ProblemDetails)
))]
pub(super) async fn one(
    State(shared): State<Shared>,
    caller: Caller,
    Named(incident): Named<i64>,
) -> Result<Json<IncidentDetail>, Problem> {
    let found = shared.use_cases.incident(&caller, incident).await?;
    Ok(Json(detail(found, shared.use_cases.clock.now())))
}

/// Acknowledge, mute, note or resolve an incident
#[utoipa::path(post, path = "/incidents/{incident}", operation_id = "change_incident", request_body = IncidentRequest, params(("incident" = i64, Path, description = "As listed")), responses(
    (status = 200, description = "The incident as it is now", body = IncidentDetail),
    (status = 404, description = "There is none", body = ProblemDetails),
    (status = 422, description = "It is over, or the request breaks a rule", body = ProblemDetails)
))]
pub(super) async fn change(
    State(shared): State<Shared>,
    caller: Caller,
    Named(incident): Named<i64>,
    bytes: Bytes,
) -> Result<(Extension<Concerning>, Json<IncidentDetail>), Problem> {
    let request: IncidentRequest = body(&bytes)?;
    let action = request.action;
    let found = shared.use_cases.change_incident(&caller, incident, request).await?;
    let concerning = Concerning::incident(&found.0, action);
    Ok((Extension(concerning), Json(detail(found, shared.use_cases.clock.now()))))
}

fn info(row: IncidentRow, now: UnixMillis) -> IncidentInfo {
    let state = state(&row, now);
    let (acknowledged_ms, acknowledged_by) = row.acknowledged.map(|(at, by)| (at.0, by)).unzip();
    let IncidentKey(incident) = row.key;
    IncidentInfo {
        incident,
        tenant: row.tenant,
        journey: row.journey,
        location: row.location,
        kind: row.kind,
        subject: row.subject,
        state,
        began_ms: row.began.0,
        opened_ms: row.opened.0,
        resolved_ms: row.resolved.map(|at| at.0),
        first_run: row.first_run,
        opening_run: row.opening_run,
        last_good_run: row.last_good_run,
        looks: row.looks,
        bad_looks: row.bad_looks,
        statistic: row.statistic,
        bound: row.bound,
        message: row.message,
        acknowledged_by,
        acknowledged_ms,
        muted_until_ms: row.muted_until.map(|at| at.0),
        post_mortem: row.post_mortem,
    }
}

fn state(row: &IncidentRow, now: UnixMillis) -> IncidentState {
    let is_muted = row.muted_until.is_some_and(|until| now < until);
    let is_acknowledged =
        row.acknowledged.is_some() && row.acknowledged_until.is_none_or(|until| now < until);
    match row.resolved {
        Some(_) => IncidentState::Resolved,
        None if is_muted => IncidentState::Muted,
        None if is_acknowledged => IncidentState::Acknowledged,
        None => IncidentState::Open,
    }
}

fn detail((row, events): (IncidentRow, Vec<IncidentEventRow>), now: UnixMillis) -> IncidentDetail {
    let event = |event: IncidentEventRow| IncidentEventInfo {
        occurred_ms: event.occurred.0,
        kind: event.kind,
        run: event.run,
        actor: event.actor,
        note: event.note,
    };
    IncidentDetail { incident: info(row, now), events: events.into_iter().map(event).collect() }
}

impl From<IncidentError> for Problem {
    fn from(error: IncidentError) -> Self {
        match error {
            IncidentError::Access(error) => error.into(),
            IncidentError::Store(error) => error.into(),
            IncidentError::NoSuchIncident(_) => Self::new(ProblemKind::NotFound, error),
            IncidentError::Over(_)
            | IncidentError::NoEnd
            | IncidentError::Past
            | IncidentError::NoWords
            | IncidentError::NoPublicWords
            | IncidentError::NoUrl(_)
            | IncidentError::Note(_) => Self::new(ProblemKind::Refused, error),
        }
    }
}
