//! Every route of the API, with its documentation, and the answers to paths without one.

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    audit_events, clock, components, deployments, health, journeys, maintenance, runs, tenants, tokens,
};
use crate::protocol::ProblemKind;
use crate::server::api::document;
use crate::server::api::problem::Problem;
use crate::server::api::state::Shared;

/// The largest body of a request that is not a component, in bytes.
const LARGEST_BODY: usize = 16 << 20;

/// Every route, and the document that describes them.
pub(in crate::server::api) fn routes(shared: &Shared) -> (axum::Router<Shared>, utoipa::openapi::OpenApi) {
    let largest = usize::try_from(shared.largest_component).unwrap_or(usize::MAX);
    let uploads = OpenApiRouter::new()
        .routes(routes!(components::put, components::get))
        .layer(DefaultBodyLimit::max(largest));
    let api = OpenApiRouter::new()
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
        .nest("/api/v1", api.merge(uploads))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts()
}

/// For paths without a route.
pub(in crate::server::api) async fn nothing() -> Problem {
    Problem::new(ProblemKind::NotFound, "there is no such path: /api/v1/openapi.json lists them")
}

/// For paths that have a route, but not of this method.
pub(in crate::server::api) async fn no_method() -> (StatusCode, Problem) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::new(ProblemKind::Method, "/api/v1/openapi.json lists the methods of each path"),
    )
}
