//! What one exchange with a target recorded, whatever its protocol: one record for each hop.
//!
//! [`TrafficRecord`] holds what every protocol has: when, how long each phase took, with whom, how much, and why it
//! failed. [`TrafficKind`] holds what only its protocol knows. The judge reads the common part alone.
//!
//! In JSON and SQL all records are the list `requests`, with both parts side by side. Whoever stores, sends or shows a
//! record reads it in the fields of an HTTP request: [`TrafficKind::as_request`] says which value stands in which. So a
//! further kind needs no change in the store, the API or a report.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// A part of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Turning the name into addresses.
    Dns,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the first byte sent to the first part of the answer; in HTTP, to the head of the response.
    Wait,
    /// From there to the last byte of the answer.
    Receive,
    /// All of it; in HTTP with its redirects.
    Total,
}

impl Phase {
    /// The word in JSON and on the terminal.
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

/// How long each phase took; zero if it did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Phases {
    /// Of [`Phase::Dns`].
    pub dns_us: Micros,
    /// Of [`Phase::Connect`].
    pub connect_us: Micros,
    /// Of [`Phase::Tls`].
    pub tls_us: Micros,
    /// Of [`Phase::Wait`].
    pub wait_us: Micros,
    /// Of [`Phase::Receive`].
    pub receive_us: Micros,
    /// All of this hop. Zero while the hop is pending.
    pub total_us: Micros,
}

/// What kind of error ended an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrafficErrorKind {
    /// The policy does not allow it.
    Denied,
    /// The name did not resolve.
    Dns,
    /// No connection.
    Connect,
    /// No trust, or no handshake.
    Tls,
    /// The host does not accept the runner's client certificate, or wants one and there is none: the configuration's fault.
    Credentials,
    /// The runner's wall clock is wrong, so the dates of a certificate mean nothing.
    Clock,
    /// A phase exceeded its time limit.
    Timeout,
    /// The peer does not speak the protocol, or stopped in the middle.
    Protocol,
    /// The request itself is malformed: the journey's fault, nothing was sent.
    Malformed,
    /// The answer, or a part of it, exceeds a limit.
    TooLarge,
    /// The attempt ended while the exchange was under way.
    Cancelled,
    /// Anything else.
    Other,
}

impl TrafficErrorKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Credentials => "credentials",
            Self::Clock => "clock",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::Cancelled => "cancelled",
            Self::Other => "other",
        }
    }
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

/// Why an exchange did not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficError {
    /// For machines.
    pub kind: TrafficErrorKind,
    /// For people. A denial names the line to add.
    pub message: String,
    /// The phase that exceeded its time limit; only for [`TrafficErrorKind::Timeout`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Decides whether the run fails, is broken or is inconclusive.
    pub blame: Blame,
}

/// One hop of one exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficRecord {
    /// The innermost step that was open when it began.
    pub step: Option<u32>,
    /// When it began, from the attempt's start.
    pub started_us: Micros,
    /// The protocol, and what only it knows.
    #[serde(flatten)]
    pub kind: TrafficKind,
    /// Why there is no complete answer.
    pub error: Option<TrafficError>,
    /// Up to the instant at which it ended or was cut short.
    pub phases: Phases,
    /// Address and port that were dialled.
    pub remote_address: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub tls_version: Option<Cow<'static, str>>,
    /// When the server's certificate expires, in unix milliseconds.
    pub certificate_expires_ms: Option<i64>,
    /// Bytes of content sent; in HTTP the body.
    pub sent_bytes: u64,
    /// Bytes of content received; in HTTP the body.
    pub received_bytes: u64,
    /// Whether a kept connection served it.
    pub reused: bool,
}

/// What only one protocol knows of an exchange.
///
/// A variant must differ from the others in a required field: JSON has no marker of the kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TrafficKind {
    /// One request of HTTP, by whichever interface.
    Http(HttpFacts),
}

/// What only HTTP knows of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HttpFacts {
    /// At most 64 bytes of it.
    pub method: String,
    /// At most 2 KiB of it; secrets are replaced by their placeholders.
    pub url: String,
    /// Known from the head of the response on.
    pub status: Option<u16>,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub protocol: Option<Cow<'static, str>>,
    /// Whether its answer was a redirect that the engine followed.
    pub redirected: bool,
    /// The beginning of a text body whose status is 400 or above; at most 2 KiB.
    pub excerpt: Option<String>,
}

impl HttpFacts {
    /// A request without an answer yet.
    pub fn request(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..Self::default() }
    }
}

impl TrafficRecord {
    /// An exchange of which nothing is known yet but that it began.
    pub fn begun(step: Option<u32>, started_us: Micros, kind: TrafficKind) -> Self {
        Self {
            step,
            started_us,
            kind,
            error: None,
            phases: Phases::default(),
            remote_address: None,
            tls_version: None,
            certificate_expires_ms: None,
            sent_bytes: 0,
            received_bytes: 0,
            reused: false,
        }
    }

    /// As [`begun`](Self::begun), for HTTP.
    pub fn http(step: Option<u32>, started_us: Micros, facts: HttpFacts) -> Self {
        Self::begun(step, started_us, TrafficKind::Http(facts))
    }

    /// Whether it is still under way.
    pub fn is_pending(&self) -> bool {
        self.error.is_none() && self.phases.total_us == Micros(0)
    }

    /// Whether it was still under way when the attempt ended. One that the runner could not have brought to an end has an error
    /// that says so.
    pub fn is_cut_off(&self) -> bool {
        let is_excused =
            |error: &TrafficError| error.kind == TrafficErrorKind::Cancelled && error.blame == Blame::Runner;
        self.phases.total_us == Micros(0) && self.error.as_ref().is_none_or(is_excused)
    }

    /// Whether the target is known to have acted: it answered, or the failure is its own.
    pub fn is_sign_of_target(&self) -> bool {
        let has_answered = match &self.kind {
            TrafficKind::Http(http) => http.status.is_some(),
        };
        has_answered || self.error.as_ref().is_some_and(|error| error.blame == Blame::Target)
    }
}

impl TrafficKind {
    /// What it knows, in the fields of an HTTP request. A further kind needs a method and a scheme of its own, such as
    /// `TCP tcp://mail.example:25`: by them [`of_request`](Self::of_request) recognises it.
    pub fn as_request(&self) -> Cow<'_, HttpFacts> {
        match self {
            Self::Http(http) => Cow::Borrowed(http),
        }
    }

    /// The reverse of [`as_request`](Self::as_request).
    pub fn of_request(facts: HttpFacts) -> Self {
        Self::Http(facts)
    }

    /// What HTTP knows, if that is the kind.
    pub fn http(&self) -> Option<&HttpFacts> {
        match self {
            Self::Http(http) => Some(http),
        }
    }

    /// As [`http`](Self::http), to add to it.
    pub fn http_mut(&mut self) -> Option<&mut HttpFacts> {
        match self {
            Self::Http(http) => Some(http),
        }
    }
}

/// What was asked of whom, on one line: `GET http://shop/orders`.
impl fmt::Display for TrafficKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(http) => write!(f, "{} {}", http.method, http.url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_shows_a_request_as_one_flat_object() {
        let facts = HttpFacts { status: Some(200), ..HttpFacts::request("GET", "http://shop/") };
        let mut record = TrafficRecord::http(Some(1), Micros(7), facts);
        record.phases.total_us = Micros(5);
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(
            (&json["method"], &json["status"], &json["step"]),
            (&"GET".into(), &200.into(), &1.into())
        );
        assert_eq!(json["phases"]["total_us"], 5);
        assert!(json.get("kind").is_none(), "{json}");
        assert_eq!(serde_json::from_value::<TrafficRecord>(json).unwrap(), record);
    }
}
