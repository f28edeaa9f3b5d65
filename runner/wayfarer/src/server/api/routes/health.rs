//! Whether the server is there, whether it works, and its figures. For everybody who can reach it.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::protocol::Kind;
use crate::protocol::ProblemDetails;
use crate::server::api::problem::Problem;
use crate::server::api::state::Shared;

/// Whether the process answers
#[utoipa::path(get, path = "/healthz", security(()), responses((status = 200, description = "It does", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the server does its work
#[utoipa::path(get, path = "/readyz", security(()), responses(
    (status = 200, description = "It does", body = String),
    (status = 503, description = "It does not; the problem says why", body = ProblemDetails)
))]
pub(super) async fn readyz(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    match shared.control.readiness() {
        Ok(()) => Ok("ready\n"),
        Err(unready) => Err(Problem::new(Kind::Unavailable, unready)),
    }
}

/// The server's figures in Prometheus' text format
#[utoipa::path(get, path = "/metrics", security(()), responses((status = 200, description = "Text format 0.0.4", body = String)))]
pub(super) async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], shared.control.metrics().await)
}
