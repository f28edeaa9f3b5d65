//! Settings of a client that a request can override.

use std::time::Duration;

use crate::bindings::wayfarer::journey::http as wit;
use crate::host::whole_ms;

/// The most redirects that a client follows by default, as the short form of the interface does.
const REDIRECTS: u32 = 10;

/// The longest duration of each phase of a request. A phase that is not set has the runner's limit.
///
/// ```
/// use wayfarer_sdk::http::Timeouts;
/// use wayfarer_sdk::prelude::*;
///
/// let timeouts = Timeouts::new().connect(millis(500)).total(secs(5));
/// # let _ = timeouts;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Timeouts {
    dns: Option<Duration>,
    connect: Option<Duration>,
    tls: Option<Duration>,
    wait: Option<Duration>,
    receive: Option<Duration>,
    pub(super) total: Option<Duration>,
}

impl Timeouts {
    /// Sets no phase.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits resolving the host name.
    pub fn dns(mut self, limit: Duration) -> Self {
        self.dns = Some(limit);
        self
    }

    /// Limits opening the connection.
    pub fn connect(mut self, limit: Duration) -> Self {
        self.connect = Some(limit);
        self
    }

    /// Limits the TLS handshake.
    pub fn tls(mut self, limit: Duration) -> Self {
        self.tls = Some(limit);
        self
    }

    /// Limits the time from the request's first byte to the head of the response.
    pub fn wait(mut self, limit: Duration) -> Self {
        self.wait = Some(limit);
        self
    }

    /// Limits the time from the head of the response to its last byte.
    pub fn receive(mut self, limit: Duration) -> Self {
        self.receive = Some(limit);
        self
    }

    /// Limits the whole request, redirects included.
    pub fn total(mut self, limit: Duration) -> Self {
        self.total = Some(limit);
        self
    }

    fn to_wit(self) -> wit::Timeouts {
        let ms = |limit: Option<Duration>| limit.map(|limit| whole_ms(limit).max(1));
        wit::Timeouts {
            dns_ms: ms(self.dns),
            connect_ms: ms(self.connect),
            tls_ms: ms(self.tls),
            wait_ms: ms(self.wait),
            receive_ms: ms(self.receive),
            total_ms: ms(self.total),
        }
    }
}

/// How the client handles redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Follow at most this many redirects, as a browser does. One more is an error. Authorisation does not travel
    /// to another origin. The default is `Follow(10)`.
    Follow(u32),
    /// Follow at most this many redirects while scheme, host and port stay the same. Return the first response
    /// that leads elsewhere.
    SameOrigin(u32),
    /// Return the response.
    Manual,
}

impl Redirects {
    fn to_wit(self) -> wit::RedirectPolicy {
        match self {
            Self::Follow(most) => wit::RedirectPolicy::Follow(most),
            Self::SameOrigin(most) => wit::RedirectPolicy::SameOrigin(most),
            Self::Manual => wit::RedirectPolicy::Manual,
        }
    }
}

/// The settings that a client and a request have in common.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Names in lower case, each once.
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeouts: Timeouts,
    pub(super) redirects: Redirects,
    pub(super) max_body: Option<u32>,
    /// Whether the runner stops at that limit.
    pub(super) cuts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            timeouts: Timeouts::default(),
            redirects: Redirects::Follow(REDIRECTS),
            max_body: None,
            cuts: false,
        }
    }
}

impl Options {
    /// Whether the short form of the interface does what these settings ask for.
    pub(super) fn are_default(&self) -> bool {
        self.timeouts == Timeouts::default()
            && self.redirects == Redirects::Follow(REDIRECTS)
            && self.max_body.is_none()
    }

    pub(super) fn to_wit(
        &self,
        method: String,
        url: String,
        body: Vec<u8>,
        jar: Option<u32>,
    ) -> wit::Request {
        wit::Request {
            method,
            url,
            headers: self.headers.clone(),
            body,
            timeouts: self.timeouts.to_wit(),
            redirects: self.redirects.to_wit(),
            jar,
            max_body: self.max_body,
            at_limit: if self.cuts { wit::AtLimit::Cut } else { wit::AtLimit::Drain },
            extensions: Vec::new(),
        }
    }

    pub(super) fn set_header(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        match self.headers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.headers.push((name, value)),
        }
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    pub(super) fn set_bearer(&mut self, token: &str) {
        self.set_header("authorization", format!("Bearer {token}"));
    }

    pub(super) fn set_basic(&mut self, user: &str, password: &str) {
        let pair = super::base64::encode(format!("{user}:{password}").as_bytes());
        self.set_header("authorization", format!("Basic {pair}"));
    }
}
