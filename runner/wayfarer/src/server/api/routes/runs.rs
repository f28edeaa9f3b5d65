//! Runs: read, and followed as they are committed.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use wayfarer_model::ids::{RunId, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{Neighbours, RunCursor, RunFilter};

use super::request::LONGEST_WAIT;
use crate::protocol::{
    ArtifactQuery, NeighboursInfo, OfTenant, ProblemDetails, ProblemKind, RunInFull, RunInfo, RunQuery,
    RunningInfo,
};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared};
use crate::server::use_cases::{Caller, RunError};
use crate::view::har;

fn filter(query: &RunQuery, tenant: Option<TenantName>) -> Result<RunFilter, Problem> {
    let words = query.verdict.as_deref().unwrap_or("").split(',').filter(|word| !word.is_empty());
    let verdicts = words.map(|word| {
        let found = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
        found.ok_or_else(|| {
            let known: Vec<_> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
            Problem::new(
                ProblemKind::Malformed,
                format!("`{word}` is not a verdict: use `{}`", known.join("`, `")),
            )
        })
    });
    let annotation = query.annotation.as_deref().map(|text| {
        let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let wrong = format!("`{text}` names no value: write the annotation's name, `=`, and the value");
        let owned = pair.map(|(name, value)| (name.to_owned(), value.to_owned()));
        owned.ok_or_else(|| Problem::new(ProblemKind::Malformed, wrong))
    });
    Ok(RunFilter {
        tenant,
        journey: query.journey.clone(),
        verdicts: verdicts.collect::<Result<_, _>>()?,
        lane: query.lane,
        since: query.since_ms.map(UnixMillis),
        until: query.until_ms.map(UnixMillis),
        prefix: query.prefix.clone(),
        annotation: annotation.transpose()?,
        before: query.before.map(RunCursor),
        after: query.after.map(RunCursor),
        limit: query.limit.unwrap_or(50).min(1_000),
    })
}

/// Runs by a filter, newest first; oldest first after a cursor
#[utoipa::path(get, path = "/runs", operation_id = "list_runs", params(RunQuery), responses((status = 200, description = "As many as there are", body = Vec<RunInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<RunQuery>,
) -> Result<Json<Vec<RunInfo>>, Problem> {
    let filter = filter(&query, caller.scope(query.tenant.as_ref())?)?;
    let wait = Duration::from_millis(query.wait_ms.unwrap_or(0)).min(LONGEST_WAIT);
    let mut committed = shared.use_cases.store.committed();
    let mut deadline = std::pin::pin!(tokio::time::sleep(wait));
    loop {
        committed.mark_unchanged();
        let rows = shared.use_cases.store.runs(&filter).await?;
        if !rows.is_empty() || deadline.is_elapsed() {
            return Ok(Json(rows.into_iter().map(RunInfo::from).collect()));
        }
        tokio::select! {
            () = &mut deadline => {}
            changed = committed.changed() => if changed.is_err() { return Ok(Json(Vec::new())) },
        }
    }
}

/// A run with everything that was recorded of it
#[utoipa::path(get, path = "/runs/{run}", operation_id = "get_run", params(("run" = String, Path, description = "Its public id"), OfTenant), responses(
    (status = 200, description = "It has ended", body = RunInFull),
    (status = 404, description = "There is none, or it has not ended", body = ProblemDetails)
))]
pub(super) async fn one(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<RunInFull>, Problem> {
    let detail = shared.use_cases.run(&caller, of.tenant.as_ref(), run_id(&id)?).await?;
    Ok(Json(detail.into()))
}

/// A run's requests as HTTP Archive 1.2, with the heads and bodies that were kept
#[utoipa::path(get, path = "/runs/{run}/har", operation_id = "get_run_har", params(("run" = String, Path, description = "Its public id"), OfTenant), responses(
    (status = 200, description = "An archive", body = Object),
    (status = 404, description = "There is none, or it has not ended", body = ProblemDetails)
))]
pub(super) async fn archive(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<impl IntoResponse, Problem> {
    let id = run_id(&id)?;
    let detail = shared.use_cases.run(&caller, of.tenant.as_ref(), id).await?;
    let attached = format!("attachment; filename=\"{id}.har\"");
    Ok(([(header::CONTENT_DISPOSITION, attached)], Json(har(&detail.attempts))))
}

/// The runs around a run: the slots before and after it, and the last good run before it
#[utoipa::path(get, path = "/runs/{run}/neighbours", operation_id = "get_run_neighbours", params(("run" = String, Path, description = "Its public id"), OfTenant), responses(
    (status = 200, description = "Those that there are", body = NeighboursInfo),
    (status = 404, description = "There is no such run, or it has not ended", body = ProblemDetails)
))]
pub(super) async fn neighbours(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<NeighboursInfo>, Problem> {
    let detail = shared.use_cases.run(&caller, of.tenant.as_ref(), run_id(&id)?).await?;
    let Neighbours { previous, next, last_good } = shared.use_cases.neighbours(&detail).await?;
    Ok(Json(NeighboursInfo { previous, next, last_good }))
}

/// The content of an artifact of a run, whatever its media type as plain bytes
#[utoipa::path(get, path = "/runs/{run}/artifact", operation_id = "get_run_artifact", params(("run" = String, Path, description = "Its public id"), ArtifactQuery), responses(
    (status = 200, description = "Its bytes", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, description = "There is none, or it is not kept any more, or its file is missing", body = ProblemDetails)
))]
pub(super) async fn artifact(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<String>,
    Asked(query): Asked<ArtifactQuery>,
) -> Result<impl IntoResponse, Problem> {
    let wanted = (query.name.as_str(), query.attempt);
    let found = shared.use_cases.artifact(&caller, query.tenant.as_ref(), run_id(&id)?, wanted).await?;
    // A journey chose the media type. A browser must not take its content for a page of this server.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    Ok((headers, found.content))
}

/// Runs under way, the oldest first
#[utoipa::path(get, path = "/running", operation_id = "list_running", params(OfTenant), responses((status = 200, description = "Now", body = Vec<RunningInfo>)))]
pub(super) async fn running(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Vec<RunningInfo>>, Problem> {
    let scope = caller.scope(of.tenant.as_ref())?;
    let rows = shared.use_cases.store.running(scope.as_ref()).await?;
    Ok(Json(rows.into_iter().map(RunningInfo::from).collect()))
}

fn run_id(text: &str) -> Result<RunId, Problem> {
    text.parse().map_err(|error| Problem::new(ProblemKind::Malformed, error))
}

impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Access(error) => error.into(),
            RunError::NoSuchRun(_) | RunError::NoSuchArtifact { .. } => {
                Self::new(ProblemKind::NotFound, error)
            }
            RunError::Store(error) => error.into(),
        }
    }
}
