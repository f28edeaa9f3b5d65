//! A problem of a route: what the caller reads, and what the log keeps.
//!
//! The detail says what is wrong, why, and how to mend it. What only the operator may know goes to the log. Errors that many
//! use cases share have their kind here. The error of one use case has its kind once, in the file of its routes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wayfarer_store::StoreError;

use crate::protocol::{MEDIA_TYPE, ProblemDetails, ProblemKind};
use crate::server::use_cases::{AccessError, NoSuchJourney};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: ProblemKind,
    detail: String,
    errors: Vec<String>,
}

impl Problem {
    #[expect(clippy::needless_pass_by_value, reason = "an error or a text is made for it and given away")]
    pub(crate) fn new(kind: ProblemKind, detail: impl ToString) -> Self {
        Self { kind, detail: detail.to_string(), errors: Vec::new() }
    }

    /// Several things that are wrong, each with its own mend.
    pub(crate) fn list(kind: ProblemKind, errors: Vec<String>) -> Self {
        Self { kind, detail: errors.join("\n"), errors }
    }

    /// The runner's own fault: the log has the cause, the answer says where to look.
    pub(crate) fn internal(error: impl std::error::Error + 'static) -> Self {
        tracing::error!(%error, "a request of the API failed");
        let of_store = (&error as &dyn std::error::Error).downcast_ref::<StoreError>();
        if of_store.is_some_and(StoreError::is_full) {
            let detail =
                "the runner's disk is full, and nothing was changed: `/readyz` says how much space is wanted";
            return Self::new(ProblemKind::Unavailable, detail);
        }
        Self::new(ProblemKind::Internal, "the runner could not do this; its log says why")
    }

    /// The body.
    pub(crate) fn details(&self) -> ProblemDetails {
        ProblemDetails::new(self.kind, self.detail.clone(), self.errors.clone())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let details = self.details();
        let mut response = (self.kind.status(), axum::Json(&details)).into_response();
        response.extensions_mut().insert(details);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.kind.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"wayfarer\""));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::ComponentsFull { .. } => Self::new(ProblemKind::Component, error),
            StoreError::FileMissing(_) => {
                tracing::error!(%error, "a request of the API found no content");
                Self::new(ProblemKind::NotFound, error)
            }
            _ => Self::internal(error),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let kind = match error {
            AccessError::Role { .. } | AccessError::OneTenant { .. } => ProblemKind::Forbidden,
            AccessError::WhichTenant(_) => ProblemKind::Malformed,
            AccessError::NoTenant(_) => ProblemKind::NotFound,
        };
        Self::new(kind, error)
    }
}

impl From<NoSuchJourney> for Problem {
    fn from(error: NoSuchJourney) -> Self {
        Self::new(ProblemKind::NotFound, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_the_standard_says() {
        let problem =
            Problem::new(ProblemKind::Forbidden, "this takes the role `author`, and yours is `viewer`");
        insta::assert_json_snapshot!(problem.details(), @r#"
        {
          "type": "urn:wayfarer:problem:forbidden",
          "title": "the token's role does not allow this",
          "status": 403,
          "detail": "this takes the role `author`, and yours is `viewer`"
        }
        "#);
        assert_eq!(problem.details().kind(), Some(ProblemKind::Forbidden));
        let response = Problem::new(ProblemKind::NoToken, "say who asks").into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["content-type"], MEDIA_TYPE);
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"wayfarer\"");
    }
}
