//! Every page and what it needs, beside the API's routes. Nothing here changes anything.

use axum::routing::get;
use axum::{Extension, Router};

use super::{incidents, journey, overview, run, status};
use crate::server::api::Shared;
use crate::server::assets::asset;

/// The pages, ready to be merged into the API's router.
pub(crate) fn pages() -> Router<Shared> {
    Router::new()
        .route("/", get(overview::show).layer(Extension(overview::Kept::new())))
        .route("/journeys/{tenant}/{journey}", get(journey::show))
        .route("/incidents", get(incidents::list))
        .route("/incidents/{incident}", get(incidents::show))
        .route("/runs/{run}", get(run::show))
        .route("/runs/{run}/picture", get(run::picture))
        .route("/runs/{run}/artifact", get(run::artifact))
        .route("/runs/{run}/har", get(run::archive))
        .route("/runs/{run}/json", get(run::json))
        .route("/assets/{digest}/{name}", get(asset))
        .merge(for_everybody())
}

/// What needs no sign-in. It stands below one path, so that a proxy can show it alone.
fn for_everybody() -> Router<Shared> {
    Router::new()
        .route("/status/{path}", get(status::show))
        .route("/status/{path}/badge.svg", get(status::badge))
        .route("/status/{path}/feed.atom", get(status::feed))
        .route("/status/assets/{digest}/{name}", get(asset))
        .layer(Extension(status::StatusPages::default()))
}
