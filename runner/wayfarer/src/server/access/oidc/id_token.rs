//! Whether an ID token is one for this sign-in: OpenID Connect Core 1.0, 3.1.3.7.
//!
//! Only algorithms with a public key are taken, whatever the token's head says: with a shared secret, or with none, whoever writes the head could
//! sign. `jsonwebtoken` checks the signature and the form; times are checked by the server's own clock.

use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use wayfarer_model::units::UnixMillis;

use super::error::OidcError;
use super::grants::Claims;

const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token is held against.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Expected<'e> {
    pub(in super::super) issuer: &'e str,
    pub(in super::super) client_id: &'e str,
    pub(in super::super) nonce: &'e str,
    pub(in super::super) skew: Duration,
    pub(in super::super) now: UnixMillis,
}

/// The key's name in a token's head; none if it names none.
pub(in super::super) fn key_name(token: &str) -> Result<Option<String>, OidcError> {
    let header = decode_header(token).map_err(|error| OidcError::Token(error.to_string()))?;
    Ok(header.kid)
}

/// Which of the provider's keys a token names. A token that names none is checked with the only one there is.
pub(in super::super) fn key<'k>(keys: &'k [Jwk], name: Option<&str>) -> Option<&'k Jwk> {
    let is_for_signatures = |key: &&Jwk| !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let mut usable = keys.iter().filter(is_for_signatures);
    match name {
        Some(name) => usable.find(|key| key.common.key_id.as_deref() == Some(name)),
        None => usable.next().filter(|_| usable.next().is_none()),
    }
}

/// The claims of a token that holds.
pub(in super::super) fn verify(token: &str, key: &Jwk, expected: Expected<'_>) -> Result<Claims, OidcError> {
    let refused = |error: jsonwebtoken::errors::Error| OidcError::Token(error.to_string());
    let header = decode_header(token).map_err(refused)?;
    let key = DecodingKey::from_jwk(key).map_err(refused)?;
    let is_fit = ALGORITHMS.contains(&header.alg) && key.family().algorithms().contains(&header.alg);
    if !is_fit {
        return Err(OidcError::Token(format!(
            "its algorithm {:?} is not that of the provider's key",
            header.alg
        )));
    }
    let mut validation = Validation::new(header.alg);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    // By the server's clock, below.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &key, &validation).map_err(refused)?.claims;
    check_party(&claims, expected.client_id)?;
    check_times(&claims, expected)?;
    match claims.get("nonce") {
        Some(Value::String(nonce)) if nonce == expected.nonce => Ok(claims),
        _ => Err(OidcError::Nonce),
    }
}

/// A token for several audiences says for which of them it was made.
fn check_party(claims: &Claims, client_id: &str) -> Result<(), OidcError> {
    let is_shared = claims.get("aud").and_then(Value::as_array).is_some_and(|list| list.len() > 1);
    match claims.get("azp").and_then(Value::as_str) {
        Some(party) if party == client_id => Ok(()),
        None if !is_shared => Ok(()),
        _ => Err(OidcError::Token("it was made for another client (`azp`)".to_owned())),
    }
}

fn check_times(claims: &Claims, Expected { skew, now, .. }: Expected<'_>) -> Result<(), OidcError> {
    let at = |name: &str| {
        let seconds = claims.get(name).and_then(Value::as_f64).filter(|seconds| *seconds >= 0.0);
        seconds.map(|seconds| UnixMillis((seconds * 1_000.0) as u64))
    };
    let skew_ms = skew.as_millis() as u64;
    let expires = at("exp").ok_or_else(|| OidcError::Token("its `exp` is no time".to_owned()))?;
    if expires.0.saturating_add(skew_ms) <= now.0 {
        return Err(OidcError::Expired { at: expires, now });
    }
    let begins = at("nbf").max(at("iat"));
    match begins.filter(|begins| begins.0 > now.0.saturating_add(skew_ms)) {
        Some(at) => Err(OidcError::Early { at, now }),
        None => Ok(()),
    }
}
