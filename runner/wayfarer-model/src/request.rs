//! What one HTTP request recorded: one entry a hop, whichever door it came through.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Turning the name into addresses.
    Dns,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the request's first byte to the head of the response.
    Wait,
    /// From the head of the response to its last byte.
    Receive,
    /// All of it, redirects included.
    Total,
}

impl Phase {
    /// The word that people and machines read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Wait => "wait",
            Self::Receive => "receive",
            Self::Total => "total",
        }
    }
}

/// How long each phase took; zero where it did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Phases {
    /// Turning the name into addresses.
    pub dns_us: Micros,
    /// Opening the connection.
    pub connect_us: Micros,
    /// The TLS handshake.
    pub tls_us: Micros,
    /// From the request's first byte to the head of the response.
    pub wait_us: Micros,
    /// From the head of the response to its last byte.
    pub receive_us: Micros,
    /// All of this hop.
    pub total_us: Micros,
}

/// What kind of error ended a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestErrorKind {
    /// The policy does not allow it.
    Denied,
    /// The name did not resolve.
    Dns,
    /// No connection.
    Connect,
    /// No trust, or no handshake.
    Tls,
    /// A phase took too long.
    Timeout,
    /// The peer does not speak HTTP, or stopped in the middle.
    Protocol,
    /// The request itself is malformed: the journey's fault, nothing was sent.
    Malformed,
    /// Head or body beyond a limit.
    TooLarge,
    /// The attempt ended while it was under way.
    Cancelled,
    /// Anything else.
    Other,
}

/// Whose fault an error is, as far as the host can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// The system under test.
    Target,
    /// The journey, its parameters or its policy.
    Journey,
    /// The runner or its own network.
    Runner,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestError {
    /// What kind of error.
    pub kind: RequestErrorKind,
    /// For people: what, and for a denial which line to add.
    pub message: String,
    /// The phase that ran out of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Whose fault.
    pub blame: Blame,
}

/// One hop of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// The innermost step that was open when it began.
    pub step: Option<u32>,
    /// When it began, from the attempt's start.
    pub started_us: Micros,
    /// The method.
    pub method: String,
    /// The URL, secrets replaced by their placeholders.
    pub url: String,
    /// The status, once the head of an answer came.
    pub status: Option<u16>,
    /// Why there is no complete answer.
    pub error: Option<RequestError>,
    /// How long each phase took; what was reached, where it was cut short.
    pub phases: Phases,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub protocol: Option<Cow<'static, str>>,
    /// Address and port that were dialled.
    pub remote_address: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub tls_version: Option<Cow<'static, str>>,
    /// When the server's certificate expires, in unix milliseconds.
    pub certificate_expires_ms: Option<i64>,
    /// Body bytes sent.
    pub sent_bytes: u64,
    /// Body bytes received.
    pub received_bytes: u64,
    /// Whether a kept connection served it.
    pub reused: bool,
    /// Whether its answer was a redirect that the engine followed.
    pub redirected: bool,
    /// The beginning of a text body whose status is 400 or above; at most 2 KiB.
    pub excerpt: Option<String>,
}

impl RequestRecord {
    /// A request of which nothing is known yet but that it began.
    pub fn begun(step: Option<u32>, started: Micros, method: &str, url: &str) -> Self {
        Self {
            step,
            started_us: started,
            method: method.to_owned(),
            url: url.to_owned(),
            status: None,
            error: None,
            phases: Phases::default(),
            protocol: None,
            remote_address: None,
            tls_version: None,
            certificate_expires_ms: None,
            sent_bytes: 0,
            received_bytes: 0,
            reused: false,
            redirected: false,
            excerpt: None,
        }
    }

    /// Whether it is still under way.
    pub fn is_pending(&self) -> bool {
        self.error.is_none() && self.phases.total_us == Micros(0)
    }
}
