//! Turns hyper's errors into [`TrafficError`]s: what happened in an exchange, in words. All of it is the target's fault.
//! So is a redirect to where the journey may not go, as far as the engine can tell.

use std::error::Error;
use std::io;

use wayfarer_model::traffic::{Blame, TrafficError, TrafficErrorKind};

use super::connection::MAX_HEADERS;
use super::head::{self, Quoting};
use crate::net::fault::targets;

/// An exchange that broke off. `unread` is what the peer sent and the parser refused, `stage` says in which part, for
/// instance `before it answered`.
pub(super) fn exchange(
    error: &hyper::Error,
    (unread, quoting): (&[u8], Quoting),
    host: &str,
    stage: &str,
) -> TrafficError {
    if error.is_parse_too_large() {
        return too_many_headers(host);
    }
    let protocol = |message| targets(TrafficErrorKind::Protocol, message);
    if error.is_parse() {
        if head::is_tls(unread) {
            return protocol(format!("{host} speaks TLS on this port: use `https://`"));
        }
        let said = chain(error);
        // Where the lines were good and the body's length is not, the parser has taken the head, and the body is unread.
        let has_taken_head = said.contains("content-length") || said.contains("transfer-encoding");
        let flaw = if has_taken_head { None } else { head::flaw(unread, quoting) };
        let flaw = flaw.unwrap_or(said);
        return protocol(format!("{host} does not speak HTTP as it should: {flaw}"));
    }
    if error.is_incomplete_message() {
        return protocol(format!("{host} closed the connection {stage}"));
    }
    if let Some(refusal) = refusal(error) {
        return protocol(format!("{host} refused the request each time, before it acted on it: {refusal}"));
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted,
        ) => protocol(format!("connection reset by {host} {stage}")),
        Some(io::ErrorKind::UnexpectedEof) => protocol(format!("{host} closed the connection {stage}")),
        _ => protocol(format!("the exchange with {host} broke off {stage}: {}", chain(error))),
    }
}

/// Why a hop was not made that a target redirected to. A journey does not choose where its target leads.
pub(super) fn of_redirect(error: TrafficError) -> TrafficError {
    if error.kind != TrafficErrorKind::Denied {
        return error;
    }
    TrafficError {
        blame: Blame::Target,
        message: format!("the target redirects there: {}", error.message),
        ..error
    }
}

/// An answer whose head is too large.
pub(super) fn too_many_headers(host: &str) -> TrafficError {
    let message = format!("{host} answered with more than {MAX_HEADERS} headers or 64 KiB of them");
    targets(TrafficErrorKind::TooLarge, message)
}

/// How a peer said over HTTP/2 that it has not acted on the request and never will, so that any request may be sent again
/// (RFC 9113, 8.7): its stream is beyond those that a GOAWAY still serves, or was refused.
pub(super) fn refusal(error: &hyper::Error) -> Option<String> {
    let error = find::<h2::Error>(error).filter(|error| error.is_remote())?;
    if error.is_go_away() {
        let why = error.reason().filter(|reason| *reason != h2::Reason::NO_ERROR);
        return Some(why.map_or_else(|| "GOAWAY".to_owned(), |why| format!("GOAWAY with {why:?}")));
    }
    (error.reason() == Some(h2::Reason::REFUSED_STREAM)).then(|| "REFUSED_STREAM".to_owned())
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
        || find::<io::Error>(error).is_some_and(closed)
}

/// The first error of a kind in a chain of causes.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
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
