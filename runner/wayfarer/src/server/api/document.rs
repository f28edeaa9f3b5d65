//! The OpenAPI document: made of what stands at each route, and served beside them.

use std::sync::Arc;

use axum::{Extension, Json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(title = "Wayfarer", description = "Runs synthetic journeys. Errors are problem details (RFC 9457)."),
    security(("token" = []))
)]
struct Document;

/// The document before any route is added to it.
pub(super) fn empty() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().security_schemes.insert("token".to_owned(), scheme.into());
    document
}

/// This document
#[utoipa::path(get, path = "/openapi.json", operation_id = "get_openapi", security(()), responses((status = 200, description = "OpenAPI 3.1, as JSON", body = Object)))]
pub(super) async fn openapi(
    Extension(document): Extension<Arc<utoipa::openapi::OpenApi>>,
) -> Json<utoipa::openapi::OpenApi> {
    Json((*document).clone())
}
