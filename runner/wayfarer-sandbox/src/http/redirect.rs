//! Decides whether an answer is a redirect to follow, and builds the next hop: the rules of browsers (RFC 9110, 15.4)
//! under the guest's policy.
//!
//! Credentials do not travel to another origin: `authorization`, `cookie`, `proxy-authorization`, and every header with
//! the placeholder of a secret that the new host may not have. From `https` to `http` is another origin too. A user and
//! password that a location names go along in the header of basic authentication, as in browsers; no record shows them.

use bytes::Bytes;
use data_encoding::BASE64;
use http::header::{HeaderMap, LOCATION};
use percent_encoding::percent_decode_str;
use url::Url;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use wayfarer_model::userinfo::has_userinfo;

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
    let (target, credentials) = match target_of(&text_of(location.as_bytes()), answered) {
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
    next.url = target.url.clone().into();
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
        next.authority = None;
        next.headers
            .retain(|(name, value)| !is_credential(name) && secrets.may_travel(value, &target.origin));
    }
    if let Some(credentials) = credentials {
        if secrets.has_placeholder(&credentials) {
            // The target would choose where a value goes.
            return Err(nowhere("its location has a user or password with the placeholder of a secret"));
        }
        next.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        let value = format!("Basic {}", BASE64.encode(&credentials));
        next.headers.push(("authorization".to_owned(), value));
    }
    Ok(Some(next))
}

/// Where a location leads, and the credentials that it names.
fn target_of(location: &str, answered: &Target) -> Result<(Target, Option<Vec<u8>>), TrafficError> {
    let mut url =
        answered.url.join(location).map_err(|error| nowhere(&format!("its location is no url: {error}")))?;
    if url.fragment().is_none() {
        url.set_fragment(answered.url.fragment());
    }
    let credentials = take_credentials(&mut url);
    Ok((Target::of(url).map_err(|error| nowhere(&error.message))?, credentials))
}

fn nowhere(why: &str) -> TrafficError {
    targets(TrafficErrorKind::Protocol, format!("the redirect leads nowhere: {why}"))
}

/// Takes user and password out of a URL, as basic authentication writes them (RFC 7617).
fn take_credentials(url: &mut Url) -> Option<Vec<u8>> {
    if !has_userinfo(url) {
        return None;
    }
    let plain = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let mut pair = plain(url.username());
    pair.push(b':');
    pair.extend(plain(url.password().unwrap_or_default()));
    // Neither fails for a URL with a host, and `Target::of` refuses what is left in one without.
    url.set_username("").ok();
    url.set_password(None).ok();
    Some(pair)
}

fn is_of_body(name: &str) -> bool {
    ["content-type", "content-encoding", "content-language", "content-location"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

fn is_credential(name: &str) -> bool {
    ["authorization", "cookie", "proxy-authorization"].iter().any(|known| name.eq_ignore_ascii_case(known))
}
