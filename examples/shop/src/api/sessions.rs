//! `/login`, `/logout` and `/me`.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use super::auth::{SESSION_COOKIE, SignedIn, token};
use crate::clock;
use crate::sessions::Who;
use crate::shop::Shop;

#[derive(Deserialize)]
pub(super) struct Login {
    /// The name of a preset user, or the email of an account.
    #[serde(alias = "email")]
    user: String,
    password: String,
}

pub(super) async fn login(
    State(shop): State<Shop>,
    sent: Result<Json<Login>, JsonRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Json(Login { user, password }) = sent?;
    let who = shop.authenticate(&user, &password).ok_or(Refusal::BadCredentials)?;
    let token = shop.sessions().lock().open(who);
    let cookie = format!("{SESSION_COOKIE}={token}; HttpOnly; Path=/; SameSite=Lax");
    Ok(([(SET_COOKIE, cookie)], Json(json!({ "token": token, "user": user }))))
}

/// Ends the session, if there is one.
pub(super) async fn logout(State(shop): State<Shop>, headers: HeaderMap) -> impl IntoResponse {
    if let Some(token) = token(&headers) {
        shop.sessions().lock().close(token);
    }
    let expired = format!("{SESSION_COOKIE}=; HttpOnly; Path=/; SameSite=Lax; Max-Age=0");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, expired)])
}

pub(super) async fn me(State(shop): State<Shop>, SignedIn(who): SignedIn) -> Result<Json<Value>, Refusal> {
    let id = match who {
        Who::Preset(user) => return Ok(Json(json!({ "user": user }))),
        Who::Account(id) => id,
    };
    // Another request may have deleted the account since the shop looked the token up.
    let account = shop.accounts().lock().find(&id, clock::now()).ok_or(Refusal::NotSignedIn)?;
    Ok(Json(json!({ "user": account.email, "account": account })))
}
