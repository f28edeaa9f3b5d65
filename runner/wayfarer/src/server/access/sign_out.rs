//! `/sign-out`: ends the visitor's session, at the server as well as in the browser.

use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::{HeaderName, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::audit::{AuditAction, AuditOutcome};
use wayfarer_store::AuditEvent;

use super::cookies::Cookie;
use super::pages::{SignOutPage, SignedOutPage};
use super::peer::Client;
use super::{Access, Signed, Visitor, pages, provider_sign_in};
use crate::server::use_cases::Credential;

/// What a browser forgets of this host.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Deserialize)]
struct Nothing {}

/// Asks whether it is to end: for whoever types the address.
pub(super) async fn form(visitor: Visitor) -> Response {
    let page = SignOutPage { name: visitor.caller.name, form_token: visitor.form_token };
    page.shown()
}

/// Ends it. Whoever has no session is led to `/sign-in`.
pub(super) async fn submit(State(access): State<Access>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts, &access.settings().trusted_proxies);
    let signed = Signed::<Nothing>::from_request(Request::from_parts(parts, body), &access).await;
    let visitor = match signed {
        Ok(Signed { visitor, form: Nothing {} }) => visitor,
        Err(response) => return response,
    };
    let Some(session) = visitor.session else {
        return pages::told(StatusCode::OK, "Signed out", "A token has no session to end.");
    };
    if let Err(error) = access.store().end_session(session, None, access.now()).await {
        return pages::failed(&error);
    }
    access
        .trail()
        .record(AuditEvent {
            occurred: access.now(),
            tenant: visitor.caller.tenant.clone(),
            actor: visitor.caller.actor(),
            action: AuditAction::SignOut,
            object: format!("session {session}"),
            outcome: AuditOutcome::Done,
            count: 1,
        })
        .await;
    let provider = match visitor.caller.by {
        Credential::Provider => provider_sign_in::end_of_session(&access).await,
        Credential::Token(_) => None,
    };
    let mut response = SignedOutPage { provider }.shown();
    if let Some(cookie) = Cookie::Session.clear(client.is_secure) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\", \"storage\""));
    response
}
