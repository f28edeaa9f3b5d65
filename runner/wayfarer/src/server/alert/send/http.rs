//! A notice as a request of HTTP: which answers mean that the channel has taken it. A channel that moved is configured anew.

use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use wayfarer_sandbox::Network;

use super::outcome::Answer;
use crate::channels::HttpRequest;
use crate::server::exchange::{Bounds, ExchangeError, exchange};

/// What is read of an answer, in bytes.
const READ: usize = 64 << 10;

/// How long its body may take after its head, which says already whether the channel has taken the notice.
const BODY_WITHIN: Duration = Duration::from_secs(2);

pub(super) async fn send(network: &Arc<Network>, request: &HttpRequest, within: Duration) -> Answer {
    let bounds = Bounds { connect: within, body: READ, body_within: BODY_WITHIN };
    let answered = match exchange(network, request, bounds).await {
        Ok(answered) => answered,
        Err(ExchangeError::NotReached(error)) => return not_reached(&error),
        Err(error @ (ExchangeError::NoHost | ExchangeError::Unmade(_))) => {
            return Answer::Never(error.to_string());
        }
        Err(error @ ExchangeError::BrokeOff(_)) => return Answer::Later(error.to_string(), None),
    };
    let status = answered.head.status;
    let body = answered.body.as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let said = if text.is_empty() { status.to_string() } else { format!("{status}: {text}") };
    match status.as_u16() {
        200..=299 => Answer::Taken(said),
        // What it says of the notice itself will not change.
        400 | 405 | 410 | 413 | 414 | 415 | 422 => Answer::Never(format!("it answered {said}")),
        _ => Answer::Later(format!("it answered {said}"), answered.retry_after()),
    }
}

/// A policy that does not allow the host may be mended while the notice waits, and so may a name.
pub(super) fn not_reached(error: &TrafficError) -> Answer {
    match error.kind {
        TrafficErrorKind::Malformed => Answer::Never(error.message.clone()),
        _ => Answer::Later(error.message.clone(), None),
    }
}
