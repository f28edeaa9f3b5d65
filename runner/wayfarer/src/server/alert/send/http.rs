//! A request of HTTP/1.1 on a checked stream. No redirect is followed: a channel that moved is configured anew.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use wayfarer_sandbox::Network;
use wayfarer_sandbox::net::Outbound;

use super::outcome::Answer;
use crate::channels::HttpRequest;

/// What is read of an answer, in bytes.
const READ: usize = 64 << 10;

/// How long its body may take after its head, which says already whether the channel has taken the notice.
const BODY_WITHIN: Duration = Duration::from_secs(2);

pub(super) async fn send(network: &Arc<Network>, request: &HttpRequest, within: Duration) -> Answer {
    exchange(network, request, within).await.unwrap_or_else(|failed| failed)
}

async fn exchange(network: &Arc<Network>, request: &HttpRequest, within: Duration) -> Result<Answer, Answer> {
    let broken = |error: hyper::Error| Answer::Later(format!("it broke off: {error}"), None);
    let url = &request.url;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(Answer::Never("its URL has no host".to_owned()));
    };
    let outbound = Outbound::new(Arc::clone(network), within);
    let connecting = outbound.connect(host.trim_matches(['[', ']']), port, url.scheme() == "https");
    let stream = connecting.await.map_err(|error| not_reached(&error))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with this set.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let made =
        made(request).map_err(|error| Answer::Never(format!("no request can be made of it: {error}")))?;
    let (head, body) = sender.send_request(made).await.map_err(broken)?.into_parts();
    let body = tokio::time::timeout(BODY_WITHIN, Limited::new(body, READ).collect()).await;
    let body = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let said = if text.is_empty() { head.status.to_string() } else { format!("{}: {text}", head.status) };
    Ok(match head.status.as_u16() {
        200..=299 => Answer::Taken(said),
        // What it says of the notice itself will not change.
        400 | 405 | 410 | 413 | 414 | 415 | 422 => Answer::Never(format!("it answered {said}")),
        _ => Answer::Later(format!("it answered {said}"), head.headers.get(RETRY_AFTER).and_then(seconds)),
    })
}

fn made(request: &HttpRequest) -> Result<hyper::Request<Full<Bytes>>, http::Error> {
    let url = &request.url;
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let authority = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let mut made = hyper::Request::builder()
        .method(request.method.clone())
        .uri(target)
        .header(HOST, authority)
        .header(USER_AGENT, concat!("wayfarer/", env!("CARGO_PKG_VERSION")));
    for (name, value) in &request.headers {
        made = made.header(*name, value);
    }
    for (name, value) in &request.own_headers {
        made = made.header(name, value);
    }
    made.body(Full::new(Bytes::from(request.body.clone())))
}

/// `Retry-After` in seconds. A date is not read: the clocks of both sides would have to agree.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// A policy that does not allow the host may be mended while the notice waits, and so may a name.
pub(super) fn not_reached(error: &TrafficError) -> Answer {
    match error.kind {
        TrafficErrorKind::Malformed => Answer::Never(error.message.clone()),
        _ => Answer::Later(error.message.clone(), None),
    }
}
