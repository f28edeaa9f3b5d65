//! One request of HTTP/1.1 that the server itself sends, on a checked stream: notices to channels, questions to registries. No redirect is followed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use wayfarer_model::traffic::TrafficError;
use wayfarer_sandbox::Network;
use wayfarer_sandbox::net::Outbound;

use crate::channels::HttpRequest;

/// How much of an answer is read, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How long connecting may take.
    pub(crate) connect: Duration,
    /// The longest body, in bytes.
    pub(crate) body: usize,
    /// How long the body may take after the head.
    pub(crate) body_within: Duration,
}

/// An answer's head, and its body as far as it came whole.
pub(crate) struct Answered {
    pub(crate) head: http::response::Parts,
    /// None if it broke off, took too long or was too long.
    pub(crate) body: Option<Bytes>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    #[error("its URL has no host")]
    NoHost,
    #[error("{}", .0.message)]
    NotReached(TrafficError),
    #[error("no request can be made of it: {0}")]
    Unmade(http::Error),
    #[error("it broke off: {0}")]
    BrokeOff(#[from] hyper::Error),
}

/// Sends a request and reads the answer. It waits for the answer's head for ever: the caller knows how long it has.
///
/// # Errors
/// [`ExchangeError`].
pub(crate) async fn exchange(
    network: &Arc<Network>,
    request: &HttpRequest,
    bounds: Bounds,
) -> Result<Answered, ExchangeError> {
    let url = &request.url;
    let host = url.host_str().zip(url.port_or_known_default());
    let (host, port) = host.ok_or(ExchangeError::NoHost)?;
    let outbound = Outbound::new(Arc::clone(network), bounds.connect);
    let connecting = outbound.connect(host.trim_matches(['[', ']']), port, url.scheme() == "https");
    let stream = connecting.await.map_err(ExchangeError::NotReached)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with this set.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let made = made(request).map_err(ExchangeError::Unmade)?;
    let (head, body) = sender.send_request(made).await?.into_parts();
    let body = tokio::time::timeout(bounds.body_within, Limited::new(body, bounds.body).collect()).await;
    let body = body.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes);
    Ok(Answered { head, body })
}

impl Answered {
    /// `Retry-After` in seconds. A date is not read: the clocks of both sides would have to agree.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = |value: &HeaderValue| value.to_str().ok()?.trim().parse().ok();
        self.head.headers.get(RETRY_AFTER).and_then(seconds).map(Duration::from_secs)
    }
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
    made.body(Full::new(request.body.clone()))
}
