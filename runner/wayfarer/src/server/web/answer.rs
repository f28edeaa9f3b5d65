//! A page as an answer: with the headers that keep foreign content from running, a tag by which a browser asks only for what is
//! new, and compressed where the browser takes that.

use askama::Template;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse as _;

use crate::server::api::Problem;
use crate::server::assets::{compressed, digest_of, takes_gzip};

/// What a page may load and where its forms may go: this server's own, and nothing in the page itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What a text is, who may keep it, and what it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    media_type: &'static str,
    cache: &'static str,
    varies: &'static str,
}

impl Sent {
    /// A page for whoever has signed in.
    pub(super) const PAGE: Self = Self {
        media_type: "text/html; charset=utf-8",
        cache: "private, no-cache",
        varies: "accept-encoding, authorization, cookie, wayfarer-part",
    };

    /// Something for everybody, that caches on the way may keep for half a minute.
    pub(super) const fn public(media_type: &'static str) -> Self {
        Self { media_type, cache: "public, max-age=30", varies: "accept-encoding" }
    }
}

/// Whether a page's script asks for the parts that stay fresh, and not for the page around them.
pub(super) fn wants_parts(asked: &HeaderMap) -> bool {
    asked.get("wayfarer-part").is_some_and(|part| part == "live")
}

/// Renders a page for a request with these headers.
pub(super) fn page(status: StatusCode, asked: &HeaderMap, template: &impl Template) -> Response<Body> {
    match template.render() {
        Ok(html) => answer(status, asked, html),
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// A text that is sent to several visitors, with its tag, and compressed.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    tag: String,
    html: Bytes,
    /// None if that does not pay.
    compressed: Option<Bytes>,
}

impl Prepared {
    pub(super) fn of(html: String) -> Self {
        let compressed = compressed(html.as_bytes()).map(Bytes::from);
        Self { tag: tag(html.as_bytes()), html: html.into(), compressed }
    }

    /// What it takes in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.html.len() + self.compressed.as_ref().map_or(0, Bytes::len)
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(&self, asked: &HeaderMap, how: &Sent) -> Response<Body> {
        let compressed = self.compressed.clone().filter(|_| takes_gzip(asked));
        let (body, is_compressed) =
            compressed.map_or_else(|| (self.html.clone(), false), |bytes| (bytes, true));
        sent(StatusCode::OK, asked, (&self.tag, how), || (body, is_compressed))
    }
}

fn answer(status: StatusCode, asked: &HeaderMap, html: String) -> Response<Body> {
    let tag = tag(html.as_bytes());
    sent(status, asked, (&tag, &Sent::PAGE), || {
        let compressed = takes_gzip(asked).then(|| compressed(html.as_bytes())).flatten();
        compressed.map_or_else(|| (html.into(), false), |bytes| (bytes.into(), true))
    })
}

/// An answer with a body, of which it is said whether it is compressed; without one if the browser has what the tag names.
fn sent(
    status: StatusCode,
    asked: &HeaderMap,
    (tag, how): (&str, &Sent),
    body: impl FnOnce() -> (Bytes, bool),
) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(how.cache));
    headers.insert(VARY, HeaderValue::from_static(how.varies));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    if status == StatusCode::OK && has_tag(asked, tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(how.media_type));
    let (body, is_compressed) = body();
    if is_compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    *response.status_mut() = status;
    *response.body_mut() = Body::from(body);
    response
}

/// Weak, because it is the same for both encodings.
pub(super) fn tag(content: &[u8]) -> String {
    format!("W/\"{}\"", digest_of(content))
}

fn has_tag(asked: &HeaderMap, tag: &str) -> bool {
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|known| known.trim() == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_page_that_the_browser_has_is_not_sent_again() {
        let html = "<p>hello</p>".repeat(200);
        let first = answer(StatusCode::OK, &headers(&[("accept-encoding", "br;q=1, gzip")]), html.clone());
        assert_eq!(
            (first.status(), &first.headers()["content-encoding"]),
            (StatusCode::OK, &HeaderValue::from_static("gzip"))
        );
        assert_eq!(first.headers()["content-security-policy"], POLICY);
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let again =
            answer(StatusCode::OK, &headers(&[("if-none-match", &format!("\"x\", {tag}"))]), html.clone());
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let missing = answer(StatusCode::NOT_FOUND, &headers(&[("if-none-match", &tag)]), html);
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
        assert!(missing.headers().get("content-encoding").is_none());
    }
}
