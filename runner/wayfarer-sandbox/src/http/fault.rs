//! From the errors of sockets and of hyper to ours: what happened, in words, and whose fault it is.
//!
//! The rule: what the peer did, or did not do, is the target's; what this machine lacks is the runner's.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use wayfarer_model::request::{Blame, Phase, RequestError, RequestErrorKind};
use wayfarer_model::units::Micros;

fn error(kind: RequestErrorKind, blame: Blame, message: impl Into<String>) -> RequestError {
    RequestError { kind, message: message.into(), phase: None, blame }
}

/// The target's fault.
pub(super) fn targets(kind: RequestErrorKind, message: impl Into<String>) -> RequestError {
    error(kind, Blame::Target, message)
}

/// The journey's fault.
pub(super) fn journeys(kind: RequestErrorKind, message: impl Into<String>) -> RequestError {
    error(kind, Blame::Journey, message)
}

/// The runner's fault.
pub(super) fn runners(kind: RequestErrorKind, message: impl Into<String>) -> RequestError {
    error(kind, Blame::Runner, message)
}

/// A request that is none: the journey's fault, and nothing was sent.
pub(super) fn malformed(message: impl Into<String>) -> RequestError {
    journeys(RequestErrorKind::Malformed, message)
}

/// A phase ran out of time.
pub(super) fn timed_out(phase: Phase, what: &str, limit: Duration) -> RequestError {
    let limit = Micros::from_duration(limit);
    let message = match phase {
        Phase::Dns => format!("{what} was not resolved within {limit}"),
        Phase::Connect => format!("no connection to {what} within {limit}"),
        Phase::Tls => format!("no TLS handshake with {what} within {limit}"),
        Phase::Wait => format!("no response from {what} within {limit}"),
        Phase::Receive => format!("the response from {what} was not complete within {limit}"),
        Phase::Total => format!("the request to {what} was not complete within {limit}"),
    };
    RequestError { phase: Some(phase), ..targets(RequestErrorKind::Timeout, message) }
}

/// No connection to an address.
pub(super) fn connect(address: SocketAddr, fault: &io::Error) -> RequestError {
    let why = match fault.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        _ => return runners(RequestErrorKind::Connect, format!("cannot dial {address} from here: {fault}")),
    };
    targets(RequestErrorKind::Connect, format!("{why}: {address}"))
}

/// An exchange that broke off. `stage` says in which part, for instance `while waiting for the response`.
pub(super) fn exchange(fault: &hyper::Error, host: &str, stage: &str) -> RequestError {
    if fault.is_parse_too_large() {
        let message = format!("{host} answered with more than 100 headers or 64 KiB of them");
        return targets(RequestErrorKind::TooLarge, message);
    }
    let protocol = |message| targets(RequestErrorKind::Protocol, message);
    if fault.is_parse() {
        return protocol(format!("{host} does not speak HTTP as it should: {}", chain(fault)));
    }
    if fault.is_incomplete_message() {
        return protocol(format!("{host} closed the connection {stage}"));
    }
    match cause(fault).map(io::Error::kind) {
        Some(
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted,
        ) => protocol(format!("connection reset by {host} {stage}")),
        Some(io::ErrorKind::UnexpectedEof) => protocol(format!("{host} closed the connection {stage}")),
        _ => protocol(format!("the exchange with {host} broke off {stage}: {}", chain(fault))),
    }
}

/// Whether a kept connection turned out to be closed by the peer before it answered.
pub(super) fn is_stale(fault: &hyper::Error) -> bool {
    let closed = |fault: &io::Error| {
        matches!(
            fault.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted
        )
    };
    fault.is_incomplete_message()
        || fault.is_canceled()
        || fault.is_closed()
        || cause(fault).is_some_and(closed)
}

/// The socket's error in a chain of causes.
fn cause<'a>(fault: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(fault);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<io::Error>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

fn chain(fault: &dyn Error) -> String {
    let mut text = fault.to_string();
    let mut next = fault.source();
    while let Some(current) = next {
        text = format!("{text}: {current}");
        next = current.source();
    }
    text
}
