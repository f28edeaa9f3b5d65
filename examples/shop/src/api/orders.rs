//! `/orders`. Every endpoint needs a session.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use super::auth::SignedIn;
use crate::orders::OrderView;
use crate::shop::Shop;
use crate::{catalogue, clock};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const MAX_KEY: usize = 255;
const MAX_QUANTITY: u32 = 1_000;

#[derive(Deserialize)]
pub(super) struct Wanted {
    sku: String,
    #[serde(default = "one")]
    quantity: u32,
}

fn one() -> u32 {
    1
}

pub(super) async fn place(
    State(shop): State<Shop>,
    SignedIn(who): SignedIn,
    headers: HeaderMap,
    sent: Result<Json<Wanted>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(Wanted { sku, quantity }) = sent?;
    if !(1..=MAX_QUANTITY).contains(&quantity) {
        return Err(Refusal::field("quantity", format!("must be 1 to {MAX_QUANTITY}")));
    }
    let key = idempotency_key(&headers)?;
    let item = catalogue::find(&sku).ok_or_else(|| Refusal::not_found("item", sku))?;
    let placed = shop.orders().lock().place(&who, item, quantity, key, clock::now())?;
    let location = format!("/orders/{}", placed.order.id);
    let mut response = (StatusCode::CREATED, [(LOCATION, location)], Json(placed.order)).into_response();
    if placed.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

pub(super) async fn show(
    State(shop): State<Shop>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<OrderView>, Refusal> {
    let order = shop.orders().lock().find(&who, &id, clock::now());
    order.map(Json).ok_or_else(|| Refusal::not_found("order", id))
}

pub(super) async fn list(State(shop): State<Shop>, SignedIn(who): SignedIn) -> Json<Value> {
    let orders = shop.orders().lock().list(&who, clock::now());
    Json(json!({ "orders": orders }))
}

pub(super) async fn cancel(
    State(shop): State<Shop>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    if !shop.orders().lock().cancel(&who, &id) {
        return Err(Refusal::not_found("order", id));
    }
    Ok(StatusCode::NO_CONTENT)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => {
            Err(Refusal::field("Idempotency-Key", format!("must be 1 to {MAX_KEY} visible ASCII characters")))
        }
    }
}
