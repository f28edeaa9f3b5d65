//! Authentication by bearer token or session cookie.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;

use super::Refusal;
use crate::sessions::Who;
use crate::shop::Shop;

pub(super) const SESSION_COOKIE: &str = "session";

/// Extracts the user of the request, and refuses a request without one.
pub(super) struct SignedIn(pub(super) Who);

impl FromRequestParts<Shop> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Refusal> {
        let token = token(&parts.headers).ok_or(Refusal::NotSignedIn)?;
        shop.bearer(token).map(Self).ok_or(Refusal::NotSignedIn)
    }
}

/// The token of the request. An `Authorization` header, valid or not, takes precedence over the cookie.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim());
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use axum::http::header::{AUTHORIZATION, COOKIE};
    use axum::http::{HeaderMap, HeaderValue};

    use super::token;

    #[test]
    fn a_bearer_token_goes_before_the_cookie() {
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers), None);
        headers.insert(COOKIE, HeaderValue::from_static("theme=dark; session=from-cookie"));
        assert_eq!(token(&headers), Some("from-cookie"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer from-header"));
        assert_eq!(token(&headers), Some("from-header"));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YW5hOg=="));
        assert_eq!(token(&headers), None);
    }
}
