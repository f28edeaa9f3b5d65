//! `/catalogue` and `/search`.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::catalogue::{self, ITEMS, Item};

pub(super) async fn list() -> Json<Value> {
    Json(json!({ "items": ITEMS }))
}

pub(super) async fn item(Path(sku): Path<String>) -> Result<Json<&'static Item>, Refusal> {
    catalogue::find(&sku).map(Json).ok_or_else(|| Refusal::not_found("item", sku))
}

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

pub(super) async fn search(query: Result<Query<Search>, QueryRejection>) -> Result<Json<Value>, Refusal> {
    let Query(Search { q, limit }) = query?;
    let items = catalogue::search(&q, limit.unwrap_or(ITEMS.len()));
    Ok(Json(json!({ "query": q, "count": items.len(), "items": items })))
}
