//! Whether an answer leads on, and to what: the rules of browsers (RFC 9110, 15.4) under the guest's policy.
//!
//! Credentials do not travel to another origin: `authorization`, `cookie`, `proxy-authorization`, and every
//! header that holds the placeholder of a secret which is not for the new host. A step down from `https` to
//! `http` is another origin too.

use bytes::Bytes;
use http::header::{HeaderMap, LOCATION};
use wayfarer_model::request::{RequestError, RequestErrorKind};

use super::exchange::{RedirectPolicy, text_of};
use super::fault::targets;
use super::prepare::Hop;
use super::seal::SealedSecrets;
use super::target::Target;

/// The next hop, none if this answer is the last.
pub(super) fn next(
    hop: &Hop,
    answered: &Target,
    (status, headers): (u16, &HeaderMap),
    (policy, followed): (RedirectPolicy, u32),
    secrets: &SealedSecrets,
) -> Result<Option<Hop>, RequestError> {
    let location = match status {
        301 | 302 | 303 | 307 | 308 => headers.get(LOCATION),
        _ => None,
    };
    let (Some(location), false) = (location, policy == RedirectPolicy::Manual) else { return Ok(None) };
    let target = match target_of(&text_of(location.as_bytes()), answered) {
        // Whatever it is, it is elsewhere.
        Err(_) if matches!(policy, RedirectPolicy::SameOrigin(_)) => return Ok(None),
        target => target?,
    };
    let same = target.origin == answered.origin;
    let limit = match policy {
        RedirectPolicy::Manual => return Ok(None),
        RedirectPolicy::SameOrigin(_) if !same => return Ok(None),
        RedirectPolicy::SameOrigin(limit) | RedirectPolicy::Follow(limit) => limit,
    };
    if followed >= limit {
        let message = format!(
            "more than {limit} redirects: the next would lead to {}",
            secrets.redact(target.url.as_str())
        );
        return Err(targets(RequestErrorKind::Protocol, message));
    }
    let mut next = hop.clone();
    next.url = target.url.into();
    let to_get = match status {
        303 => hop.method != "HEAD",
        301 | 302 => hop.method == "POST",
        _ => false,
    };
    if to_get {
        "GET".clone_into(&mut next.method);
        next.body = Bytes::new();
        next.headers.retain(|(name, _)| !is_of_body(name));
    }
    if !same {
        next.headers
            .retain(|(name, value)| !is_credential(name) && secrets.may_travel(value, &target.origin));
    }
    Ok(Some(next))
}

fn target_of(location: &str, answered: &Target) -> Result<Target, RequestError> {
    let odd = |why: String| targets(RequestErrorKind::Protocol, format!("the redirect leads nowhere: {why}"));
    let mut url =
        answered.url.join(location).map_err(|error| odd(format!("its location is no url: {error}")))?;
    if url.fragment().is_none() {
        url.set_fragment(answered.url.fragment());
    }
    Target::of(url).map_err(|error| odd(error.message))
}

fn is_of_body(name: &str) -> bool {
    ["content-type", "content-encoding", "content-language", "content-location"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

fn is_credential(name: &str) -> bool {
    ["authorization", "cookie", "proxy-authorization"].iter().any(|known| name.eq_ignore_ascii_case(known))
}
