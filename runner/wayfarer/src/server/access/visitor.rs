//! The extractors of pages: [`Visitor`] for a page, [`Signed`] for a form that was sent from one.
//!
//! A visitor without a session is led to `/sign-in` and back. A script that refreshes a part of a page gets 401 instead, so that it does
//! not put the form of `/sign-in` into the page. A bearer token opens pages too, for whoever has no browser; its caller sends no cookie,
//! so its forms need no token of their own.

use axum::body::Body;
use axum::extract::{Form, FromRef, FromRequest, FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, REFERER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};
use wayfarer_store::SessionKey;

use super::destination::Destination;
use super::peer::Client;
use super::session::{self, Session};
use super::{Access, TokenRefused, Witness, checked_token, origin, pages};
use crate::server::use_cases::Caller;

/// The field of every form that holds its token.
pub(super) const FORM_TOKEN: &str = "form_token";
/// The largest form, in bytes.
const LARGEST: usize = 64 << 10;

/// Who looks at a page.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    /// What every form of the page carries as `form_token`. Empty for a bearer token, which needs none.
    pub(crate) form_token: String,
    /// None for a bearer token.
    pub(crate) session: Option<SessionKey>,
}

/// A form that was sent from a page of ours by that visitor.
#[derive(Debug, Clone)]
pub(crate) struct Signed<T> {
    pub(crate) visitor: Visitor,
    pub(crate) form: T,
}

impl<S> FromRequestParts<S> for Visitor
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let access = Access::from_ref(state);
        found(&access, parts).await.map(|(visitor, _)| visitor)
    }
}

/// The visitor, and the session by which that is known.
async fn found(access: &Access, parts: &Parts) -> Result<(Visitor, Option<Session>), Response> {
    if parts.headers.contains_key(AUTHORIZATION) {
        let caller = of_bearer(access, parts).await?;
        return Ok((Visitor { caller, form_token: String::new(), session: None }, None));
    }
    let client = Client::of(parts, &access.settings().trusted_proxies);
    let found = session::of_request(access, parts, &client).await;
    let session = found.map_err(|error| pages::failed(&error))?.ok_or_else(|| to_sign_in(parts, &client))?;
    Witness::note(parts, &session.caller);
    let visitor = Visitor {
        caller: session.caller.clone(),
        form_token: session.secret.form_token(&parts.uri.to_string()),
        session: Some(session.key),
    };
    Ok((visitor, Some(session)))
}

async fn of_bearer(access: &Access, parts: &Parts) -> Result<Caller, Response> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let text = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match checked_token(access, text).await {
        Ok((_, caller)) => {
            Witness::note(parts, &caller);
            Ok(caller)
        }
        Err(TokenRefused::Store(error)) => Err(pages::failed(&error)),
        Err(error) => {
            if let TokenRefused::Expired { caller, .. } = &error {
                Witness::note(parts, caller);
            }
            Err(unauthorized(&error.to_string()))
        }
    }
}

/// For callers that are no browser, and for scripts.
fn unauthorized(why: &str) -> Response {
    let challenge = ("www-authenticate", HeaderValue::from_static("Bearer realm=\"wayfarer\""));
    (StatusCode::UNAUTHORIZED, [challenge], format!("{why}\n")).into_response()
}

/// Where a visitor signs in; afterwards the page follows that was asked for, or that held the form.
fn to_sign_in(parts: &Parts, client: &Client) -> Response {
    let is_script = parts.headers.get("sec-fetch-dest").is_some_and(|purpose| purpose == "empty");
    if is_script {
        return unauthorized("the session is over: load the page again and sign in");
    }
    let next = if parts.method.is_safe() {
        parts.uri.path_and_query().map(|path| Destination::read(path.as_str()))
    } else {
        let referrer = parts.headers.get(REFERER).and_then(|value| Url::parse(value.to_str().ok()?).ok());
        referrer.filter(|url| url.authority() == client.host).map(|url| {
            let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
            Destination::read(&format!("{}{query}", url.path()))
        })
    };
    Redirect::to(&next.unwrap_or_default().sign_in()).into_response()
}

impl<T, S> FromRequest<S> for Signed<T>
where
    T: DeserializeOwned,
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let access = Access::from_ref(state);
        let (parts, body) = request.into_parts();
        let (visitor, session) = found(&access, &parts).await?;
        let client = Client::of(&parts, &access.settings().trusted_proxies);
        let bytes = body_of(body).await?;
        if let Some(session) = session {
            if !origin::is_ours(&parts.headers, &client) {
                return Err(pages::foreign_form(&parts, &client));
            }
            if !form_token(&bytes).is_some_and(|token| session.secret.is_form_token(&token)) {
                return Err(pages::old_form());
            }
        }
        let form = read(bytes).await?;
        Ok(Self { visitor, form })
    }
}

/// The body of a form.
pub(super) async fn body_of(body: Body) -> Result<bytes::Bytes, Response> {
    axum::body::to_bytes(body, LARGEST).await.map_err(|_| pages::too_large(LARGEST))
}

/// The token that a form carries.
pub(super) fn form_token(bytes: &[u8]) -> Option<String> {
    form_urlencoded::parse(bytes).find(|(name, _)| name == FORM_TOKEN).map(|(_, value)| value.into_owned())
}

/// The fields of a form.
pub(super) async fn read<T: DeserializeOwned>(bytes: bytes::Bytes) -> Result<T, Response> {
    let mut request = Request::new(Body::from(bytes));
    *request.method_mut() = Method::POST;
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, kind);
    match Form::<T>::from_request(request, &()).await {
        Ok(Form(form)) => Ok(form),
        Err(error) => Err(pages::unreadable_form(&error.body_text())),
    }
}
