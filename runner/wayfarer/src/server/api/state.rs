//! What every route has at hand, and how a request becomes a [`Caller`].

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::audited::Witness;
use super::problem::Problem;
use super::token_uses::TokenUses;
use crate::protocol::{ProblemKind, Token};
use crate::server::audit::AuditTrail;
use crate::server::background::Applied;
use crate::server::use_cases::{Caller, UseCases};

/// What the API is made of.
#[derive(Clone)]
pub(crate) struct ApiSettings {
    pub(crate) use_cases: UseCases,
    pub(crate) applied: Applied,
    pub(crate) trail: AuditTrail,
    pub(crate) uses: TokenUses,
}

/// Shared by all requests.
pub(super) type Shared = Arc<ApiSettings>;

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let text = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
            Problem::new(
                ProblemKind::NoToken,
                "send a token as `Authorization: Bearer wf_…`; `wayfarer tokens add` makes one",
            )
        })?;
        let token: Token = text.trim().parse().map_err(|error| Problem::new(ProblemKind::BadToken, error))?;
        let row = shared.use_cases.store.token(token.hash()).await.map_err(Problem::internal)?;
        let unknown = || {
            Problem::new(
                ProblemKind::BadToken,
                "the server does not know this token, or it was revoked: ask for a new one",
            )
        };
        let row = row.ok_or_else(unknown)?;
        let now = shared.use_cases.clock.now();
        let expired = row.expires.filter(|expires| *expires <= now);
        if expired.is_none() {
            shared.uses.note(&shared.use_cases.store, &row, now);
        }
        let caller = Self { token: row.key.number(), name: row.name, role: row.role, tenant: row.tenant };
        // The audit trail names the token, also if it has expired.
        Witness::note(parts, &caller);
        if let Some(expired) = expired {
            let detail = format!("the token expired at {}: ask for a new one", expired.rfc3339());
            return Err(Problem::new(ProblemKind::BadToken, detail));
        }
        Ok(caller)
    }
}

/// What the path of a request names. If it cannot be read, the problem says why.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<T>::from_request_parts(parts, state).await;
        named
            .map(|Path(value)| Self(value))
            .map_err(|error| Problem::new(ProblemKind::Malformed, error.body_text()))
    }
}

/// The query of a request. If it cannot be read, the problem says why.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|error| Problem::new(ProblemKind::Malformed, error.body_text()))
    }
}

/// The body of a request.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(ProblemKind::Malformed, format!("the body is not the expected JSON: {error}"))
    })
}
