//! Turns hyper's errors into [`TrafficError`]s: what happened in an exchange, in words. All of it is the target's fault.

use std::error::Error;
use std::io;

use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use crate::net::fault::targets;

/// An exchange that broke off. `stage` says in which part, for instance `before it answered`.
pub(super) fn exchange(error: &hyper::Error, host: &str, stage: &str) -> TrafficError {
    if error.is_parse_too_large() {
        let message = format!("{host} answered with more than 100 headers or 64 KiB of them");
        return targets(TrafficErrorKind::TooLarge, message);
    }
    let protocol = |message| targets(TrafficErrorKind::Protocol, message);
    if error.is_parse() {
        return protocol(format!("{host} does not speak HTTP as it should: {}", chain(error)));
    }
    if error.is_incomplete_message() {
        return protocol(format!("{host} closed the connection {stage}"));
    }
    match cause(error).map(io::Error::kind) {
        Some(
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted,
        ) => protocol(format!("connection reset by {host} {stage}")),
        Some(io::ErrorKind::UnexpectedEof) => protocol(format!("{host} closed the connection {stage}")),
        _ => protocol(format!("the exchange with {host} broke off {stage}: {}", chain(error))),
    }
}

/// Whether the peer had closed a kept connection before it answered.
pub(super) fn is_stale(error: &hyper::Error) -> bool {
    let closed = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted
        )
    };
    error.is_incomplete_message()
        || error.is_canceled()
        || error.is_closed()
        || cause(error).is_some_and(closed)
}

/// The socket's error in a chain of causes.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<io::Error>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// An error and its sources, joined by colons.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(current) = next {
        text = format!("{text}: {current}");
        next = current.source();
    }
    text
}
