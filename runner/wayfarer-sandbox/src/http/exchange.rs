//! What goes into the engine and what comes out: plain types that both capabilities map to their own.
//!
//! Nothing here has been checked; [`prepare`](super::prepare) does that for each hop.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use wayfarer_model::traffic::Phases;

use crate::memory::HeldMemory;
use crate::net::Timeouts;
use crate::tape::TrafficOwner;

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

/// What to do with the part of a body that exceeds what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtLimit {
    /// Receive and count it.
    #[default]
    Drain,
    /// Stop receiving and close the connection.
    Cut,
    /// Receive and count it; the request has failed.
    Refuse,
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
    /// What the `host` header, or `:authority`, says in place of the URL's host and port, until a redirect leads to another origin.
    /// The policy has to allow it as if it were called.
    pub authority: Option<String>,
    /// Empty for none.
    pub body: Bytes,
    /// They cover the redirects too.
    pub timeouts: Timeouts,
    /// What to do with redirects.
    pub redirects: RedirectPolicy,
    /// The number of the cookie jar; none for no cookies.
    pub jar: Option<u32>,
    /// How many bytes of the decoded body to keep; at most, and by default, `limits.response_body`.
    pub max_body: Option<u64>,
    /// What to do with the rest.
    pub at_limit: AtLimit,
    /// What its records belong to.
    pub owner: TrafficOwner,
}

impl HttpRequest {
    /// A request without headers and body that follows no redirect.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            authority: None,
            body: Bytes::new(),
            timeouts: Timeouts::default(),
            redirects: RedirectPolicy::Manual,
            jar: None,
            max_body: None,
            at_limit: AtLimit::Drain,
            owner: TrafficOwner::default(),
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
    /// The part that the request asked to keep, decoded, secrets replaced.
    pub body: Bytes,
    /// The encodings that were undone, such as `gzip`; empty if the body came as it is.
    pub decoded: String,
    /// The body's bytes on the wire, kept or not.
    pub wire_size: u64,
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
    /// When the certificate of the server's chain that expires first does, in unix milliseconds.
    pub certificate_expires_ms: Option<i64>,
    /// How many were followed.
    pub redirects: u32,
    /// The last hop's, except `total_us`, which covers all hops.
    pub phases: Phases,
    /// The body is charged to the attempt until these are dropped.
    pub(crate) held: Arc<[HeldMemory; 2]>,
}

impl HttpResponse {
    /// The first header of that name as text.
    pub fn header_text(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| text_of(value.as_bytes()).into_owned())
    }

    /// The body as text, by the charset that it declares: a byte order mark, then the header, then UTF-8. What is malformed
    /// becomes U+FFFD.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        let declared =
            self.headers.get(http::header::CONTENT_TYPE).and_then(|value| charset(value.as_bytes()));
        let (text, _, _) = declared.unwrap_or(encoding_rs::UTF_8).decode(&self.body);
        text
    }

    /// The headers as text, names in lower case.
    pub fn header_texts(&self) -> Vec<(String, String)> {
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), text_of(value.as_bytes()).into_owned())
        };
        self.headers.iter().map(text).collect()
    }
}

/// The encoding that a media type names (RFC 9110, 8.3.2).
fn charset(media_type: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let parameters = media_type.split(|byte| *byte == b';').skip(1);
    let mut named = parameters.filter_map(|parameter| {
        let parameter = parameter.trim_ascii();
        let (name, value) = parameter.split_at_checked(parameter.iter().position(|byte| *byte == b'=')?)?;
        name.trim_ascii()
            .eq_ignore_ascii_case(b"charset")
            .then(|| value.get(1..).unwrap_or_default().trim_ascii())
    });
    let label = named.next()?;
    encoding_rs::Encoding::for_label(
        label.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(label),
    )
}

/// Bytes as text: UTF-8 if they are, Latin-1 otherwise.
pub(super) fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}
