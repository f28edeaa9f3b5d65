//! What every route has at hand, and how a request becomes a [`Caller`].

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, Path, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::config::TraceLink;
use crate::protocol::ProblemKind;
use crate::server::access::{Access, TokenRefused, Witness, checked_token};
use crate::server::audit::AuditTrail;
use crate::server::background::Applied;
use crate::server::use_cases::{Caller, UseCases};

/// What the API is made of.
#[derive(Clone)]
pub(crate) struct ApiSettings {
    pub(crate) use_cases: UseCases,
    pub(crate) applied: Applied,
    pub(crate) trail: AuditTrail,
    pub(crate) access: Access,
    /// Where people look at traces.
    pub(crate) trace_link: Option<TraceLink>,
}

/// Shared by all requests.
pub(crate) type Shared = Arc<ApiSettings>;

impl FromRef<Shared> for Access {
    fn from_ref(shared: &Shared) -> Self {
        shared.access.clone()
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        // Never from a cookie, which another site can make a browser send.
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let text = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
            Problem::new(
                ProblemKind::NoToken,
                "send a token as `Authorization: Bearer wf_…`; `wayfarer tokens add` makes one",
            )
        })?;
        match checked_token(&shared.access, text).await {
            Ok((_, caller)) => {
                Witness::note(parts, &caller);
                Ok(caller)
            }
            Err(TokenRefused::Store(error)) => Err(Problem::internal(error)),
            Err(refused) => {
                // The audit trail names the token, also if it has expired.
                if let TokenRefused::Expired { caller, .. } = &refused {
                    Witness::note(parts, caller);
                }
                Err(Problem::new(ProblemKind::BadToken, refused))
            }
        }
    }
}

/// What the path of a request names. If it cannot be read, the problem says why.
pub(crate) struct Named<T>(pub(crate) T);

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
pub(crate) struct Asked<T>(pub(crate) T);

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
