//! Who looks at a page; and the page that says why something is not shown.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use wayfarer_model::access::Role;

use super::answer;
use super::frame::{Frame, Part};
use super::said::Said;
use crate::protocol::ProblemDetails;
use crate::server::access;
use crate::server::api::{Problem, Shared};
use crate::server::use_cases::Caller;

/// The caller of a page, with what its browser takes.
pub(super) struct Visitor {
    pub(super) caller: Caller,
    pub(super) headers: HeaderMap,
    form_token: String,
    /// What the page says first.
    pub(super) said: Option<Said>,
}

impl Visitor {
    /// Who sent a form, for a page that follows on it without another request.
    pub(super) fn of_form(visitor: access::Visitor, said: Said) -> Self {
        let access::Visitor { caller, form_token, .. } = visitor;
        Self { caller, headers: HeaderMap::new(), form_token, said: Some(said) }
    }

    /// What the forms of the page carry, if its caller has the role that they take.
    pub(super) fn form_token(&self, needed: Role) -> Option<String> {
        self.caller.must_be(needed).is_ok().then(|| self.form_token.clone())
    }
}

impl FromRequestParts<Shared> for Visitor {
    /// The way to sign in, or why the token does not do.
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let visitor = access::Visitor::from_request_parts(parts, shared).await?;
        let access::Visitor { caller, form_token, .. } = visitor;
        Ok(Self { caller, headers: parts.headers.clone(), form_token, said: Said::read(parts) })
    }
}

/// A problem of the API, for people.
pub(super) struct Refusal(Problem);

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(problem: E) -> Self {
        Self(problem.into())
    }
}

#[derive(Template)]
#[template(path = "web/refusal.html")]
struct RefusalPage {
    frame: Frame,
    status: u16,
    title: String,
    /// Without it nothing can be shown.
    is_token_missing: bool,
    detail: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refusal(self.0.details())
    }
}

/// What a browser sees of a problem.
pub(super) fn refusal(details: ProblemDetails) -> Response {
    let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = RefusalPage {
        frame: Frame::new(&details.title, Part::Elsewhere, None),
        status: details.status,
        is_token_missing: status == StatusCode::UNAUTHORIZED,
        title: details.title,
        detail: details.detail,
    };
    answer::page(status, &HeaderMap::new(), &page)
}
