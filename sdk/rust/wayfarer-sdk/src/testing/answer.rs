//! Scripted answers, and recorded requests.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// A scripted answer. Create one with [`json`], [`text`] or [`status`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) after: Duration,
    pub(super) certificate_expires_ms: Option<i64>,
}

/// An answer without a body.
pub fn status(status: u16) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: Vec::new(),
        after: Duration::ZERO,
        certificate_expires_ms: None,
    }
}

/// An answer of JSON.
pub fn json(status: u16, body: &(impl Serialize + ?Sized)) -> Answer {
    let body = serde_json::to_vec(body).unwrap_or_default();
    self::status(status).header("content-type", "application/json").body(body)
}

/// An answer of plain text.
pub fn text(status: u16, body: &str) -> Answer {
    self::status(status).header("content-type", "text/plain; charset=utf-8").body(body)
}

impl Answer {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Delays the answer on the fake's clock. The phase `wait` of the response shows it.
    pub fn after(mut self, latency: Duration) -> Self {
        self.after = latency;
        self
    }

    /// Sends the answer over TLS, with a certificate that expires at this instant in unix milliseconds.
    pub fn certificate_expires_ms(mut self, instant: i64) -> Self {
        self.certificate_expires_ms = Some(instant);
        self
    }
}

/// A request that the journey sent, with values of secrets in place of their placeholders.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names and values in the order given, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Sent {
    /// Path and query.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/")
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
