//! Decides whether an answer is a redirect to follow, and builds the next hop: the rules of browsers (RFC 9110, 15.4)
//! under the guest's policy.
//!
//! Credentials do not travel to another origin: `authorization`, `cookie`, `proxy-authorization`, and every header with
//! the placeholder of a secret that the new host may not have. From `https` to `http` is another origin too.

use bytes::Bytes;
use http::header::{HeaderMap, LOCATION};
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::exchange::{RedirectPolicy, text_of};
use super::prepare::Hop;
use super::seal::SealedSecrets;
use super::target::Target;
use crate::net::fault::targets;

/// The next hop; none if this answer is the last. `is_targets` says that the target wrote no placeholder into its location:
/// those that stand there now stand for values.
pub(super) fn next(
    hop: &Hop,
    answered: &Target,
    (status, headers): (u16, &HeaderMap),
    (policy, followed): (RedirectPolicy, u32),
    is_targets: bool,
    secrets: &SealedSecrets,
) -> Result<Option<Hop>, TrafficError> {
    let location = match status {
        301 | 302 | 303 | 307 | 308 => headers.get(LOCATION),
        _ => None,
    };
    let (Some(location), false) = (location, policy == RedirectPolicy::Manual) else { return Ok(None) };
    let target = match target_of(&text_of(location.as_bytes()), answered) {
        // It is no place of the same origin, whatever it is.
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
            secrets.seal_back_text(target.url.into(), &answered.origin)
        );
        return Err(targets(TrafficErrorKind::Protocol, message));
    }
    let mut next = hop.clone();
    next.url = target.url.into();
    next.is_url_targets = is_targets;
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

fn target_of(location: &str, answered: &Target) -> Result<Target, TrafficError> {
    let odd = |why: String| targets(TrafficErrorKind::Protocol, format!("the redirect leads nowhere: {why}"));
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
