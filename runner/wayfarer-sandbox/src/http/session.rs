//! One attempt's HTTP: the entrance to the engine. A request takes a permit and a budget and is a chain of hops. Each
//! hop leaves a record on the tape, from its beginning to its end or to the instant at which the attempt was cut off.
//!
//! Invariants: every call of [`HttpSession::send`] that gets a permit leaves at least one record; whatever it returns
//! has passed [`SealedSecrets`]; dropping the session closes every connection.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{LOCATION, RETRY_AFTER};
use http::{Response, StatusCode, Version};
use hyper::body::Incoming;
use tokio::sync::{Semaphore, SemaphorePermit};
use wayfarer_model::context::AttemptContext;
use wayfarer_model::traffic::{Phase, Phases, TrafficError, TrafficErrorKind};
use wayfarer_model::units::Micros;
use wayfarer_model::userinfo::without_userinfo;

use super::connection::{MAX_HEADERS, charge_interim_answers};
use super::content::{self, WantedBody};
use super::cookies::Jars;
use super::decode::Encodings;
use super::evidence::Evidence;
use super::exchange::{AtLimit, HttpRequest, HttpResponse, RedirectPolicy};
use super::fault;
use super::head::Quoting;
use super::pool::{Lease, Pool};
use super::prepare::{Hop, Prepared};
use super::receive::receive;
use super::redirect;
use super::seal::SealedSecrets;
use super::target::Target;
use super::trace::HttpTrace;
use super::withhold_parameters;
use crate::memory::HeldMemory;
use crate::net::fault::journeys;
use crate::net::{Budget, Dialer, Families, Network, Peer};
use crate::tape::{Stop, Tape, TrafficOwner};

/// How many times one request is sent again at most.
const AGAIN: u32 = 3;

/// A place of a request that is under way.
pub(crate) type Place<'a> = SemaphorePermit<'a>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// The request failed; the guest handles the error.
    Failed(TrafficError),
    /// A budget is used up; the host ends the attempt.
    Stop(Stop),
}

impl From<TrafficError> for SendError {
    fn from(error: TrafficError) -> Self {
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
    jars: Arc<Jars>,
    pool: Pool,
    permits: Semaphore,
    /// None where no request belongs to an attempt.
    attempt: Option<Arc<AttemptContext>>,
}

/// What the hops of one request have in common.
struct Terms<'a> {
    budget: Budget<'a>,
    /// The most of a decoded body that the guest gets, in bytes.
    keep: u64,
    at_limit: AtLimit,
    owner: TrafficOwner,
}

/// One hop's answer, complete.
struct Answer {
    target: Target,
    peer: Peer,
    response: Response<()>,
    body: Bytes,
    decoded: String,
    wire_size: u64,
    truncated: bool,
    phases: Phases,
    /// Whether its location holds no placeholder but those that now stand for values.
    is_location_targets: bool,
    held: [HeldMemory; 2],
}

impl HttpSession {
    /// A session without connections.
    pub fn new(network: Arc<Network>, tape: Tape, secrets: Arc<SealedSecrets>) -> Self {
        let permits = Semaphore::new(tape.limits().concurrent_requests.max(1) as usize);
        let pool = Pool::new(Dialer::new(network), tape.clone());
        let jars = Arc::new(Jars::new(tape.clone()));
        Self { tape, secrets, jars, pool, permits, attempt: None }
    }

    /// The same for an attempt, of which hosts are told that the network lists for it.
    #[must_use]
    pub(crate) fn of_attempt(self, attempt: Arc<AttemptContext>) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// One of the same attempt with the same cookies, which calls addresses of one family only, over connections of its own.
    pub(crate) fn of_family(&self, families: Families) -> Self {
        let network = self.pool.dialer().network().with_families(families);
        let session = Self::new(Arc::new(network), self.tape.clone(), Arc::clone(&self.secrets));
        Self { jars: Arc::clone(&self.jars), attempt: self.attempt.clone(), ..session }
    }

    /// The attempt's cookie jars.
    pub(crate) fn jars(&self) -> &Jars {
        &self.jars
    }

    /// The attempt's secrets.
    pub(crate) fn secrets(&self) -> &SealedSecrets {
        &self.secrets
    }

    /// The most that a request's body may have, in bytes.
    pub fn request_body_limit(&self) -> u64 {
        self.tape.limits().request_body
    }

    /// Asks once, before the attempt is judged, whether the runner had a way to the targets that have not answered
    /// ([`Dialer::review_unanswered`]).
    pub(crate) async fn review_unanswered(&self) {
        self.pool.dialer().review_unanswered(&self.tape).await;
    }

    /// Sends one request and receives the whole answer, redirects followed as asked for.
    ///
    /// # Errors
    /// [`SendError::Failed`] is the guest's to handle, [`SendError::Stop`] ends the attempt.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        let place = self.place().await?;
        self.send_in(place, request).await
    }

    /// Waits for one of the places of requests that are under way at the same time.
    ///
    /// # Errors
    /// The attempt is ending.
    pub(crate) async fn place(&self) -> Result<Place<'_>, TrafficError> {
        let place = self.permits.acquire().await;
        place.map_err(|_| journeys(TrafficErrorKind::Cancelled, "the attempt is ending"))
    }

    /// As [`send`](Self::send), in a place that the request has already.
    pub(crate) async fn send_in(
        &self,
        _place: Place<'_>,
        request: HttpRequest,
    ) -> Result<HttpResponse, SendError> {
        let HttpRequest { method, url, headers, authority, body, timeouts, redirects, .. } = request;
        let HttpRequest { jar, max_body, at_limit, owner, .. } = request;
        let most = self.tape.limits().response_body;
        let terms = Terms {
            budget: Budget::begin(&self.tape, timeouts),
            keep: max_body.unwrap_or(most).min(most),
            at_limit,
            owner,
        };
        let mut hop = Hop { method, url, headers, authority, body, jar, is_url_targets: false };
        let mut answered = Vec::new();
        loop {
            let followed = u32::try_from(answered.len()).unwrap_or(u32::MAX);
            let (answer, next) = self.hop(&hop, &terms, (redirects, followed)).await?;
            answered.push(answer.target.origin.clone());
            let Some(next) = next else {
                let mut url = answer.target.url.to_string();
                // Each of them may have chosen a part of it.
                for origin in &answered {
                    url = self.secrets.seal_back_text(url, origin);
                }
                return Ok(answer.into_response(url, followed));
            };
            hop = next;
        }
    }

    /// Records a request that is not sent at all, and why.
    ///
    /// # Errors
    /// Beyond the limit on requests.
    pub(crate) fn refuse(
        &self,
        (method, url): (&str, &str),
        owner: TrafficOwner,
        why: &TrafficError,
    ) -> Result<(), Stop> {
        let url = without_userinfo(url);
        let url = self.secrets.redact_start(&url);
        HttpTrace::begin(&self.tape, method, &url, owner)?.fail(why);
        Ok(())
    }

    /// One hop, recorded.
    async fn hop(
        &self,
        hop: &Hop,
        terms: &Terms<'_>,
        (policy, followed): (RedirectPolicy, u32),
    ) -> Result<(Answer, Option<Hop>), SendError> {
        let url = without_userinfo(&hop.url);
        let shown = self.secrets.redact_start(&url);
        // A target chose this URL, and may have put credentials into it: the code of a log-in, a session.
        let shown = match withhold_parameters(&shown).filter(|_| followed > 0) {
            Some(without) => without.into(),
            None => shown,
        };
        let mut trace = HttpTrace::begin(&self.tape, &hop.method, &shown, terms.owner)?;
        let outcome = self.exchange(hop, terms, &mut trace).await.and_then(|answer| {
            let head = (answer.response.status().as_u16(), answer.response.headers());
            let is_targets = answer.is_location_targets;
            let next =
                redirect::next(hop, &answer.target, head, (policy, followed), is_targets, &self.secrets)?;
            Ok((answer, next))
        });
        let outcome = match outcome {
            Err(SendError::Failed(error)) => {
                let error = self.pool.dialer().reviewed_silence(error, &trace).await;
                let is_led = followed > 0 && !trace.has_peer();
                Err(SendError::Failed(if is_led { fault::of_redirect(error) } else { error }))
            }
            other => other,
        };
        match &outcome {
            Ok((_, Some(_))) => trace.followed(),
            Ok((_, None)) => {}
            Err(SendError::Failed(error)) => trace.fail(error),
            Err(SendError::Stop(stop)) => {
                trace.fail(&journeys(TrafficErrorKind::Cancelled, stop.to_string()));
            }
        }
        outcome
    }

    async fn exchange(
        &self,
        hop: &Hop,
        terms: &Terms<'_>,
        trace: &mut HttpTrace<'_>,
    ) -> Result<Answer, SendError> {
        let network = self.pool.dialer().network();
        let mut prepared = Prepared::new(hop, network, (&self.secrets, &self.jars), self.tape.limits())?;
        if let Some(attempt) = &self.attempt {
            prepared.join_trace(network, attempt, trace.ticket());
        }
        let evidence = Evidence::of(trace, &self.secrets);
        if let Some(evidence) = evidence {
            evidence.sent(trace, hop, &prepared);
        }
        let (lease, response) = self.head(&prepared, terms, trace).await?;
        if let Some(evidence) = evidence {
            evidence.answered(trace, response.headers(), &prepared.target.origin);
        }
        if let Some(jar) = hop.jar {
            self.jars.store(jar, &prepared.target.url, response.headers())?;
        }
        if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
            && let Some(asked) = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok())
        {
            trace.asks_to_wait(asked);
        }
        self.answer(prepared, terms, trace, (lease, response)).await
    }

    /// Receives the body of an answer whose head has come.
    async fn answer(
        &self,
        prepared: Prepared,
        terms: &Terms<'_>,
        trace: &mut HttpTrace<'_>,
        (mut lease, response): (Lease, Response<Incoming>),
    ) -> Result<Answer, SendError> {
        let origin = &prepared.target.origin;
        let receiving_since = self.tape.now();
        let (parts, mut body) = response.into_parts();
        let mut response = Response::from_parts(parts, ());
        let encodings = Encodings::of(response.headers());
        let wanted = WantedBody {
            most: terms.keep,
            at_limit: terms.at_limit,
            tape: &self.tape,
            secrets: &self.secrets,
        };
        let keep = wanted.bytes_to_keep(&response, &encodings);
        let wire = content::wire_bytes(keep, &encodings);
        let with = (&self.tape, &terms.budget);
        let receiving = receive(&mut lease.connection, &mut body, (wire, terms.at_limit), with, &origin.host);
        let received = terms.budget.within(Phase::Receive, &origin.host, receiving).await;
        trace.end_phase(Phase::Receive, receiving_since);
        let received = received??;
        let wire_size = received.size;
        drop(body);
        let peer = lease.connection.peer.clone();
        if received.is_whole {
            self.pool.give_back(origin, lease.connection).await;
        }
        let content = wanted.content(received, &response, &encodings, (keep, origin)).await?;
        let location = response.headers().get(LOCATION).map_or(&[][..], |location| location.as_bytes());
        let is_location_targets = !self.secrets.has_placeholder(location);
        self.secrets.seal_back_headers(response.headers_mut(), origin);
        let phases = trace.finished(wire_size, wanted.excerpt(&content, &response, &encodings));
        // Up to where the record ends: what the runner does with the answer from here on, and when it gets a processor for it, is none of the target's.
        let total = terms.budget.until(trace.began()).0.saturating_add(phases.total_us.0);
        let phases = Phases { total_us: Micros(total), ..phases };
        let ((body, held), truncated) = wanted.sealed(content, origin).await;
        if let Some(evidence) = Evidence::of(trace, &self.secrets) {
            evidence.received(trace, &body, truncated);
        }
        Ok(Answer {
            target: prepared.target,
            peer,
            response,
            body,
            decoded: encodings.names(),
            wire_size,
            truncated,
            phases,
            is_location_targets,
            held,
        })
    }

    /// Sends, and awaits the head of the answer. Sends again where the peer has not acted on it, or where acting twice is
    /// the same as acting once.
    async fn head(
        &self,
        prepared: &Prepared,
        terms: &Terms<'_>,
        trace: &mut HttpTrace<'_>,
    ) -> Result<(Lease, Response<Incoming>), SendError> {
        let origin = &prepared.target.origin;
        let mut lease = self.pool.lease(origin, &terms.budget, trace).await?;
        let mut again = 0;
        loop {
            let mut request = prepared.request(lease.connection.is_multiplexed())?;
            charge_interim_answers(&mut request, &self.tape);
            self.tape.charge_traffic(prepared.wire_size())?;
            trace.board(&lease.connection.peer, lease.reused, prepared.body_size());
            let since = self.tape.now();
            let sent = terms.budget.within(Phase::Wait, &origin.host, lease.connection.send(request)).await;
            let failed = match sent {
                Ok(Ok(response)) if response.headers().len() > MAX_HEADERS => {
                    // For HTTP/1.1 the parser enforces that limit.
                    return Err(fault::too_many_headers(&origin.host).into());
                }
                Ok(Ok(response)) => {
                    trace.answered(response.status().as_u16(), protocol(response.version()), since);
                    return Ok((lease, response));
                }
                Ok(Err(failed)) => failed,
                Err(timeout) => {
                    trace.end_phase(Phase::Wait, since);
                    return Err(timeout.into());
                }
            };
            trace.end_phase(Phase::Wait, since);
            let is_unsent = failed.message().is_some();
            let error = failed.into_error();
            let why = again_because(&mut lease, &error, is_unsent, prepared.is_idempotent());
            if let Some(why) = why.filter(|_| again < AGAIN) {
                again += 1;
                trace.sent_again(&format!("{} {}", prepared.method, origin.endpoint()), &why);
                lease = self.pool.renewed(origin, &terms.budget, trace).await?;
                continue;
            }
            let is_told = self.secrets.is_meant_for(origin);
            let quoting = if is_told { Quoting::Withheld } else { Quoting::Allowed };
            return Err(lease
                .connection
                .explain(&error, &origin.host, ("before it answered", quoting))
                .into());
        }
    }
}

/// Why a request may be sent again on another connection; none if it may not.
fn again_because(
    lease: &mut Lease,
    error: &hyper::Error,
    is_unsent: bool,
    is_idempotent: bool,
) -> Option<String> {
    if let Some(refusal) = fault::refusal(error) {
        return Some(format!("the server refused it with {refusal} before it acted on it"));
    }
    // A connection that served nothing yet is no stale one.
    if !lease.reused {
        return None;
    }
    let may = is_unsent || (is_idempotent && fault::is_stale(error) && lease.connection.unread().is_empty());
    may.then(|| "the server had closed the kept connection".to_owned())
}

impl Answer {
    fn into_response(self, url: String, redirects: u32) -> HttpResponse {
        let (parts, ()) = self.response.into_parts();
        HttpResponse {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: self.body,
            decoded: self.decoded,
            wire_size: self.wire_size,
            truncated: self.truncated,
            url,
            protocol: protocol(parts.version),
            remote_address: self.peer.address,
            tls_version: self.peer.tls_version,
            certificate_expires_ms: self.peer.certificate_expires_ms,
            redirects,
            phases: self.phases,
            held: Arc::new(self.held),
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
