//! `/faults`, which switches faults on and off. It needs no credentials, because the shop is a demo.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Refusal;
use crate::clock;
use crate::fault::{FaultView, Name, Settings};
use crate::shop::Shop;

pub(super) async fn list(State(shop): State<Shop>) -> Json<Value> {
    let faults = shop.faults().lock().list(clock::now());
    Json(json!({ "faults": faults }))
}

pub(super) async fn set(
    State(shop): State<Shop>,
    Path(name): Path<String>,
    sent: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Json<FaultView>, Refusal> {
    let name = Name::parse(&name)?;
    let Json(sent) = sent.map_err(|rejection| Refusal::Unreadable {
        status: rejection.status(),
        why: format!("{}; send the settings as JSON, for example {}", rejection.body_text(), name.example()),
    })?;
    let settings = Settings::parse(name, sent)?;
    Ok(Json(shop.faults().lock().set(name, settings, clock::now())))
}

pub(super) async fn remove(
    State(shop): State<Shop>,
    Path(name): Path<String>,
) -> Result<StatusCode, Refusal> {
    shop.faults().lock().remove(Name::parse(&name)?);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn clear(State(shop): State<Shop>) -> StatusCode {
    shop.faults().lock().clear();
    StatusCode::NO_CONTENT
}
