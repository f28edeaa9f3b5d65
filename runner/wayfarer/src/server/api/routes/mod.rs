//! The routes: one file for each kind of thing. A route stands beside its documentation, and `routes!` adds both.

mod components;
mod deployments;
mod health;
mod journeys;
mod maintenance;
mod runs;
mod tenants;
mod tokens;

use std::str::FromStr;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::document;
use super::problem::Problem;
use super::state::Shared;
use crate::protocol::Kind;

/// The largest body of a request that is not a component, in bytes.
const LARGEST_BODY: usize = 16 << 20;
/// The longest that a request may wait for something to happen.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Every route, and the document that describes them.
pub(super) fn routes(shared: &Shared) -> (axum::Router<Shared>, utoipa::openapi::OpenApi) {
    let largest = usize::try_from(shared.largest_component).unwrap_or(usize::MAX);
    let uploads = OpenApiRouter::new()
        .routes(routes!(components::put, components::get))
        .layer(DefaultBodyLimit::max(largest));
    let api = OpenApiRouter::new()
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

/// A name in a path.
fn name<N: FromStr<Err: ToString>>(text: &str) -> Result<N, Problem> {
    text.parse().map_err(|error: N::Err| Problem::new(Kind::Malformed, error))
}

/// For paths without a route.
pub(super) async fn nothing() -> Problem {
    Problem::new(Kind::NotFound, "there is no such path: /api/v1/openapi.json lists them")
}

/// For paths that have a route, but not of this method.
pub(super) async fn no_method() -> (StatusCode, Problem) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::new(Kind::Method, "/api/v1/openapi.json lists the methods of each path"),
    )
}
