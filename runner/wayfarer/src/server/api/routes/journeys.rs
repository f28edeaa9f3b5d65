//! Deployed journeys: listed, triggered, paused and resumed.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;

use super::request::{LONGEST_WAIT, name};
use crate::protocol::{
    Changed, FlakeInfo, HistoryInfo, HistoryQuery, JourneyInfo, OfTenant, PauseRequest, ProblemDetails,
    ProblemKind, TriggerRequest, TriggeredInfo,
};
use crate::server::TriggerError;
use crate::server::api::concerning::Concerning;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared, body};
use crate::server::use_cases::{Caller, JourneyError, PauseError, StartError};

/// Which journeys
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct JourneysQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Journeys behind this one, `TENANT/JOURNEY` as it was listed
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
    /// How many at most; all by default, which no more are than tenants may deploy
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}

/// Every journey that is deployed
#[utoipa::path(get, path = "/journeys", operation_id = "list_journeys", params(JourneysQuery), responses(
    (status = 200, description = "By tenant and name", body = Vec<JourneyInfo>),
    (status = 400, description = "`after` names no journey", body = ProblemDetails)
))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<JourneysQuery>,
) -> Result<Json<Vec<JourneyInfo>>, Problem> {
    let after = query.after.as_deref().map(listed).transpose()?;
    let mut infos = shared.use_cases.journeys(&caller, query.tenant.as_ref()).await?;
    if let Some(after) = after {
        infos.retain(|info| (&info.tenant, &info.journey) > (&after.0, &after.1));
    }
    infos.truncate(query.limit.map_or(usize::MAX, |limit| limit as usize));
    Ok(Json(infos))
}

/// What `after` names. The journey may be gone by now.
fn listed(text: &str) -> Result<(TenantName, JourneyName), Problem> {
    let (tenant, journey) = text.split_once('/').ok_or_else(|| {
        let why = format!("`{text}` is no journey of a list: write it as `TENANT/JOURNEY`");
        Problem::new(ProblemKind::Malformed, why)
    })?;
    Ok((name(tenant)?, name(journey)?))
}

/// One journey
#[utoipa::path(get, path = "/journeys/{journey}", operation_id = "get_journey", params(("journey" = String, Path, description = "Its name"), OfTenant), responses(
    (status = 200, description = "It is deployed", body = JourneyInfo),
    (status = 404, description = "It is not", body = ProblemDetails)
))]
pub(super) async fn one(
    State(shared): State<Shared>,
    caller: Caller,
    Named(journey): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<JourneyInfo>, Problem> {
    Ok(Json(shared.use_cases.journey(&caller, of.tenant.as_ref(), &name(&journey)?).await?))
}

/// How a journey went over a range of time: its periods and its steps
#[utoipa::path(get, path = "/journeys/{journey}/history", operation_id = "get_journey_history", params(("journey" = String, Path, description = "Its name"), HistoryQuery), responses(
    (status = 200, description = "What the roll-ups say", body = HistoryInfo),
    (status = 404, description = "It is not deployed", body = ProblemDetails)
))]
pub(super) async fn history(
    State(shared): State<Shared>,
    caller: Caller,
    Named(journey): Named<String>,
    Asked(query): Asked<HistoryQuery>,
) -> Result<Json<HistoryInfo>, Problem> {
    let use_cases = &shared.use_cases;
    let (newest, _) = use_cases.versions(&caller, query.tenant.as_ref(), &name(&journey)?).await?;
    Ok(Json(use_cases.history(newest.journey, use_cases.range(query.from_ms, query.until_ms)).await?))
}

/// Of whom and since when flakes are listed
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FlakeQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Runs with slots from the hour of this instant on, in unix milliseconds; by default of the last seven days
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since_ms: Option<u64>,
}

/// What fails now and then: steps and checks of attempts that a retry made good
#[utoipa::path(get, path = "/flakes", operation_id = "list_flakes", params(FlakeQuery), responses((status = 200, description = "The most frequent first", body = Vec<FlakeInfo>)))]
pub(super) async fn flakes(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<FlakeQuery>,
) -> Result<Json<Vec<FlakeInfo>>, Problem> {
    let since = query.since_ms.map(UnixMillis);
    Ok(Json(shared.use_cases.flakes(&caller, query.tenant.as_ref(), since).await?))
}

/// The journey's tenant, and how long to wait for the run's end
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TriggerQuery {
    /// The tenant; the token's own where nothing is said
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// How long to wait for the run's end, in milliseconds; a minute at most
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wait_ms: Option<u64>,
}

/// Run a journey now
#[utoipa::path(post, path = "/journeys/{journey}/trigger", operation_id = "trigger_journey", params(("journey" = String, Path, description = "Its name"), TriggerQuery), request_body = Option<TriggerRequest>, responses(
    (status = 200, description = "It has ended, and is stored", body = TriggeredInfo),
    (status = 202, description = "It is in flight", body = TriggeredInfo),
    (status = 404, description = "It is not deployed", body = ProblemDetails)
))]
pub(super) async fn trigger(
    State(shared): State<Shared>,
    caller: Caller,
    Named(journey): Named<String>,
    Asked(query): Asked<TriggerQuery>,
    bytes: Bytes,
) -> Result<(StatusCode, Extension<Concerning>, Json<TriggeredInfo>), Problem> {
    let TriggerRequest { params } = if bytes.is_empty() { TriggerRequest::default() } else { body(&bytes)? };
    let journey = name(&journey)?;
    let concerning = Extension(Concerning::trigger(&journey, &params));
    let triggered = shared.use_cases.trigger(&caller, query.tenant.as_ref(), &journey, params).await?;
    let mut info =
        TriggeredInfo { run: triggered.run, slot_ms: triggered.slot.0, verdict: None, reason: None };
    let wait = Duration::from_millis(query.wait_ms.unwrap_or(0)).min(LONGEST_WAIT);
    let ended = if wait.is_zero() {
        None
    } else {
        tokio::time::timeout(wait, triggered.ended()).await.ok().flatten()
    };
    let Some(ended) = ended else { return Ok((StatusCode::ACCEPTED, concerning, Json(info))) };
    (info.verdict, info.reason) = (Some(ended.verdict), Some(ended.reason));
    Ok((StatusCode::OK, concerning, Json(info)))
}

/// Skip a journey's slots from now on
#[utoipa::path(post, path = "/journeys/{journey}/pause", operation_id = "pause_journey", params(("journey" = String, Path, description = "Its name"), OfTenant), request_body = PauseRequest,
    responses((status = 200, description = "It is paused", body = Changed)))]
pub(super) async fn pause(
    State(shared): State<Shared>,
    caller: Caller,
    Named(journey): Named<String>,
    Asked(of): Asked<OfTenant>,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    let (journey, note) = (name(&journey)?, note(&bytes)?);
    let changed = shared.use_cases.pause(&caller, of.tenant.as_ref(), &journey, &note).await?;
    Ok(Json(Changed { changed }))
}

/// Run a journey's slots again from now on
#[utoipa::path(post, path = "/journeys/{journey}/resume", operation_id = "resume_journey", params(("journey" = String, Path, description = "Its name"), OfTenant),
    responses((status = 200, description = "It is not paused", body = Changed)))]
pub(super) async fn resume(
    State(shared): State<Shared>,
    caller: Caller,
    Named(journey): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Changed>, Problem> {
    let changed = shared.use_cases.resume(&caller, of.tenant.as_ref(), &name(&journey)?).await?;
    Ok(Json(Changed { changed }))
}

/// The note in a body that may be left out.
pub(super) fn note(bytes: &[u8]) -> Result<String, Problem> {
    let PauseRequest { note } = if bytes.is_empty() { PauseRequest::default() } else { body(bytes)? };
    Ok(note)
}

impl From<PauseError> for Problem {
    fn from(error: PauseError) -> Self {
        match error {
            PauseError::Access(error) => error.into(),
            PauseError::NoSuchJourney(error) => error.into(),
            PauseError::Note(error) => Self::new(ProblemKind::Refused, error),
            PauseError::Store(error) => error.into(),
        }
    }
}

impl From<JourneyError> for Problem {
    fn from(error: JourneyError) -> Self {
        match error {
            JourneyError::Access(error) => error.into(),
            JourneyError::NoSuchJourney(error) => error.into(),
            JourneyError::Store(error) => error.into(),
        }
    }
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        let error = match error {
            StartError::Access(error) => return error.into(),
            StartError::NoSuchJourney(error) => return error.into(),
            StartError::Store(error) => return error.into(),
            StartError::Params(what) => return Self::new(ProblemKind::Refused, what),
            StartError::Trigger(error) => error,
        };
        let kind = match error {
            TriggerError::NoSuchJourney { .. } | TriggerError::TenantDisabled(_) => ProblemKind::NotFound,
            TriggerError::KillSwitch(_) => ProblemKind::Stopped,
            TriggerError::Quota { .. } | TriggerError::TooManyWaiting { .. } => ProblemKind::Quota,
            TriggerError::Stopping | TriggerError::DiskFull => ProblemKind::Unavailable,
        };
        Self::new(kind, error)
    }
}
