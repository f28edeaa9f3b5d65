//! What every route has at hand, and how a request becomes a [`Caller`].

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use wayfarer_store::Store;

use super::caller::Caller;
use super::problem::Problem;
use crate::clock::WallClock;
use crate::protocol::Kind;
use crate::protocol::Token;
use crate::server::{Control, Runs};

/// What the API is made of.
#[derive(Clone)]
pub(crate) struct ApiSettings {
    /// Where results and versions are.
    pub(crate) store: Store,
    /// The running server.
    pub(crate) control: Control,
    /// Who knows the tenants.
    pub(crate) runs: Runs,
    /// What time it is.
    pub(crate) clock: WallClock,
    /// The largest component that is taken, in bytes.
    pub(crate) largest_component: u64,
}

/// Shared by all requests.
pub(super) type Shared = Arc<ApiSettings>;

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let text = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
            Problem::new(
                Kind::NoToken,
                "send a token as `Authorization: Bearer wf_…`; `wayfarer tokens add` makes one",
            )
        })?;
        let token: Token = text.trim().parse().map_err(|error| Problem::new(Kind::BadToken, error))?;
        let row = shared.store.token(token.hash()).await.map_err(Problem::internal)?;
        let unknown = || {
            Problem::new(Kind::BadToken, "nobody here knows this token, or it was revoked: ask for a new one")
        };
        let row = row.ok_or_else(unknown)?;
        Ok(Self { name: row.name, role: row.role, tenant: row.tenant })
    }
}

/// The query of a request; what cannot be read is a problem that says why.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|error| Problem::new(Kind::Malformed, error.body_text()))
    }
}

/// The body of a request.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::new(Kind::Malformed, format!("the body is not the JSON that is expected: {error}"))
    })
}
