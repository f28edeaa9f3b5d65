//! The routes: one file for each kind of thing. Each is documented where it is written.

mod components;
mod deployments;
mod health;
mod journeys;
mod maintenance;
mod runs;
mod tenants;
mod tokens;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::state::Shared;
use crate::protocol::Kind;

/// The largest body of a request that is no component, in bytes.
const LARGEST_BODY: usize = 16 << 20;
/// The longest that a request may wait for something to happen.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(1);

#[derive(OpenApi)]
#[openapi(
    info(title = "Wayfarer", description = "Runs synthetic journeys. Errors are problem details (RFC 9457)."),
    security(("token" = []))
)]
struct Document;

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
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", api.merge(uploads))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts();
    let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().security_schemes.insert("token".to_owned(), scheme.into());
    (router, document)
}

/// What has no route.
pub(super) async fn nothing() -> Problem {
    Problem::new(Kind::NotFound, "there is no such path: /api/v1/openapi.json lists them")
}

/// A path that has no such method.
pub(super) async fn no_method() -> (StatusCode, Problem) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::new(Kind::Method, "/api/v1/openapi.json lists the methods of each path"),
    )
}
