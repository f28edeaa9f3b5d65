//! Between the WIT's words and the engine's.

use std::time::Duration;

use bytes::Bytes;
use wayfarer_model::traffic::{Phase, Phases, TrafficError, TrafficErrorKind};
use wayfarer_model::units::Micros;

use crate::bindings::wayfarer::journey::http as wit;
use crate::http::{AtLimit, HttpRequest, HttpResponse, RedirectPolicy};
use crate::net::Timeouts;
use crate::tape::TrafficOwner;

/// The most redirects that the short form follows.
const REDIRECTS: u32 = 10;

/// Saturating, as the WIT has it.
pub(super) fn number(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A request of the short form.
pub(super) fn short(
    (method, url): (String, String),
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    owner: TrafficOwner,
) -> HttpRequest {
    let (redirects, jar) = (RedirectPolicy::Follow(REDIRECTS), Some(0));
    HttpRequest { headers, body: Bytes::from(body), redirects, jar, owner, ..HttpRequest::new(method, url) }
}

/// A request of the long form.
pub(super) fn incoming(request: wit::Request, owner: TrafficOwner) -> HttpRequest {
    let milliseconds = |value: Option<u32>| value.map(|value| Duration::from_millis(value.into()));
    HttpRequest {
        method: request.method,
        url: request.url,
        headers: request.headers,
        authority: None,
        body: Bytes::from(request.body),
        timeouts: Timeouts {
            dns: milliseconds(request.timeouts.dns_ms),
            connect: milliseconds(request.timeouts.connect_ms),
            tls: milliseconds(request.timeouts.tls_ms),
            wait: milliseconds(request.timeouts.wait_ms),
            receive: milliseconds(request.timeouts.receive_ms),
            between: None,
            total: milliseconds(request.timeouts.total_ms),
        },
        redirects: match request.redirects {
            wit::RedirectPolicy::Follow(most) => RedirectPolicy::Follow(most),
            wit::RedirectPolicy::SameOrigin(most) => RedirectPolicy::SameOrigin(most),
            wit::RedirectPolicy::Manual | wit::RedirectPolicy::Other(_) => RedirectPolicy::Manual,
        },
        jar: request.jar,
        max_body: request.max_body.map(u64::from),
        at_limit: match request.at_limit {
            wit::AtLimit::Cut => AtLimit::Cut,
            wit::AtLimit::Drain | wit::AtLimit::Other(_) => AtLimit::Drain,
        },
        owner,
    }
}

/// The part of a response that every journey looks at.
pub(super) fn outgoing(id: u32, response: &HttpResponse) -> wit::Response {
    wit::Response {
        id,
        status: response.status,
        body_size: number(response.body.len() as u64),
        is_truncated: response.truncated,
        total_us: number(response.phases.total_us.0),
    }
}

/// The other facts of a response.
#[expect(clippy::cast_precision_loss, reason = "an instant of a certificate is far below 2^53 ms")]
pub(super) fn details(response: &HttpResponse) -> wit::ResponseDetails {
    wit::ResponseDetails {
        url: response.url.clone(),
        redirects: response.redirects,
        protocol: response.protocol.to_owned(),
        remote_address: response.remote_address.as_ref().to_owned(),
        tls_version: response.tls_version.map(str::to_owned),
        certificate_expires_ms: response.certificate_expires_ms.map(|ms| ms as f64),
        wire_size: number(response.wire_size),
        decoded: (!response.decoded.is_empty()).then(|| response.decoded.clone()),
        phases: phases(response.phases),
        extensions: Vec::new(),
    }
}

fn phases(phases: Phases) -> wit::Phases {
    let us = |Micros(value)| number(value);
    wit::Phases {
        dns_us: us(phases.dns_us),
        connect_us: us(phases.connect_us),
        tls_us: us(phases.tls_us),
        wait_us: us(phases.wait_us),
        receive_us: us(phases.receive_us),
        total_us: us(phases.total_us),
    }
}

/// Why there is no response.
pub(super) fn refusal(error: TrafficError) -> wit::Error {
    let message = error.message;
    match error.kind {
        TrafficErrorKind::Denied => wit::Error::Denied(message),
        TrafficErrorKind::Dns => wit::Error::Dns(message),
        TrafficErrorKind::Connect => wit::Error::Connect(message),
        TrafficErrorKind::Tls | TrafficErrorKind::Credentials | TrafficErrorKind::Clock => {
            wit::Error::Tls(message)
        }
        TrafficErrorKind::Timeout => wit::Error::Timeout(phase(error.phase)),
        TrafficErrorKind::Protocol | TrafficErrorKind::Malformed => wit::Error::Protocol(message),
        TrafficErrorKind::TooLarge => wit::Error::TooLarge(message),
        TrafficErrorKind::Cancelled => wit::Error::Cancelled,
        TrafficErrorKind::Other => wit::Error::Other(message),
    }
}

fn phase(phase: Option<Phase>) -> wit::Phase {
    match phase {
        Some(Phase::Dns) => wit::Phase::Dns,
        Some(Phase::Connect) => wit::Phase::Connect,
        Some(Phase::Tls) => wit::Phase::Tls,
        Some(Phase::Wait) => wit::Phase::Wait,
        Some(Phase::Receive) => wit::Phase::Receive,
        Some(Phase::Total) | None => wit::Phase::Total,
    }
}
