//! Journeys that are deployed: looked at, triggered, paused and resumed.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use wayfarer_model::access::Role;
use wayfarer_model::admission::{Standing, runs_slots};
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyStatus, PauseChange};

use super::LONGEST_WAIT;
use crate::protocol::Kind;
use crate::protocol::ProblemDetails;
use crate::protocol::{Changed, JourneyInfo, OfTenant, PauseInfo, PauseRequest, TodayInfo, TriggeredInfo};
use crate::server::TriggerError;
use crate::server::api::caller::Caller;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared, body};
use crate::server::dispatcher::Suspensions;

fn info(status: JourneyStatus, suspensions: &Suspensions, now: UnixMillis) -> Option<JourneyInfo> {
    let JourneyStatus { version, pause, last, today } = status;
    let spec = version.spec?;
    let next = spec.timing.as_ref().and_then(|timing| {
        timing.schedule_of(&version.tenant, &version.name).fires(now.max(version.valid_from), 1).next()
    });
    let is_stopped = suspensions.kill_switch(&version.tenant).is_some();
    let window = suspensions.window(&version.tenant, &version.name, now);
    // Journeys of a disabled tenant show when they would be due.
    let standing = Standing { tenant_is_disabled: false, journey_is_paused: pause.is_some() };
    Some(JourneyInfo {
        tenant: version.tenant,
        journey: version.name,
        version: version.number,
        valid_from_ms: version.valid_from.0,
        deployed_by: version.deployed_by,
        spec: spec.into(),
        next_ms: next.filter(|_| runs_slots(standing)).map(|at| at.0),
        stopped: is_stopped,
        maintenance: window.map(|(key, _)| key.number()),
        paused: pause.map(|pause| PauseInfo { from_ms: pause.from.0, by: pause.by, note: pause.note }),
        last: last.map(Into::into),
        today: TodayInfo {
            slots: today.slots,
            counted: today.counted,
            good: today.good,
            good_first_attempt: today.good_first_attempt,
            p95_us: today.p95.map(|p95| p95.0),
        },
    })
}

async fn statuses(shared: &Shared, scope: Option<&TenantName>) -> Result<Vec<JourneyInfo>, Problem> {
    let now = shared.clock.now();
    let statuses = shared.store.journey_status(scope, now).await.map_err(Problem::internal)?;
    let suspensions = Suspensions::now(&shared.store, now).await.map_err(Problem::internal)?;
    Ok(statuses.into_iter().filter_map(|status| info(status, &suspensions, now)).collect())
}

pub(super) fn no_journey(tenant: &TenantName, journey: &JourneyName) -> Problem {
    Problem::new(
        Kind::NotFound,
        format!(
            "tenant `{tenant}` has no journey `{journey}`: `wayfarer journeys` lists them, `wayfarer deploy` adds one"
        ),
    )
}

fn name(text: &str) -> Result<JourneyName, Problem> {
    text.parse().map_err(|error| Problem::new(Kind::Malformed, error))
}

/// Every journey that is deployed
#[utoipa::path(get, path = "/journeys", params(OfTenant), responses((status = 200, description = "By tenant and name", body = Vec<JourneyInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Vec<JourneyInfo>>, Problem> {
    Ok(Json(statuses(&shared, caller.scope(of.tenant.as_ref())?.as_ref()).await?))
}

/// One journey
#[utoipa::path(get, path = "/journeys/{journey}", params(("journey" = String, Path, description = "Its name"), OfTenant), responses(
    (status = 200, description = "It is deployed", body = JourneyInfo),
    (status = 404, description = "It is not", body = ProblemDetails)
))]
pub(super) async fn one(
    State(shared): State<Shared>,
    caller: Caller,
    Path(journey): Path<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<JourneyInfo>, Problem> {
    let (tenant, journey) = (caller.tenant(of.tenant.as_ref())?, name(&journey)?);
    let found = statuses(&shared, Some(&tenant)).await?.into_iter().find(|info| info.journey == journey);
    found.map(Json).ok_or_else(|| no_journey(&tenant, &journey))
}

/// Whose journey, and how long to wait for its end
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
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
#[utoipa::path(post, path = "/journeys/{journey}/trigger", params(("journey" = String, Path, description = "Its name"), TriggerQuery), responses(
    (status = 200, description = "It has ended, and is stored", body = TriggeredInfo),
    (status = 202, description = "It is under way", body = TriggeredInfo),
    (status = 404, description = "It is not deployed", body = ProblemDetails)
))]
pub(super) async fn trigger(
    State(shared): State<Shared>,
    caller: Caller,
    Path(journey): Path<String>,
    Asked(query): Asked<TriggerQuery>,
) -> Result<(StatusCode, Json<TriggeredInfo>), Problem> {
    caller.must_be(Role::Author)?;
    let (tenant, journey) = (caller.tenant(query.tenant.as_ref())?, name(&journey)?);
    let triggered = shared.control.trigger(&tenant, &journey).await.map_err(|error| {
        let kind = match &error {
            TriggerError::NoSuchJourney { .. } => return no_journey(&tenant, &journey),
            TriggerError::TenantDisabled(_) => Kind::NotFound,
            TriggerError::KillSwitch(_) => Kind::Stopped,
            TriggerError::Quota { .. } | TriggerError::TooManyWaiting { .. } => Kind::Quota,
            TriggerError::Stopping | TriggerError::DiskFull => Kind::Unavailable,
        };
        Problem::new(kind, error)
    })?;
    let mut info =
        TriggeredInfo { run: triggered.run, slot_ms: triggered.slot.0, verdict: None, reason: None };
    let wait = Duration::from_millis(query.wait_ms.unwrap_or(0)).min(LONGEST_WAIT);
    let ended = if wait.is_zero() {
        None
    } else {
        tokio::time::timeout(wait, triggered.ended()).await.ok().flatten()
    };
    let Some(ended) = ended else { return Ok((StatusCode::ACCEPTED, Json(info))) };
    (info.verdict, info.reason) = (Some(ended.verdict), Some(ended.reason));
    Ok((StatusCode::OK, Json(info)))
}

/// Skip a journey's slots from now on
#[utoipa::path(post, path = "/journeys/{journey}/pause", params(("journey" = String, Path, description = "Its name"), OfTenant), request_body = PauseRequest,
    responses((status = 200, description = "It is paused", body = Changed)))]
pub(super) async fn pause(
    State(shared): State<Shared>,
    caller: Caller,
    Path(journey): Path<String>,
    Asked(of): Asked<OfTenant>,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    caller.must_be(Role::Author)?;
    let (tenant, journey) = (caller.tenant(of.tenant.as_ref())?, name(&journey)?);
    super::tenants::known(&shared, &tenant)?;
    let PauseRequest { note } = if bytes.is_empty() { PauseRequest::default() } else { body(&bytes)? };
    let now = shared.clock.now();
    let change = shared.store.pause(&tenant, &journey, &caller.name, &note, now).await;
    changed(&shared, (&tenant, &journey), change.map_err(Problem::internal)?).await
}

/// Run a journey's slots again from now on
#[utoipa::path(post, path = "/journeys/{journey}/resume", params(("journey" = String, Path, description = "Its name"), OfTenant),
    responses((status = 200, description = "It is not paused", body = Changed)))]
pub(super) async fn resume(
    State(shared): State<Shared>,
    caller: Caller,
    Path(journey): Path<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Changed>, Problem> {
    caller.must_be(Role::Author)?;
    let (tenant, journey) = (caller.tenant(of.tenant.as_ref())?, name(&journey)?);
    super::tenants::known(&shared, &tenant)?;
    let change = shared.store.resume(&tenant, &journey, &caller.name, shared.clock.now()).await;
    changed(&shared, (&tenant, &journey), change.map_err(Problem::internal)?).await
}

async fn changed(
    shared: &Shared,
    (tenant, journey): (&TenantName, &JourneyName),
    change: PauseChange,
) -> Result<Json<Changed>, Problem> {
    match change {
        PauseChange::NoSuchJourney => return Err(no_journey(tenant, journey)),
        PauseChange::Changed => shared.control.changed(tenant).await,
        PauseChange::Already => {}
    }
    Ok(Json(Changed { changed: change == PauseChange::Changed }))
}
