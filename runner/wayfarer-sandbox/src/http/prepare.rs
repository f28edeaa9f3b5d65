//! Turns what a guest asks for into a request that may be sent: checks it, checks the host, puts the secrets in.
//!
//! Each hop starts again from the guest's original. A secret's value is thus put in only toward a host that may have it,
//! and never travels on by a redirect. If anything fails, nothing is sent.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Method, Request, Version};
use http_body_util::Full;
use wayfarer_model::context::AttemptContext;
use wayfarer_model::limits::Limits;
use wayfarer_model::trace_context::{TRACEPARENT, TRACESTATE, traceparent, tracestate};
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use wayfarer_model::units::Bytes as Size;

use super::cookies::Jars;
use super::headers;
use super::seal::{Outgoing, SealedSecrets};
use super::target::Target;
use crate::net::Network;
use crate::net::fault::{denied, journeys, malformed};
use crate::tape::TrafficTicket;

/// What a guest asks for in one hop, unchecked.
#[derive(Debug, Clone)]
pub(super) struct Hop {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// What the `host` header says in place of the URL's host and port.
    pub(super) authority: Option<String>,
    pub(super) body: Bytes,
    /// The number of the cookie jar.
    pub(super) jar: Option<u32>,
    /// Whether a redirect led here whose placeholders all stand for values that the target wrote.
    pub(super) is_url_targets: bool,
}

/// A request that may be sent, secrets put in.
pub(super) struct Prepared {
    pub(super) target: Target,
    /// What the request names as its host: the URL's, or another that the configuration names.
    authority: String,
    pub(super) method: Method,
    path_and_query: PathAndQuery,
    headers: HeaderMap,
    body: Bytes,
    /// Bytes of body as the guest wrote it: with values in it, it would tell how long they are.
    written: u64,
}

impl Prepared {
    /// Checks a hop and puts the secrets in.
    pub(super) fn new(
        hop: &Hop,
        network: &Network,
        (secrets, jars): (&SealedSecrets, &Jars),
        limits: &Limits,
    ) -> Result<Self, TrafficError> {
        let method = method(&hop.method)?;
        let target = Target::parse(&hop.url)?;
        let origin = &target.origin;
        network.policy().check_host(&origin.host, origin.port).map_err(denied)?;
        let mut headers = headers::collect(&hop.headers)?;
        if hop.body.len() as u64 > limits.request_body {
            let (is, limit) = (Size(hop.body.len() as u64), Size(limits.request_body));
            let message =
                format!("the body is {is}, the limit {limit}: send less or raise `limits.request_body`");
            return Err(journeys(TrafficErrorKind::TooLarge, message));
        }
        let (mut path_and_query, mut body) = (target.path_and_query(), hop.body.clone());
        let outgoing = Outgoing {
            path_and_query: &mut path_and_query,
            headers: &mut headers,
            body: &mut body,
            most_body: limits.request_body,
            is_url_targets: hop.is_url_targets,
        };
        secrets.seal_out(origin, outgoing)?;
        join_cookies(&mut headers, hop.jar.and_then(|jar| jars.header(jar, &target.url)).as_deref())?;
        if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let path_and_query = PathAndQuery::from_maybe_shared(path_and_query)
            .map_err(|error| malformed(format!("the url's path and query cannot be sent: {error}")))?;
        let written = hop.body.len() as u64;
        let asked =
            hop.authority.as_deref().map(|asked| named_authority(asked, origin.port, network)).transpose()?;
        let own = network.options_for(&origin.host, origin.port).authority.clone();
        let authority = asked.or(own).unwrap_or_else(|| target.authority.clone());
        Ok(Self { target, authority, method, path_and_query, headers, body, written })
    }

    /// Tells the target which span the request is, if the network lists the host for that. A guest that takes part in a trace of its own
    /// goes on doing so. It concerns this hop alone, so nothing of it travels with a redirect.
    pub(super) fn join_trace(&mut self, network: &Network, attempt: &AttemptContext, record: TrafficTicket) {
        let origin = &self.target.origin;
        let is_guests = [TRACEPARENT, TRACESTATE].iter().any(|name| self.headers.contains_key(*name));
        if is_guests || !network.is_traced(&origin.host, origin.port) {
            return;
        }
        let values =
            [(TRACEPARENT, traceparent(attempt, record.number())), (TRACESTATE, tracestate(attempt))];
        for (name, value) in values {
            // Both are of letters, digits and a few signs.
            if let Ok(value) = HeaderValue::try_from(value) {
                self.headers.insert(name, value);
            }
        }
    }

    /// The request as one protocol wants it. Called again for a second try.
    pub(super) fn request(&self, multiplexed: bool) -> Result<Request<Full<Bytes>>, TrafficError> {
        let odd =
            |error: &dyn std::fmt::Display| malformed(format!("the url's authority cannot be sent: {error}"));
        let mut headers = self.headers.clone();
        let mut request = Request::new(Full::new(self.body.clone()));
        let authority = &self.authority;
        if multiplexed {
            let mut parts = http::uri::Parts::default();
            let scheme = if self.target.origin.tls { Scheme::HTTPS } else { Scheme::HTTP };
            parts.scheme = Some(scheme);
            parts.authority = Some(Authority::try_from(authority.as_str()).map_err(|error| odd(&error))?);
            parts.path_and_query = Some(self.path_and_query.clone());
            *request.uri_mut() = Uri::from_parts(parts).map_err(|error| odd(&error))?;
            *request.version_mut() = Version::HTTP_2;
        } else {
            headers.insert(HOST, HeaderValue::from_str(authority).map_err(|error| odd(&error))?);
            *request.uri_mut() = Uri::from(self.path_and_query.clone());
        }
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// As they are sent, with the values of secrets.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether sending it twice does no more than sending it once (RFC 9110, 9.2.2).
    pub(super) fn is_idempotent(&self) -> bool {
        [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE, Method::PUT, Method::DELETE]
            .contains(&self.method)
    }

    /// Bytes of body, with placeholders for values.
    pub(super) fn body_size(&self) -> u64 {
        self.written
    }

    /// About how many bytes it takes on the wire.
    pub(super) fn wire_size(&self) -> u64 {
        let line = self.method.as_str().len() + self.path_and_query.as_str().len() + self.authority.len();
        line as u64 + head_size(&self.headers) + self.body.len() as u64
    }
}

/// The authority that a request names for itself. A host behind another's address is called as much as that one, so the policy has
/// to allow it.
fn named_authority(asked: &str, port: u16, network: &Network) -> Result<String, TrafficError> {
    let Some(authority) = Authority::try_from(asked).ok().filter(|_| !asked.contains('@')) else {
        let shown = asked.escape_debug();
        return Err(malformed(format!(
            "`{shown}` in the header `host` is no host: write one such as `shop.example`"
        )));
    };
    let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
    network.policy().check_host(&host, authority.port_u16().unwrap_or(port)).map_err(denied)?;
    Ok(asked.to_owned())
}

/// Makes one header of the guest's own cookies and, behind them, those of the jar: a client sends no more than one (RFC 6265, 5.4), and
/// servers read the first or the last of several.
fn join_cookies(headers: &mut HeaderMap, of_jar: Option<&str>) -> Result<(), TrafficError> {
    let own = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    let all: Vec<&[u8]> = own.chain(of_jar.map(str::as_bytes)).collect();
    if all.is_empty() {
        return Ok(());
    }
    let sent = HeaderValue::from_bytes(&all.join(&b"; "[..]))
        .map_err(|_| malformed("a cookie of the jar has a control character: clear the jar"))?;
    headers.insert(COOKIE, sent);
    Ok(())
}

/// About how many bytes the headers take on the wire.
fn head_size(headers: &HeaderMap) -> u64 {
    headers.iter().map(|(name, value)| (name.as_str().len() + value.len() + 4) as u64).sum::<u64>() + 16
}

fn method(text: &str) -> Result<Method, TrafficError> {
    let Ok(method) = Method::from_bytes(text.as_bytes()) else {
        return Err(malformed(format!(
            "`{}` is not a method: use a token such as `GET`",
            text.escape_debug()
        )));
    };
    if method == Method::CONNECT {
        return Err(malformed(
            "method `CONNECT` opens a tunnel, which a journey cannot use: call the url itself",
        ));
    }
    Ok(method)
}
