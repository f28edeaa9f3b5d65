//! Rules for a request's headers: which of them only the runner sets, and what a value may contain.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, RANGE, TE,
    TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use wayfarer_model::traffic::TrafficError;

use super::decode;
use crate::net::fault::malformed;

/// Whether only the runner sets a header: framing, connection and authority. Our own interface refuses a guest's;
/// `wasi:http` drops it.
pub fn is_runners_own(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING, UPGRADE].contains(name)
        || matches!(name.as_str(), "keep-alive" | "proxy-connection")
}

/// Checks and collects a guest's headers.
pub(super) fn collect(headers: &[(String, String)]) -> Result<HeaderMap, TrafficError> {
    // The runner adds at most eight of its own.
    let mut map = HeaderMap::with_capacity(headers.len() + 8);
    for (name, value) in headers {
        let Ok(key) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(malformed(format!("`{}` is not a header's name: use a token", name.escape_debug())));
        };
        if is_runners_own(&key) {
            return Err(malformed(format!("header `{key}` is set by the runner: leave it out")));
        }
        map.append(key.clone(), value_of(&key, value)?);
    }
    if !map.contains_key(USER_AGENT) {
        map.insert(USER_AGENT, HeaderValue::from_static(concat!("wayfarer/", env!("CARGO_PKG_VERSION"))));
    }
    if !map.contains_key(ACCEPT) {
        map.insert(ACCEPT, HeaderValue::from_static("*/*"));
    }
    if !map.contains_key(ACCEPT_ENCODING) {
        // A part of encoded data cannot be decoded.
        let accepted = if map.contains_key(RANGE) { "identity" } else { decode::ACCEPTED };
        map.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
    }
    Ok(map)
}

/// Checks one value. The error does not repeat it, because it may be a secret.
pub(super) fn value_of(name: &HeaderName, value: &str) -> Result<HeaderValue, TrafficError> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        malformed(format!("the value of header `{name}` has a line break or control character: remove it"))
    })
}
