//! Settings of a client that a request can override.

use std::time::Duration;

use crate::bindings::wayfarer::journey::http as wit;

/// The default of `max_decoded`, in bytes.
const MAX_DECODED: usize = 16 << 20;

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

    /// `spent` is the part of the total that earlier hops used.
    pub(super) fn to_wit(self, spent: Duration) -> wit::Timeouts {
        let ms = |limit: Option<Duration>| {
            limit.map(|limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1))
        };
        wit::Timeouts {
            dns_ms: ms(self.dns),
            connect_ms: ms(self.connect),
            tls_ms: ms(self.tls),
            wait_ms: ms(self.wait),
            receive_ms: ms(self.receive),
            total_ms: ms(self.total.map(|total| total.saturating_sub(spent))),
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
    pub(super) fn to_wit(self) -> wit::RedirectPolicy {
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
    pub(super) max_body: Option<u64>,
    pub(super) max_decoded: usize,
    pub(super) discard_body: bool,
}

impl Default for Options {
    fn default() -> Self {
        let agent =
            concat!("wayfarer/", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
        Self {
            headers: vec![("user-agent".to_owned(), agent.to_owned())],
            timeouts: Timeouts::default(),
            redirects: Redirects::Follow(10),
            max_body: None,
            max_decoded: MAX_DECODED,
            discard_body: false,
        }
    }
}

impl Options {
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
