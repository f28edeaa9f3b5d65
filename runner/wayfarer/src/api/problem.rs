//! What went wrong, for whoever called: problem details as in RFC 9457.
//!
//! `type` is for machines and stays; `title` is its meaning; `detail` says what, why and how to mend in this
//! case. What only the operator may know goes to the log, not into an answer.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_store::StoreError;

/// The media type of an answer that is a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What the `type` of every problem begins with.
const URN: &str = "urn:wayfarer:problem:";

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $word:literal, $title:literal;)*) => {
        /// What kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            fn from_word(word: &str) -> Option<Self> {
                [$(Self::$name),*].into_iter().find(|kind| kind.word() == word)
            }
        }
    };
}

kinds! {
    /// The request does not say what it must.
    Malformed = BAD_REQUEST, "malformed", "the request is malformed";
    /// Nobody said who asks.
    NoToken = UNAUTHORIZED, "no-token", "a token is needed";
    /// Whoever asks is not known.
    BadToken = UNAUTHORIZED, "bad-token", "the token is not valid";
    /// Whoever asks may not.
    Forbidden = FORBIDDEN, "forbidden", "the token's role does not allow this";
    /// Not there, or not for whoever asks.
    NotFound = NOT_FOUND, "not-found", "there is no such thing";
    /// There, and it does something else.
    Method = METHOD_NOT_ALLOWED, "method", "the path has no such method";
    /// It took too long.
    Timeout = REQUEST_TIMEOUT, "timeout", "the request took too long";
    /// Too many bytes.
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "the body is too large";
    /// Understood, and refused for what it says.
    Refused = UNPROCESSABLE_ENTITY, "refused", "what was sent is refused";
    /// A component that cannot be run.
    Component = UNPROCESSABLE_ENTITY, "component", "the component is refused";
    /// Somebody threw the kill switch.
    Stopped = CONFLICT, "stopped", "runs are stopped";
    /// More than the tenant may have.
    Quota = TOO_MANY_REQUESTS, "quota", "the tenant has used up its share";
    /// The runner's own fault.
    Internal = INTERNAL_SERVER_ERROR, "internal", "the runner failed";
    /// Not now.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "the runner does not take this now";
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<String>,
}

/// The body of an answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDetails {
    /// Which kind of problem, for machines
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// What that kind means
    pub(crate) title: String,
    /// The status of the answer
    pub(crate) status: u16,
    /// What is wrong in this case, and how to mend it
    pub(crate) detail: String,
    /// Each thing that is wrong, where there may be several
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<String>,
}

impl ProblemDetails {
    /// Which kind; none where this version does not know it.
    pub(crate) fn kind(&self) -> Option<Kind> {
        Kind::from_word(self.kind.strip_prefix(URN)?)
    }
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
        ProblemDetails {
            kind: format!("{URN}{}", self.kind.word()),
            title: self.kind.title().to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
        }
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
