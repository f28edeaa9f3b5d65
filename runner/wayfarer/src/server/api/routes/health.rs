//! Liveness, readiness and metrics: for everybody who can reach the server, without a token.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::protocol::ProblemDetails;
use crate::protocol::ProblemKind;
use crate::server::api::problem::Problem;
use crate::server::api::state::Shared;
use crate::server::metrics::Format;

/// Whether the process answers
#[utoipa::path(get, path = "/healthz", operation_id = "get_healthz", security(()), responses((status = 200, description = "It does", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the server does its work
#[utoipa::path(get, path = "/readyz", operation_id = "get_readyz", security(()), responses(
    (status = 200, description = "It does", body = String),
    (status = 503, description = "It does not; the problem says why", body = ProblemDetails)
))]
pub(super) async fn readyz(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    match shared.use_cases.control.readiness() {
        Ok(()) => Ok("ready\n"),
        Err(unready) => Err(Problem::new(ProblemKind::Unavailable, unready)),
    }
}

/// The server's figures for Prometheus
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", security(()), responses((
    status = 200,
    description = "Text format 0.0.4, or Prometheus' protobuf format (with native histograms) if `Accept` prefers it",
    body = String
)))]
pub(super) async fn metrics(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let format = Format::accepted(headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()));
    let body = shared.use_cases.control.metrics().await.encode(format).map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, format.content_type())], body))
}
