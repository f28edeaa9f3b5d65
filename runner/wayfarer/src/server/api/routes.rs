//! Every route of the API, with its documentation, and the answers to paths without one. `routes/` has a file for each kind of
//! thing, in which a route stands beside its documentation.

mod audit_events;
mod clock;
mod components;
mod deployments;
mod health;
mod journeys;
mod maintenance;
mod request;
mod runs;
mod tenants;
mod tokens;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document;
use super::problem::Problem;
use super::state::Shared;
use crate::protocol::ProblemKind;

/// The largest body of a request, in bytes. A component is not read as a whole and has a limit of its own.
const LARGEST_BODY: usize = 16 << 20;

/// Every route, and the document that describes them.
pub(super) fn routes() -> (axum::Router<Shared>, utoipa::openapi::OpenApi) {
    let api = OpenApiRouter::new()
        .routes(routes!(components::put, components::get))
        .routes(routes!(audit_events::list))
        .routes(routes!(deployments::deploy))
        .routes(routes!(journeys::list))
        .routes(routes!(journeys::one))
        .routes(routes!(journeys::trigger))
        .routes(routes!(journeys::pause))
        .routes(routes!(journeys::resume))
        .routes(routes!(runs::list))
        .routes(routes!(runs::one))
        .routes(routes!(runs::running))
        .routes(routes!(tenants::list))
        .routes(routes!(tenants::stop))
        .routes(routes!(tenants::start))
        .routes(routes!(tenants::stop_all))
        .routes(routes!(tenants::start_all))
        .routes(routes!(maintenance::list, maintenance::add))
        .routes(routes!(maintenance::end))
        .routes(routes!(clock::show))
        .routes(routes!(clock::accept))
        .routes(routes!(tokens::list, tokens::add))
        .routes(routes!(tokens::revoke))
        .routes(routes!(document::openapi))
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    OpenApiRouter::with_openapi(document::empty())
        .nest("/api/v1", api)
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts()
}

/// Health alone, for a listener of its own.
pub(super) fn health_routes() -> axum::Router<Shared> {
    axum::Router::new()
        .route("/healthz", axum::routing::get(health::healthz))
        .route("/readyz", axum::routing::get(health::readyz))
        .fallback(nothing)
}

/// For paths without a route.
pub(super) async fn nothing() -> Problem {
    Problem::new(ProblemKind::NotFound, "there is no such path: /api/v1/openapi.json lists them")
}

/// For paths that have a route, but not of this method.
pub(super) async fn no_method() -> (StatusCode, Problem) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::new(ProblemKind::Method, "/api/v1/openapi.json lists the methods of each path"),
    )
}
