//! A problem of a route: what the caller reads, and what the log keeps.
//!
//! The detail says what is wrong, why, and how to mend it. What only the operator may know goes to the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wayfarer_store::StoreError;

use crate::protocol::{Kind, MEDIA_TYPE, ProblemDetails};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<String>,
}

impl Problem {
    /// Of a kind; the detail says how to mend.
    #[expect(clippy::needless_pass_by_value, reason = "an error or a text is made for it and given away")]
    pub(crate) fn new(kind: Kind, detail: impl ToString) -> Self {
        Self { kind, detail: detail.to_string(), errors: Vec::new() }
    }

    /// Several things that are wrong, each with its own way out.
    pub(crate) fn list(kind: Kind, errors: Vec<String>) -> Self {
        Self { kind, detail: errors.join("\n"), errors }
    }

    /// The runner's own fault: the log has the cause, the answer says where to look.
    pub(crate) fn internal(error: impl std::error::Error + 'static) -> Self {
        tracing::error!(%error, "a request of the API failed");
        let of_store = (&error as &dyn std::error::Error).downcast_ref::<StoreError>();
        if of_store.is_some_and(StoreError::is_full) {
            let detail =
                "the runner's disk is full, and nothing was changed: `/readyz` says how much room is wanted";
            return Self::new(Kind::Unavailable, detail);
        }
        Self::new(Kind::Internal, "the runner could not do this; its log says why")
    }

    /// The body.
    fn details(&self) -> ProblemDetails {
        ProblemDetails::new(self.kind, self.detail.clone(), self.errors.clone())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), axum::Json(self.details())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.kind.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"wayfarer\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_the_standard_says() {
        let problem =
            Problem::new(Kind::Forbidden, "this takes a token of role `author`, and yours is `viewer`");
        insta::assert_json_snapshot!(problem.details(), @r#"
        {
          "type": "urn:wayfarer:problem:forbidden",
          "title": "the token's role does not allow this",
          "status": 403,
          "detail": "this takes a token of role `author`, and yours is `viewer`"
        }
        "#);
        assert_eq!(problem.details().kind(), Some(Kind::Forbidden));
        let response = Problem::new(Kind::NoToken, "say who asks").into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["content-type"], MEDIA_TYPE);
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"wayfarer\"");
    }
}
