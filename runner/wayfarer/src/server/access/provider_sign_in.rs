//! The way to the provider and back, as pages.

use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_model::text::{clip, printable};
use wayfarer_store::{AuditEvent, SignedInWith};

use super::cookies::Cookie;
use super::destination::Destination;
use super::oidc::choice::Choice;
use super::oidc::error::OidcError;
use super::oidc::grants::{Claims, Grant, claim, granted, text_of, told};
use super::oidc::id_token::{Expected, verify};
use super::oidc::provider::Provider;
use super::oidc::state::Attempt;
use super::pages::{self, ChoicePage};
use super::peer::Client;
use super::secret::Secret;
use super::session::SignedIn;
use super::{Access, origin, sign_in, visitor};

/// How long the cookie of a sign-in lasts.
const OPEN: Duration = Duration::from_hours(1);
/// The longest name of a person, in bytes.
const LONGEST_NAME: usize = 100;

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

/// What the provider sends the browser back with.
#[derive(Debug, Default, Deserialize)]
struct Returned {
    code: Option<String>,
    #[serde(default)]
    state: String,
    /// RFC 9207.
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    choice: String,
    #[serde(default)]
    tenant: String,
}

/// Who the provider says has signed in.
struct Person {
    subject: String,
    name: String,
    grants: Vec<Grant>,
}

/// Leads to the provider.
pub(super) async fn begin(State(access): State<Access>, request: Request) -> Response {
    let Some(provider) = access.provider() else { return pages::no_provider() };
    let (parts, _) = request.into_parts();
    let client = Client::of(&parts, &access.settings().trusted_proxies);
    let asked = Query::<Asked>::try_from_uri(&parts.uri).map_or_else(|_| Asked::default(), |query| query.0);
    let now = access.now();
    let metadata = match provider.metadata(now).await {
        Ok(metadata) => metadata,
        Err(error) => return refused(&error),
    };
    let own = Cookie::SignIn.read(&parts.headers, client.is_secure);
    let (is_new, secret) = (own.is_none(), own.unwrap_or_else(Secret::new));
    let attempt = Attempt::new(now, &Destination::read(&asked.next));
    let settings = provider.settings();
    let mut url = metadata.authorization_endpoint.0;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", settings.callback.as_str())
        .append_pair("scope", &settings.scopes.join(" "))
        .append_pair("state", &attempt.state(&secret))
        .append_pair("nonce", &attempt.nonce(&secret))
        .append_pair("code_challenge", &attempt.challenge(&secret))
        .append_pair("code_challenge_method", "S256");
    let mut response = Redirect::to(url.as_str()).into_response();
    let cookie = is_new.then(|| Cookie::SignIn.set(&secret, client.is_secure, OPEN)).flatten();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Takes the browser back.
pub(super) async fn callback(State(access): State<Access>, request: Request) -> Response {
    let Some(provider) = access.provider() else { return pages::no_provider() };
    let (parts, _) = request.into_parts();
    let client = Client::of(&parts, &access.settings().trusted_proxies);
    let returned =
        Query::<Returned>::try_from_uri(&parts.uri).map_or_else(|_| Returned::default(), |query| query.0);
    let secret = Cookie::SignIn.read(&parts.headers, client.is_secure);
    let attempt = secret.and_then(|secret| {
        let attempt = Attempt::read(&returned.state, &secret, access.now())?;
        Some((secret, attempt))
    });
    let Some((secret, attempt)) = attempt else { return refused(&OidcError::State) };
    match person(&access, provider, &returned, (&secret, &attempt)).await {
        Ok(person) => let_in(&access, &parts, provider, person, (&secret, &attempt.next())).await,
        Err(error) => {
            access.trail().count(AuditEvent {
                occurred: access.now(),
                tenant: None,
                actor: Actor::Nobody,
                action: AuditAction::SignIn,
                object: "by the identity provider".to_owned(),
                outcome: AuditOutcome::Refused,
                count: 1,
            });
            refused(&error)
        }
    }
}

/// Who has signed in at the provider, and what that allows.
async fn person(
    access: &Access,
    provider: &Provider,
    returned: &Returned,
    (secret, attempt): (&Secret, &Attempt),
) -> Result<Person, OidcError> {
    let (settings, now) = (provider.settings(), access.now());
    let words = |text: &String| clip(&printable(text), 300);
    if let Some(error) = &returned.error {
        let description = returned.error_description.as_ref().map(words);
        return Err(OidcError::Refused { error: words(error), description });
    }
    if let Some(found) = returned.iss.as_ref().filter(|issuer| **issuer != settings.issuer) {
        return Err(OidcError::OtherIssuer { expected: settings.issuer.clone(), found: words(found) });
    }
    let code = returned.code.as_ref().ok_or(OidcError::State)?;
    let metadata = provider.metadata(now).await?;
    let tokens = provider.tokens(&metadata, code, &attempt.verifier(secret)).await?;
    let key = provider.key(&metadata, &tokens.id_token, now).await?;
    let nonce = attempt.nonce(secret);
    let expected = Expected {
        issuer: &settings.issuer,
        client_id: &settings.client_id,
        nonce: &nonce,
        skew: settings.clock_skew,
        now: access.now(),
    };
    let mut claims = verify(&tokens.id_token, &key, expected)?;
    let wanted =
        settings.grants.iter().map(|grant| grant.claim.as_str()).chain([settings.name_claim.as_str()]);
    if wanted.into_iter().any(|name| claim(&claims, name).is_none()) {
        provider.more_claims(&metadata, &tokens, &mut claims).await?;
    }
    let subject = claims.get("sub").and_then(text_of).filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| OidcError::Token("it names nobody (`sub`)".to_owned()))?;
    let name = name_of(&claims, &settings.name_claim).ok_or_else(|| OidcError::NoName(words(&subject)))?;
    let grants = granted(&settings.grants, &claims);
    if grants.is_empty() {
        return Err(OidcError::NoGrant { name, told: told(&settings.grants, &claims) });
    }
    Ok(Person { subject, name, grants })
}

/// What the person is called by: the chosen claim, or else what providers have for that.
fn name_of(claims: &Claims, chosen: &str) -> Option<String> {
    let names = [chosen, "preferred_username", "sub"];
    let found = names.into_iter().find_map(|name| claim(claims, name).filter(|value| !value.is_null()));
    let name = found.and_then(Value::as_str).map(|text| clip(printable(text).trim(), LONGEST_NAME));
    name.filter(|name| !name.is_empty())
}

/// Begins the session, or asks for which tenant.
async fn let_in(
    access: &Access,
    parts: &Parts,
    provider: &Provider,
    person: Person,
    (secret, next): (&Secret, &Destination),
) -> Response {
    let Person { subject, name, grants } = person;
    let issuer = provider.settings().issuer.clone();
    if let [Grant { role, tenant }] = grants.as_slice() {
        let with = SignedInWith::Provider { issuer, subject };
        let who = SignedIn { with, name, role: *role, tenant: tenant.clone(), expires: None };
        return sign_in::signed_in(access, parts, who, next).await;
    }
    let grants: Vec<_> = grants.into_iter().filter_map(|grant| Some((grant.tenant?, grant.role))).collect();
    let tenants = grants.iter().map(|(tenant, role)| (tenant.to_string(), role.to_string())).collect();
    let (next, at_ms) = (next.as_str().to_owned(), access.now().0);
    let choice = Choice { issuer, subject, name: name.clone(), grants, next, at_ms };
    let choice = choice.text(access.choice_key(), secret);
    ChoicePage { name, tenants, choice, form_token: secret.form_token("") }.shown()
}

/// Takes the chosen tenant.
pub(super) async fn choose(State(access): State<Access>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts, &access.settings().trusted_proxies);
    if !origin::is_ours(&parts.headers, &client) {
        return pages::foreign_form(&parts, &client);
    }
    let bytes = match visitor::body_of(body).await {
        Ok(bytes) => bytes,
        Err(response) => return response,
    };
    let sent = visitor::form_token(&bytes);
    let secret = Cookie::SignIn.read(&parts.headers, client.is_secure);
    let bound = secret.zip(sent).filter(|(secret, sent)| secret.is_form_token(sent));
    let Chosen { choice, tenant } = match visitor::read(bytes).await {
        Ok(chosen) => chosen,
        Err(response) => return response,
    };
    let choice =
        bound.and_then(|(secret, _)| Choice::read(&choice, access.choice_key(), &secret, access.now()));
    let granted = choice.and_then(|choice| {
        let (tenant, role) = choice.grants.iter().find(|(of, _)| of.as_str() == tenant)?.clone();
        Some((choice, tenant, role))
    });
    let Some((choice, tenant, role)) = granted else { return refused(&OidcError::State) };
    let next = choice.next();
    let with = SignedInWith::Provider { issuer: choice.issuer, subject: choice.subject };
    let who = SignedIn { with, name: choice.name, role, tenant: Some(tenant), expires: None };
    sign_in::signed_in(&access, &parts, who, &next).await
}

/// Where a person leaves the provider, as far as it says so.
pub(super) async fn end_of_session(access: &Access) -> Option<String> {
    let provider = access.provider()?;
    let mut url = provider.metadata(access.now()).await.ok()?.end_session_endpoint?.0;
    url.query_pairs_mut().append_pair("client_id", &provider.settings().client_id);
    Some(url.to_string())
}

/// Tells the visitor, and the log what is the operator's to mend.
fn refused(error: &OidcError) -> Response {
    let status = match error {
        OidcError::State | OidcError::Refused { .. } | OidcError::NoGrant { .. } => StatusCode::FORBIDDEN,
        _ => {
            tracing::warn!(%error, "a sign-in by the identity provider failed");
            StatusCode::BAD_GATEWAY
        }
    };
    let text = format!("{}.", sign_in::sentence(&error.to_string()).trim_end_matches('.'));
    pages::told(status, "Not signed in", &text)
}
