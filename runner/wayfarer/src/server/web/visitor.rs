//! Who looks at a page; and the page that says why something is not shown.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::answer;
use super::frame::{Frame, Part};
use crate::server::access;
use crate::server::api::{Problem, Shared};
use crate::server::use_cases::Caller;

/// The caller of a page, with what its browser takes.
pub(super) struct Visitor {
    pub(super) caller: Caller,
    pub(super) headers: HeaderMap,
}

impl FromRequestParts<Shared> for Visitor {
    /// The way to sign in, or why the token does not do.
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let access::Visitor { caller, .. } = access::Visitor::from_request_parts(parts, shared).await?;
        Ok(Self { caller, headers: parts.headers.clone() })
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
        let details = self.0.details();
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
}
