//! Turns the errors of sockets and deadlines into [`TrafficError`]s: what happened, and who is to blame.
//!
//! The rule: the target is to blame for what the peer did or failed to do, the runner for what this machine lacks.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use wayfarer_model::egress::Denial;
use wayfarer_model::traffic::{Blame, Phase, TrafficError, TrafficErrorKind};
use wayfarer_model::units::Micros;

use super::dialer::Endpoint;

fn error(kind: TrafficErrorKind, blame: Blame, message: impl Into<String>) -> TrafficError {
    TrafficError { kind, message: message.into(), phase: None, blame }
}

/// The target is to blame.
pub(crate) fn targets(kind: TrafficErrorKind, message: impl Into<String>) -> TrafficError {
    error(kind, Blame::Target, message)
}

/// The journey is to blame.
pub(crate) fn journeys(kind: TrafficErrorKind, message: impl Into<String>) -> TrafficError {
    error(kind, Blame::Journey, message)
}

/// The runner is to blame.
pub(crate) fn runners(kind: TrafficErrorKind, message: impl Into<String>) -> TrafficError {
    error(kind, Blame::Runner, message)
}

/// The journey is to blame, and nothing was sent.
pub(crate) fn malformed(message: impl Into<String>) -> TrafficError {
    journeys(TrafficErrorKind::Malformed, message)
}

/// The policy does not allow a host or an address.
pub(crate) fn denied(denial: Denial) -> TrafficError {
    journeys(TrafficErrorKind::Denied, denial.0)
}

/// What an error on the way to the egress proxy means: the runner's network is incomplete.
pub(super) fn of_proxy(error: &TrafficError, proxy: Endpoint<'_>) -> TrafficError {
    let message = format!("no connection to the egress proxy {proxy}: {}", error.message);
    TrafficError { phase: error.phase, ..runners(error.kind, message) }
}

/// A phase exceeded its limit.
pub(super) fn timed_out(phase: Phase, whom: &str, limit: Duration) -> TrafficError {
    let limit = Micros::from_duration(limit);
    let message = match phase {
        Phase::Dns => format!("{whom} was not resolved within {limit}"),
        Phase::Connect => format!("no connection to {whom} within {limit}"),
        Phase::Tls => format!("no TLS handshake with {whom} within {limit}"),
        Phase::Wait => format!("no response from {whom} within {limit}"),
        Phase::Receive => format!("the response from {whom} was not complete within {limit}"),
        Phase::Total => format!("the request to {whom} was not complete within {limit}"),
    };
    TrafficError { phase: Some(phase), ..targets(TrafficErrorKind::Timeout, message) }
}

/// Nothing came for too long in the middle of an answer.
pub(super) fn stalled(whom: &str, limit: Duration) -> TrafficError {
    let limit = Micros::from_duration(limit);
    let message = format!("nothing came from {whom} for {limit} in the middle of its response");
    TrafficError { phase: Some(Phase::Receive), ..targets(TrafficErrorKind::Timeout, message) }
}

/// Whether this machine has run out of something that a socket needs.
pub(super) fn is_of_this_machine(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM | libc::EADDRNOTAVAIL)
    )
}

/// Whether an address could not be dialled because somebody there said no.
pub(super) fn is_answer(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

/// An address could not be dialled.
pub(super) fn connect(address: SocketAddr, cause: &io::Error) -> TrafficError {
    let why = match cause.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset => "connection reset",
        io::ErrorKind::HostUnreachable => "host unreachable",
        io::ErrorKind::TimedOut => "no answer",
        _ => {
            let message = format!("cannot dial {address} from here: {cause}");
            return runners(TrafficErrorKind::Connect, message);
        }
    };
    targets(TrafficErrorKind::Connect, format!("{why}: {address}"))
}
