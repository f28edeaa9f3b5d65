//! Sessions of browsers: listed and revoked by operators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wayfarer_store::{SessionRow, SignedInWith};

use crate::protocol::{ProblemDetails, ProblemKind, SessionInfo, SessionQuery};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared};
use crate::server::use_cases::{Caller, SessionsError, SessionsWanted};

/// Browsers that are signed in, the newest session first
#[utoipa::path(get, path = "/sessions", operation_id = "list_sessions", params(SessionQuery), responses((status = 200, description = "As many as there are", body = Vec<SessionInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<SessionQuery>,
) -> Result<Json<Vec<SessionInfo>>, Problem> {
    let SessionQuery { tenant, past, before, limit } = query;
    let wanted = SessionsWanted { tenant, past, before, limit: limit.unwrap_or(50).min(1_000) };
    let idle_ms = shared.access.settings().idle.as_millis() as u64;
    let rows = shared.use_cases.sessions(&caller, wanted, idle_ms).await?;
    Ok(Json(rows.into_iter().map(|row| info(&shared, row)).collect()))
}

/// Revoke a session: its browser has to sign in again
#[utoipa::path(delete, path = "/sessions/{id}", operation_id = "revoke_session", params(("id" = i64, Path, description = "As listed")), responses(
    (status = 204, description = "It is over"),
    (status = 404, description = "There is none, or it was over before", body = ProblemDetails)
))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    shared.use_cases.revoke_session(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn info(shared: &Shared, row: SessionRow) -> SessionInfo {
    let is_open = shared.access.is_open(&row);
    let SessionRow { key, with, name, role, tenant, created, used, expires, ended } = row;
    let (token, issuer, subject) = match with {
        SignedInWith::Token(key) => (Some(key.number()), None, None),
        SignedInWith::Provider { issuer, subject } => (None, Some(issuer), Some(subject)),
    };
    SessionInfo {
        id: key.number(),
        name,
        token,
        issuer,
        subject,
        role,
        tenant,
        created_ms: created.0,
        used_ms: used.0,
        expires_ms: expires.0,
        ended_ms: ended.map(|at| at.0),
        is_open,
    }
}

impl From<SessionsError> for Problem {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::Access(error) => error.into(),
            SessionsError::Store(error) => error.into(),
            SessionsError::NoSuchSession(_) => Self::new(ProblemKind::NotFound, error),
        }
    }
}
