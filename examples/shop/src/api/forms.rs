//! `/contact`, a URL-encoded form, and `/upload`, a multipart form whose parts the shop counts and drops.

use std::collections::BTreeMap;

use axum::extract::rejection::{BytesRejection, FormRejection};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::{Form, Json};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;

/// The largest upload, in bytes.
pub(super) const MAX_UPLOAD: usize = 8 * 1024 * 1024;

#[derive(Deserialize)]
pub(super) struct Contact {
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
}

pub(super) async fn contact(sent: Result<Form<Contact>, FormRejection>) -> Result<Json<Value>, Refusal> {
    let Form(Contact { name, message }) = sent?;
    let fields = [("name", name), ("message", message)].into_iter();
    let empty: BTreeMap<_, _> = fields
        .filter(|(_, text)| text.trim().is_empty())
        .map(|(field, _)| (field, "must not be empty".to_owned()))
        .collect();
    if empty.is_empty() { Ok(Json(json!({ "received": true }))) } else { Err(Refusal::Fields(empty)) }
}

pub(super) async fn upload(
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refusal> {
    let boundary = boundary(&headers)?;
    let body = body?;
    let delimiter = format!("--{boundary}");
    let end = format!("--{boundary}--");
    if count(&body, end.as_bytes()) == 0 {
        let why = format!("the body has no end `{end}`, so it is incomplete or in another format");
        return Err(Refusal::Unreadable { status: StatusCode::UNPROCESSABLE_ENTITY, why });
    }
    let parts = count(&body, format!("{delimiter}\r\n").as_bytes());
    Ok(Json(json!({ "bytes": body.len(), "parts": parts })))
}

/// Reads the boundary from a multipart content type.
fn boundary(headers: &HeaderMap) -> Result<String, Refusal> {
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = sent.split(';').map(str::trim);
    if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")) {
        let why = format!("the content type is `{sent}`: expected multipart/form-data");
        return Err(Refusal::Unreadable { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, why });
    }
    let named = parts
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim_matches('"').to_owned());
    named.filter(|boundary| !boundary.is_empty()).ok_or_else(|| {
        let why = "the content type names no boundary; send multipart/form-data; boundary=...".to_owned();
        Refusal::Unreadable { status: StatusCode::BAD_REQUEST, why }
    })
}

fn count(body: &[u8], wanted: &[u8]) -> usize {
    body.windows(wanted.len()).filter(|window| *window == wanted).count()
}
