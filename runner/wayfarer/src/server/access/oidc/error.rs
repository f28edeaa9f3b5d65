//! What goes wrong between a browser, the provider and this server. The visitor is told, because whoever sets a provider up is the first one.
//! Nothing here holds a secret, a code or a token.

use wayfarer_model::units::UnixMillis;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum OidcError {
    #[error(
        "cannot reach the identity provider at {url} ({reason}): check `issuer` under [server.oidc], and the way there"
    )]
    Unreachable { url: String, reason: String },
    #[error("{url} answered {status}: check `issuer` under [server.oidc]")]
    Status { url: String, status: u16 },
    #[error("{url} answered with something that cannot be read: {reason}")]
    Unreadable { url: String, reason: String },
    #[error(
        "the provider calls itself `{found}`, and `issuer` under [server.oidc] says `{expected}`: write it exactly so"
    )]
    OtherIssuer { expected: String, found: String },
    #[error("the provider names {0}, which is not encrypted: an identity provider needs https")]
    Clear(String),
    #[error("the sign-in took too long, began in another browser, or was ended before: begin again")]
    State,
    /// The provider's own words.
    #[error("the identity provider refused: {error}{}", description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused { error: String, description: Option<String> },
    #[error("the identity provider did not take the code: {error}{}; check `client_id`, `client_secret` and `url`", description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Code { error: String, description: Option<String> },
    #[error("the client's secret cannot be read: {0}")]
    Secret(String),
    #[error("the ID token is refused: {0}")]
    Token(String),
    #[error("the ID token expired at {}, and it is {} here: check both clocks, or raise `clock_skew`", at.rfc3339(), now.rfc3339())]
    Expired { at: UnixMillis, now: UnixMillis },
    #[error("the ID token is valid from {} on, and it is {} here: check both clocks, or raise `clock_skew`", at.rfc3339(), now.rfc3339())]
    Early { at: UnixMillis, now: UnixMillis },
    #[error("the ID token answers another sign-in than that of this browser: begin again")]
    Nonce,
    #[error("the provider told of no key with which the ID token could be checked (`{0}`)")]
    NoKey(String),
    #[error(
        "the provider does not say what `{0}` is called by: name another claim by `name_claim`, or ask for a scope that brings it"
    )]
    NoName(String),
    /// Signed in there, and of no concern here.
    #[error(
        "`{name}` has no access: no grant under [[server.oidc.grants]] fits; the provider says {told}. Ask the operator for one"
    )]
    NoGrant { name: String, told: String },
}
