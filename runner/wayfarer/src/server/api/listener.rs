//! The API on its listener, until the server stops.

use std::sync::Arc;

use axum::{Extension, middleware};
use tokio::net::TcpListener;

use super::audited::audited;
use super::in_force::in_force;
use super::routes::{no_method, nothing, routes};
use super::state::{ApiSettings, Shared};
use crate::shutdown::Cancellation;

/// Every route over one state, and the document that describes them.
pub(super) fn router(settings: ApiSettings) -> (axum::Router, utoipa::openapi::OpenApi) {
    let shared: Shared = Arc::new(settings);
    let (router, document) = routes(&shared);
    let router = router
        .fallback(nothing)
        .method_not_allowed_fallback(no_method)
        .layer(Extension(Arc::new(document.clone())))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), in_force))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), audited))
        .with_state(shared);
    (router, document)
}

/// Answers until `stop` is set, and then what is in flight.
pub(crate) async fn serve(listener: TcpListener, settings: ApiSettings, stop: Cancellation) {
    let (router, _) = router(settings);
    let stopped = async move {
        stop.cancelled().await;
    };
    let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    if let Err(error) = served {
        tracing::error!(%error, "the API ended");
    }
}
