//! Errors of requests.

use std::fmt;

use crate::bindings::wayfarer::journey::http as wit;

/// Why a request got no response.
///
/// ```
/// use wayfarer_sdk::http::ErrorKind;
/// use wayfarer_sdk::prelude::*;
///
/// fn walk(j: &Journey) -> Outcome {
///     j.step("the old address is gone", || match j.http().get("http://old.test/").send() {
///         Err(error) if matches!(error.kind(), ErrorKind::Dns(_)) => Ok(()),
///         Err(error) => Err(error.into()),
///         Ok(r) => bail!("{} still answers", r.url()),
///     })
/// }
/// # use wayfarer_sdk::testing::Fake;
/// # let fake = Fake::new();
/// # fake.on("GET", "http://old.test/").fail(ErrorKind::Dns("no such name".into()));
/// # assert!(fake.run(walk).passed());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) kind: ErrorKind,
    /// The number of the request; none if it was not sent.
    pub(super) request: Option<u32>,
}

/// The kind of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is invalid, and the SDK did not send it.
    Request(String),
    /// The policy does not allow the request. The text names the line to add.
    Denied(String),
    /// The host name did not resolve.
    Dns(String),
    /// The connection could not be opened.
    Connect(String),
    /// The TLS handshake failed, or the runner does not trust the certificate.
    Tls(String),
    /// This phase took too long.
    Timeout(Phase),
    /// The server does not speak HTTP, stopped in the middle, sent a body that cannot be decoded, or redirects too often.
    Protocol(String),
    /// The head or the body exceeds a limit.
    TooLarge(String),
    /// The attempt is ending.
    Cancelled,
    /// Any other reason.
    Other(String),
}

/// A phase of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Resolving the host name.
    Dns,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for the head of the response.
    Wait,
    /// Receiving the body.
    Receive,
    /// The whole request, redirects included.
    Total,
    /// A phase that this version does not know.
    Other(String),
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The URL of the request. The text of the error names the host that gave no response.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether a phase or the whole request took too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, ErrorKind::Timeout(_))
    }

    pub(super) fn not_sent(method: &str, url: &str, text: String) -> Self {
        let (method, url) = (method.to_owned(), url.to_owned());
        Self { method, url, kind: ErrorKind::Request(text), request: None }
    }

    /// The number of the request, by which the runner finds its record.
    pub(crate) fn request(&self) -> Option<u32> {
        self.request
    }

    /// Whether another try would fail in the same way.
    pub(crate) fn is_permanent(&self) -> bool {
        matches!(self.kind, ErrorKind::Request(_) | ErrorKind::Denied(_) | ErrorKind::Cancelled)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.url)?;
        match &self.kind {
            ErrorKind::Request(text) => write!(f, "not sent: {text}"),
            ErrorKind::Denied(text) => write!(f, "denied: {text}"),
            ErrorKind::Dns(text) => write!(f, "the host name does not resolve: {text}"),
            ErrorKind::Connect(text) => write!(f, "cannot connect: {text}"),
            ErrorKind::Tls(text) => write!(f, "TLS failed: {text}"),
            ErrorKind::Timeout(phase) => write!(f, "timed out {phase}"),
            ErrorKind::Protocol(text) => write!(f, "invalid HTTP: {text}"),
            ErrorKind::TooLarge(text) => write!(f, "too large: {text}"),
            ErrorKind::Cancelled => f.write_str("the attempt is ending"),
            ErrorKind::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "while resolving the name",
            Self::Connect => "while connecting",
            Self::Tls => "in the TLS handshake",
            Self::Wait => "while waiting for the response",
            Self::Receive => "while receiving the body",
            Self::Total => "as a whole",
            Self::Other(phase) => return write!(f, "in the phase `{phase}`"),
        })
    }
}

impl From<wit::Error> for ErrorKind {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::Denied(text) => Self::Denied(text),
            wit::Error::Dns(text) => Self::Dns(text),
            wit::Error::Connect(text) => Self::Connect(text),
            wit::Error::Tls(text) => Self::Tls(text),
            wit::Error::Timeout(phase) => Self::Timeout(phase.into()),
            wit::Error::Protocol(text) => Self::Protocol(text),
            wit::Error::TooLarge(text) => Self::TooLarge(text),
            wit::Error::Cancelled => Self::Cancelled,
            wit::Error::Other(text) => Self::Other(text),
        }
    }
}

impl From<wit::Phase> for Phase {
    fn from(phase: wit::Phase) -> Self {
        match phase {
            wit::Phase::Dns => Self::Dns,
            wit::Phase::Connect => Self::Connect,
            wit::Phase::Tls => Self::Tls,
            wit::Phase::Wait => Self::Wait,
            wit::Phase::Receive => Self::Receive,
            wit::Phase::Total => Self::Total,
            wit::Phase::Other(phase) => Self::Other(phase),
        }
    }
}
