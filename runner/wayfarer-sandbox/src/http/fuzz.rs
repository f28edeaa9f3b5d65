//! Doors of the engine for `tests/fuzz`: each leads to one function that reads what a guest or a target wrote, and needs no
//! attempt around it. Only the feature `fuzz` compiles them, which no build of the product switches on.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, LOCATION};
use wayfarer_model::limits::Limits;
use wayfarer_model::traffic::TrafficError;

use super::cookies::Jars;
use super::exchange::RedirectPolicy;
use super::prepare::Hop;
use super::seal::{Outgoing, SealedSecrets};
use super::session::HttpSession;
use super::target::Target;
use crate::net::Network;
use crate::tape::Tape;

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `https`.
    pub tls: bool,
    /// In lower case; an IPv6 address without brackets.
    pub host: String,
    /// Never 0.
    pub port: u16,
    /// As it is sent.
    pub path_and_query: String,
}

impl From<Target> for Place {
    fn from(target: Target) -> Self {
        let path_and_query = target.path_and_query();
        let super::target::Origin { tls, host, port } = target.origin;
        Self { tls, host, port, path_and_query }
    }
}

/// Reads a URL by the rules for requests.
///
/// # Errors
/// As a guest gets it.
pub fn place(url: &str) -> Result<Place, TrafficError> {
    Target::parse(url).map(Place::from)
}

/// What would be asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHop {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers, with placeholders.
    pub headers: Vec<(String, String)>,
}

/// The next hop of a `POST` with these headers whose answer has that status and location; none if the answer is the last.
///
/// # Errors
/// As a guest gets it; the first URL is not one, or the location leads nowhere.
pub fn next_hop(
    url: &str,
    headers: &[(String, String)],
    (status, location): (u16, &[u8]),
    secrets: &SealedSecrets,
) -> Result<Option<NextHop>, TrafficError> {
    let answered = Target::parse(url)?;
    let hop = Hop {
        authority: None,
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: headers.to_vec(),
        body: Bytes::from_static(b"body"),
        jar: None,
        is_url_targets: false,
    };
    let mut answer = HeaderMap::new();
    if let Ok(location) = HeaderValue::from_bytes(location) {
        answer.insert(LOCATION, location);
    }
    let terms = (RedirectPolicy::Follow(5), 0);
    let next = super::redirect::next(&hop, &answered, (status, &answer), terms, false, secrets)?;
    Ok(next.map(|Hop { method, url, headers, .. }| NextHop { method, url, headers }))
}

/// A request with the values in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Path and query.
    pub path_and_query: String,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Puts values where a request to this URL's origin holds their placeholders. None if the request itself is malformed.
///
/// # Errors
/// As a guest gets it.
pub fn filled(
    secrets: &SealedSecrets,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Option<Result<Filled, TrafficError>> {
    let target = Target::parse(url).ok()?;
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    let (mut path_and_query, mut body) = (target.path_and_query(), Bytes::copy_from_slice(body));
    let outgoing = Outgoing {
        path_and_query: &mut path_and_query,
        headers: &mut map,
        body: &mut body,
        most_body: 1 << 20,
        is_url_targets: false,
    };
    Some(secrets.seal_out(&target.origin, outgoing).map(|()| {
        let text = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.as_bytes().to_vec());
        Filled { path_and_query, headers: map.iter().map(text).collect(), body: body.to_vec() }
    }))
}

/// What a guest sees of the first `shown` bytes of a body that this URL's origin answers.
pub async fn sealed_back(secrets: &SealedSecrets, url: &str, body: &[u8], shown: usize) -> Vec<u8> {
    match Target::parse(url) {
        Ok(target) => secrets.seal_back(Bytes::copy_from_slice(body), shown, &target.origin).await.0.to_vec(),
        Err(_) => Vec::new(),
    }
}

/// The header `cookie` of a request to `to`, after an answer of `from` has set this cookie. None if one of them is no URL.
pub fn cookie(from: &str, set_cookie: &str, to: &str) -> Option<String> {
    let jars = Jars::new(Tape::live(Limits::default(), [7; 32], None));
    let stored = jars.set(0, &Target::parse(from).ok()?.url, set_cookie);
    stored.ok()?.ok()?;
    jars.header(0, &Target::parse(to).ok()?.url)
}

/// The session of an attempt whose memory nobody else counts.
pub fn session(network: Arc<Network>, limits: Limits, secrets: Arc<SealedSecrets>) -> HttpSession {
    HttpSession::new(network, Tape::live(limits, [7; 32], None), secrets)
}
