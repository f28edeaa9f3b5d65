//! What goes into the engine and what comes out: plain types that both capabilities map to their own.
//!
//! Nothing here has been checked; [`prepare`](super::prepare) does that for each hop.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use wayfarer_model::traffic::Phases;

use crate::memory::HeldMemory;
use crate::net::Timeouts;

/// What to do with a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectPolicy {
    /// Follow at most this many; one more is an error.
    Follow(u32),
    /// Follow at most this many while scheme, host and port stay the same; return the first that leads
    /// elsewhere.
    SameOrigin(u32),
    /// Return it.
    Manual,
}

/// One request, as a guest made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Any token but `CONNECT`.
    pub method: String,
    /// Absolute, `http` or `https`.
    pub url: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: Bytes,
    /// They cover the redirects too.
    pub timeouts: Timeouts,
    /// What to do with redirects.
    pub redirects: RedirectPolicy,
    /// How many bytes of the body to keep; at most, and by default, `limits.response_body`.
    pub max_body: Option<u64>,
    /// Whether to receive and count the body without keeping any of it.
    pub discard_body: bool,
}

impl HttpRequest {
    /// A request without headers and body that follows no redirect.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            timeouts: Timeouts::default(),
            redirects: RedirectPolicy::Manual,
            max_body: None,
            discard_body: false,
        }
    }
}

/// One complete answer, of any status.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// As received, secrets replaced. Repeated names stand together.
    pub headers: HeaderMap,
    /// The part that the request asked to keep, secrets replaced.
    pub body: Bytes,
    /// The body's bytes on the wire, kept or not.
    pub body_size: u64,
    /// Whether `body` is only the first part.
    pub truncated: bool,
    /// The URL that answered, with placeholders instead of secrets.
    pub url: String,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub protocol: &'static str,
    /// Address and port that answered.
    pub remote_address: Arc<str>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub tls_version: Option<&'static str>,
    /// When the server's certificate expires, in unix milliseconds.
    pub certificate_expires_ms: Option<i64>,
    /// How many were followed.
    pub redirects: u32,
    /// The last hop's, except `total_us`, which covers all hops.
    pub phases: Phases,
    /// The body is charged to the attempt until this is dropped.
    pub(crate) held: Arc<HeldMemory>,
}

impl HttpResponse {
    /// The headers as text, names in lower case.
    pub fn header_texts(&self) -> Vec<(String, String)> {
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), text_of(value.as_bytes()).into_owned())
        };
        self.headers.iter().map(text).collect()
    }
}

/// Bytes as text: UTF-8 if they are, Latin-1 otherwise.
pub(super) fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}
