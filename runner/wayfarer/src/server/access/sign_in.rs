//! `/sign-in`: a form for a token, which becomes a session.
//!
//! The form is bound to its browser by a cookie of its own, so that nobody can sign a browser in as somebody else. A wrong token is
//! answered as the API answers it, and counts against whoever sends it.

use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_store::{AuditEvent, SignedInWith};

use super::cookies::Cookie;
use super::destination::Destination;
use super::pages::{self, SignInPage};
use super::peer::Client;
use super::secret::Secret;
use super::session::{self, SignedIn};
use super::{Access, TokenRefused, checked_token, origin, visitor};
use crate::protocol::Token;

/// How long a form may stay open.
const OPEN: Duration = Duration::from_hours(12);

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: String,
}

/// Shows the form.
pub(super) async fn form(State(access): State<Access>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let asked = Query::<Asked>::try_from_uri(&parts.uri).map_or_else(|_| Asked::default(), |query| query.0);
    let client = Client::of(&parts, &access.settings().trusted_proxies);
    let next = Destination::read(&asked.next);
    let own = Cookie::SignIn.read(&parts.headers, client.is_secure);
    shown(&access, &client, own, &next, StatusCode::OK, None)
}

/// Takes the form: a session, or the form once more with what is wrong.
pub(super) async fn submit(State(access): State<Access>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts, &access.settings().trusted_proxies);
    if !origin::is_ours(&parts.headers, &client) {
        return pages::foreign_form(&parts, &client);
    }
    if let Err(seconds) = access.throttle().may_try(client.address, access.now()) {
        return pages::too_many(seconds, RETRY_AFTER);
    }
    let bytes = match visitor::body_of(body).await {
        Ok(bytes) => bytes,
        Err(response) => return response,
    };
    let sent = visitor::form_token(&bytes);
    let Form { token, next } = match visitor::read(bytes).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let next = Destination::read(&next);
    let own = Cookie::SignIn.read(&parts.headers, client.is_secure);
    let is_bound = own.as_ref().zip(sent).is_some_and(|(secret, sent)| secret.is_form_token(&sent));
    if !is_bound {
        let why = "The form was open for too long, or your browser keeps no cookies: try once more.";
        return shown(&access, &client, own, &next, StatusCode::FORBIDDEN, Some(why.to_owned()));
    }
    match checked_token(&access, &token).await {
        Ok((row, _)) => {
            let who = SignedIn {
                with: SignedInWith::Token(row.key),
                name: row.name,
                role: row.role,
                tenant: row.tenant,
                expires: row.expires,
            };
            signed_in(&access, &parts, who, &next).await
        }
        Err(TokenRefused::Store(error)) => pages::failed(&error),
        Err(refused) => {
            access.throttle().was_wrong(client.address, access.now());
            was_refused(&access, &token, &refused).await;
            let why = format!("{}.", sentence(&refused.to_string()));
            shown(&access, &client, own, &next, StatusCode::FORBIDDEN, Some(why))
        }
    }
}

/// Gives the browser a session in place of what it had, and leads it on.
pub(super) async fn signed_in(access: &Access, parts: &Parts, who: SignedIn, next: &Destination) -> Response {
    let client = Client::of(parts, &access.settings().trusted_proxies);
    let (actor, tenant) = (who.caller().actor(), who.tenant.clone());
    let former = session::of_request(access, parts, &client).await.ok().flatten();
    let (key, secret, lasts) = match session::begin(access, who).await {
        Ok(begun) => begun,
        Err(error) => return pages::failed(&error),
    };
    if let Some(former) = former
        && let Err(error) = access.store().end_session(former.key, None, access.now()).await
    {
        tracing::warn!(%error, "the session that a browser had before was not ended");
    }
    access
        .trail()
        .record(AuditEvent {
            occurred: access.now(),
            tenant,
            actor,
            action: AuditAction::SignIn,
            object: format!("session {key}"),
            outcome: AuditOutcome::Done,
            count: 1,
        })
        .await;
    let mut response = Redirect::to(next.as_str()).into_response();
    let cookies =
        [Cookie::Session.set(&secret, client.is_secure, lasts), Cookie::SignIn.clear(client.is_secure)];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The event of a wrong token, under its name if the server ever knew it.
async fn was_refused(access: &Access, text: &str, refused: &TokenRefused) {
    let known = match (refused, text.trim().parse::<Token>()) {
        (TokenRefused::Unknown | TokenRefused::Expired { .. }, Ok(token)) => {
            access.store().former_token(token.hash()).await.ok().flatten()
        }
        _ => None,
    };
    let (actor, tenant) =
        known.map_or((Actor::Nobody, None), |(number, name, tenant)| (Actor::Token { number, name }, tenant));
    access.trail().count(AuditEvent {
        occurred: access.now(),
        tenant,
        actor,
        action: AuditAction::SignIn,
        object: String::new(),
        outcome: AuditOutcome::Refused,
        count: 1,
    });
}

/// The form, bound to the browser by its cookie.
fn shown(
    access: &Access,
    client: &Client,
    own: Option<Secret>,
    next: &Destination,
    status: StatusCode,
    wrong: Option<String>,
) -> Response {
    let is_new = own.is_none();
    let secret = own.unwrap_or_else(Secret::new);
    let is_clear = !client.is_secure && !client.address.is_loopback();
    let provider = access.provider().map(|_| next.below("/sign-in/provider"));
    let page = SignInPage {
        form_token: secret.form_token(""),
        next: next.as_str().to_owned(),
        wrong,
        provider,
        is_clear,
    };
    let mut response = page.shown(status);
    let cookie = is_new.then(|| Cookie::SignIn.set(&secret, client.is_secure, OPEN)).flatten();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// With a capital letter, as a page has it.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// For answers that say when to try again.
pub(super) fn seconds(seconds: u64) -> HeaderValue {
    HeaderValue::from(seconds)
}
