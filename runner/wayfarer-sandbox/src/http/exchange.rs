//! What goes into the engine and what comes out: plain types that both doors map to their own.
//!
//! Nothing here has been checked; [`prepare`](super::prepare) does that, hop by hop.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use wayfarer_model::request::Phases;

/// How long each phase may take; the engine's default where absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    /// Turning the name into addresses; 5 s.
    pub dns: Option<Duration>,
    /// Opening the connection; 5 s.
    pub connect: Option<Duration>,
    /// The TLS handshake; 5 s.
    pub tls: Option<Duration>,
    /// From the request's first byte to the head of the response; 15 s.
    pub wait: Option<Duration>,
    /// From the head of the response to its last byte; 15 s.
    pub receive: Option<Duration>,
    /// All of it, redirects included; none.
    pub total: Option<Duration>,
}

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

/// One request, as a guest asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Any token.
    pub method: String,
    /// Absolute, `http` or `https`.
    pub url: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: Bytes,
    /// Limits in time.
    pub timeouts: Timeouts,
    /// What to do with redirects.
    pub redirects: RedirectPolicy,
    /// How much of the body to keep; `limits.response_body` where absent, and never more.
    pub max_body: Option<u64>,
    /// Receive and count the body, keep none of it.
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

/// One complete answer, whatever its status.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// As received, secrets replaced; repeated names stand together.
    pub headers: HeaderMap,
    /// What was asked to be kept of it, secrets replaced.
    pub body: Bytes,
    /// The body's bytes on the wire, kept or not.
    pub body_size: u64,
    /// Whether `body` is only the first part.
    pub truncated: bool,
    /// The URL that answered, in the guest's words: placeholders, not values.
    pub url: String,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub protocol: &'static str,
    /// Address and port that answered.
    pub remote_address: Arc<str>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub tls_version: Option<&'static str>,
    /// When the server's certificate expires, in unix milliseconds.
    pub certificate_expires_ms: Option<i64>,
    /// How many redirects were followed.
    pub redirects: u32,
    /// The last hop's, but for `total_us`, which is all of it.
    pub phases: Phases,
}

impl HttpResponse {
    /// The headers as text, names in lower case; bytes that are not UTF-8 are read as Latin-1.
    pub fn header_texts(&self) -> Vec<(String, String)> {
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), text_of(value.as_bytes()).into_owned())
        };
        self.headers.iter().map(text).collect()
    }
}

/// Bytes as text: UTF-8, and where they are not, Latin-1.
pub(super) fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}
