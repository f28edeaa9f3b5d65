//! `/accounts`. Signing up and verifying need no session, like a form and a link in a mail. The account itself and
//! the preset users may read and delete it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use super::auth::SignedIn;
use crate::accounts::{AccountView, SignUp};
use crate::clock;
use crate::sessions::Who;
use crate::shop::Shop;

/// Accepts any JSON in every field, so that the error can name each wrong field.
#[derive(Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    email: Value,
    #[serde(default)]
    password: Value,
    #[serde(default)]
    name: Value,
}

pub(super) async fn sign_up(
    State(shop): State<Shop>,
    sent: Result<Json<Sent>, JsonRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let wanted = sent?.0.check().map_err(Refusal::Fields)?;
    let account = shop.accounts().lock().sign_up(wanted)?;
    Ok((StatusCode::CREATED, [(LOCATION, format!("/accounts/{}", account.id))], Json(account)))
}

pub(super) async fn show(
    State(shop): State<Shop>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<AccountView>, Refusal> {
    may_touch(&who, &id)?;
    let account = shop.accounts().lock().find(&id, clock::now());
    account.map(Json).ok_or_else(|| Refusal::not_found("account", id))
}

pub(super) async fn verify(State(shop): State<Shop>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    if !shop.accounts().lock().verify(&id, clock::now()) {
        return Err(Refusal::not_found("account", id));
    }
    Ok(Json(json!({ "id": id, "accepted": true })))
}

pub(super) async fn remove(
    State(shop): State<Shop>,
    SignedIn(who): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    may_touch(&who, &id)?;
    if !shop.accounts().lock().remove(&id) {
        return Err(Refusal::not_found("account", id));
    }
    Ok(StatusCode::NO_CONTENT)
}

fn may_touch(who: &Who, id: &str) -> Result<(), Refusal> {
    match who {
        Who::Account(own) if own != id => Err(Refusal::ForeignAccount),
        _ => Ok(()),
    }
}

impl Sent {
    fn check(&self) -> Result<SignUp, BTreeMap<&'static str, String>> {
        let mut wrong = BTreeMap::new();
        let mut checked = |field, value: &Value, check: fn(&str) -> Result<(), &'static str>| {
            let text = value.as_str().unwrap_or_default().trim();
            let outcome = if value.is_string() { check(text) } else { Err("must be a string") };
            if let Err(why) = outcome {
                wrong.insert(field, why.to_owned());
            }
            text.to_owned()
        };
        let email = checked("email", &self.email, check_email);
        let password = checked("password", &self.password, check_password);
        let name = checked("name", &self.name, check_name);
        if wrong.is_empty() { Ok(SignUp { email, password, name }) } else { Err(wrong) }
    }
}

fn check_email(email: &str) -> Result<(), &'static str> {
    match email.split_once('@') {
        _ if email.len() > 254 => Err("must not be longer than 254 bytes"),
        Some((local, domain))
            if !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !email.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err("must look like name@host"),
    }
}

fn check_password(password: &str) -> Result<(), &'static str> {
    if (8..=200).contains(&password.len()) { Ok(()) } else { Err("must be 8 to 200 bytes long") }
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if (1..=200).contains(&name.len()) { Ok(()) } else { Err("must be 1 to 200 bytes long") }
}
