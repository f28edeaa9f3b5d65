//! One attempt's HTTP: the engine's door. A request is a place, a budget and a chain of hops; each hop is a
//! record on the tape, from its beginning to its end or to wherever the attempt was cut off.
//!
//! Invariants: every call of [`HttpSession::send`] that gets a place leaves at least one record; what is
//! handed out has passed [`SealedSecrets`]; dropping the session closes every connection.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join_all;
use http::header::CONTENT_ENCODING;
use http::{Response, Version};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use wayfarer_model::request::{Phase, Phases, RequestError, RequestErrorKind};
use wayfarer_model::units::Micros;

use super::budget::Budget;
use super::connection::Line;
use super::dialer::Dialer;
use super::exchange::{HttpRequest, HttpResponse, RedirectPolicy};
use super::fault::{self, journeys, targets};
use super::network::Network;
use super::pool::{Lease, Pool};
use super::prepare::{Hop, Prepared, head_size};
use super::receive::{self, EXCERPT, Received, receive};
use super::redirect;
use super::seal::SealedSecrets;
use super::target::Target;
use super::trace::{Finish, Trace};
use crate::tape::{Stop, Tape};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The request failed; the guest is told.
    Failed(RequestError),
    /// A budget is used up; the attempt is to be ended.
    Stop(Stop),
}

impl From<RequestError> for SendError {
    fn from(error: RequestError) -> Self {
        Self::Failed(error)
    }
}

impl From<Stop> for SendError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// One attempt's requests and connections. Dropping it closes every connection.
pub struct HttpSession {
    tape: Tape,
    secrets: Arc<SealedSecrets>,
    pool: Pool,
    places: Semaphore,
}

/// What the hops of one request have in common.
struct Plan<'a> {
    budget: Budget<'a>,
    /// How much of a body the guest gets.
    keep: u64,
    discard: bool,
}

/// One hop's answer, complete.
struct Answer {
    target: Target,
    line: Line,
    response: Response<()>,
    body: Bytes,
    size: u64,
    truncated: bool,
    phases: Phases,
}

impl HttpSession {
    /// A session without connections.
    pub fn new(network: Arc<Network>, tape: Tape, secrets: Arc<SealedSecrets>) -> Self {
        let places = Semaphore::new(tape.limits().concurrent_requests.max(1) as usize);
        Self { tape, secrets, pool: Pool::new(Dialer::new(network)), places }
    }

    /// The most that a request's body may have, in bytes.
    pub fn request_body_limit(&self) -> u64 {
        self.tape.limits().request_body
    }

    /// Sends one request and receives the whole answer, redirects followed as asked for.
    ///
    /// # Errors
    /// [`SendError::Failed`] is the guest's to handle, [`SendError::Stop`] ends the attempt.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        let Ok(_place) = self.places.acquire().await else {
            let message = "the attempt is ending";
            return Err(journeys(RequestErrorKind::Cancelled, message).into());
        };
        let HttpRequest { method, url, headers, body, timeouts, redirects, max_body, discard_body } = request;
        let most = self.tape.limits().response_body;
        let plan = Plan {
            budget: Budget::begin(&self.tape, timeouts),
            keep: max_body.unwrap_or(most).min(most),
            discard: discard_body,
        };
        let mut hop = Hop { method, url, headers, body };
        let mut followed = 0;
        loop {
            let (answer, next) = self.hop(&hop, &plan, (redirects, followed)).await?;
            match next {
                Some(next) => hop = next,
                None => return Ok(answer.into_response(followed, plan.budget.spent())),
            }
            followed += 1;
        }
    }

    /// Sends several at the same time, as many at once as the limits allow; answers in order.
    ///
    /// # Errors
    /// A budget is used up; what was under way is dropped.
    pub async fn send_all(
        &self,
        requests: Vec<HttpRequest>,
    ) -> Result<Vec<Result<HttpResponse, RequestError>>, Stop> {
        let sends = requests.into_iter().map(|request| async {
            match self.send(request).await {
                Ok(response) => Ok(Ok(response)),
                Err(SendError::Failed(error)) => Ok(Err(error)),
                Err(SendError::Stop(stop)) => Err(stop),
            }
        });
        try_join_all(sends).await
    }

    /// One hop, recorded.
    async fn hop(
        &self,
        hop: &Hop,
        plan: &Plan<'_>,
        (policy, followed): (RedirectPolicy, u32),
    ) -> Result<(Answer, Option<Hop>), SendError> {
        let mut trace = Trace::begin(&self.tape, &hop.method, &self.secrets.redact(&hop.url))?;
        let outcome = self.exchange(hop, plan, &mut trace).await.and_then(|answer| {
            let head = (answer.response.status().as_u16(), answer.response.headers());
            let next = redirect::next(hop, &answer.target, head, (policy, followed), &self.secrets)?;
            Ok((answer, next))
        });
        match &outcome {
            Ok((_, Some(_))) => trace.followed(),
            Ok((_, None)) => {}
            Err(SendError::Failed(error)) => trace.failed(error),
            Err(SendError::Stop(stop)) => {
                trace.failed(&journeys(RequestErrorKind::Cancelled, stop.to_string()));
            }
        }
        outcome
    }

    async fn exchange(&self, hop: &Hop, plan: &Plan<'_>, trace: &mut Trace<'_>) -> Result<Answer, SendError> {
        let policy = self.pool.dialer().network().policy();
        let prepared = Prepared::new(hop, policy, &self.secrets, self.tape.limits())?;
        let origin = &prepared.target.origin;
        let (mut lease, response) = self.head(&prepared, plan, trace).await?;
        let receiving_since = self.tape.now();
        let status = response.status();
        let (parts, mut body) = response.into_parts();
        self.tape.charge_traffic(head_size(&parts.headers))?;
        let mut response = Response::from_parts(parts, ());
        let shown = receive::is_worth_showing(status, response.headers());
        let wanted = if plan.discard { 0 } else { plan.keep };
        let keep = if shown { wanted.max(EXCERPT as u64) } else { wanted };
        let receiving = receive(&mut lease.connection, &mut body, keep, &self.tape, &origin.host);
        let received = plan.budget.within(Phase::Receive, &origin.host, receiving).await;
        trace.ended(Phase::Receive, receiving_since);
        let Received { kept, size } = received??;
        drop(body);
        let line = lease.connection.line.clone();
        self.pool.give_back(origin, lease.connection).await;
        if keep > 0 && size > 0 && self.secrets.is_meant_for(origin) {
            readable(&response, &origin.host)?;
        }
        self.secrets.seal_back_headers(response.headers_mut());
        let is_whole = kept.len() as u64 == size;
        let mut body = self.secrets.seal_back(
            kept,
            is_whole,
            usize::try_from(keep).unwrap_or(usize::MAX).saturating_add(1),
        );
        let excerpt =
            if shown { receive::excerpt(&body).map(|text| self.secrets.redact(&text).into()) } else { None };
        let phases = trace.finished(receiving_since, Finish { received: size, excerpt });
        // Placeholders are longer than most values: what no longer fits counts as cut off.
        let truncated =
            !plan.discard && body.len().max(usize::try_from(size).unwrap_or(usize::MAX)) as u64 > wanted;
        body.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        Ok(Answer { target: prepared.target, line, response, body, size, truncated, phases })
    }

    /// Sends until the head of an answer is here; a second time if a kept connection turned out to be closed.
    async fn head(
        &self,
        prepared: &Prepared,
        plan: &Plan<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<(Lease, Response<Incoming>), SendError> {
        let origin = &prepared.target.origin;
        let mut lease = self.pool.lease(origin, &plan.budget, trace).await?;
        loop {
            let request = prepared.request(lease.connection.is_multiplexed())?;
            self.tape.charge_traffic(prepared.wire_size())?;
            trace.on_line(&lease.connection.line, lease.reused, prepared.body_size());
            let since = self.tape.now();
            let sent = plan.budget.within(Phase::Wait, &origin.host, lease.connection.send(request)).await;
            let refused = match sent {
                Ok(Ok(response)) if response.headers().len() > 100 => {
                    // HTTP/1.1 has that limit in its parser.
                    let message = format!("{} answered with more than 100 headers", origin.host);
                    return Err(targets(RequestErrorKind::TooLarge, message).into());
                }
                Ok(Ok(response)) => {
                    trace.answered(response.status().as_u16(), protocol(response.version()), since);
                    return Ok((lease, response));
                }
                Ok(Err(refused)) => refused,
                Err(timeout) => {
                    trace.ended(Phase::Wait, since);
                    return Err(timeout.into());
                }
            };
            trace.ended(Phase::Wait, since);
            let unsent = refused.message().is_some();
            let error = refused.into_error();
            // Nobody acted on it, or acting twice is acting once.
            if lease.reused && (unsent || (prepared.is_idempotent() && fault::is_stale(&error))) {
                lease = self.pool.renewed(origin, &plan.budget, trace).await?;
                continue;
            }
            return Err(lease.connection.explain(&error, &origin.host, "before it answered").into());
        }
    }
}

impl Answer {
    fn into_response(self, redirects: u32, total: Micros) -> HttpResponse {
        let (parts, ()) = self.response.into_parts();
        HttpResponse {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: self.body,
            body_size: self.size,
            truncated: self.truncated,
            url: self.target.url.into(),
            protocol: protocol(parts.version),
            remote_address: self.line.remote,
            tls_version: self.line.tls_version,
            certificate_expires_ms: self.line.certificate_expires_ms,
            redirects,
            phases: Phases { total_us: total, ..self.phases },
        }
    }
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

/// Refuses a compressed answer of a host that knows a secret: a value could hide in it.
fn readable(response: &Response<()>, host: &str) -> Result<(), RequestError> {
    let identity = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if response.headers().get_all(CONTENT_ENCODING).iter().all(identity) {
        return Ok(());
    }
    // Our rule, not the target's fault: nobody is to be woken for it.
    let message = format!(
        "{host} compressed its answer although it was asked not to, and a secret could hide in it: have it honour \
         `accept-encoding: identity`, or call it without keeping the body"
    );
    Err(journeys(RequestErrorKind::Denied, message))
}
