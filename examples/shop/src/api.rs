//! The router: one file per resource, with thin handlers over the domain. Every error is JSON.

mod accounts;
mod auth;
mod catalogue;
mod faults;
mod forms;
mod orders;
mod page;
mod refusal;
mod sessions;

use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::routing::{get, post, put};
use axum::{Json, Router, middleware};
use serde_json::{Value, json};

pub(crate) use refusal::Refusal;

use crate::fault;
use crate::shop::Shop;

/// Creates the router of all endpoints, wrapped by the faults.
pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/health", get(health))
        .route("/login", post(sessions::login))
        .route("/logout", post(sessions::logout))
        .route("/me", get(sessions::me))
        .route("/catalogue", get(catalogue::list))
        .route("/catalogue/{sku}", get(catalogue::item))
        .route("/search", get(catalogue::search))
        .route("/accounts", post(accounts::sign_up))
        .route("/accounts/{id}", get(accounts::show).delete(accounts::remove))
        .route("/accounts/{id}/verify", post(accounts::verify))
        .route("/orders", get(orders::list).post(orders::place))
        .route("/orders/{id}", get(orders::show).delete(orders::cancel))
        .route("/contact", post(forms::contact))
        .route("/upload", post(forms::upload).layer(DefaultBodyLimit::max(forms::MAX_UPLOAD)))
        .route("/faults", get(faults::list).delete(faults::clear))
        .route("/faults/{name}", put(faults::set).delete(faults::remove))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(shop.clone(), fault::apply))
        .with_state(shop)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn nowhere(uri: Uri) -> Refusal {
    Refusal::NoSuchPath(uri.path().to_owned())
}

async fn wrong_method() -> Refusal {
    Refusal::WrongMethod
}
