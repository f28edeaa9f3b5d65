//! What went wrong, for whoever called: problem details as in RFC 9457.
//!
//! `type` is for machines and stays. `title` is its meaning. `detail` says what is wrong in this case, why, and how to
//! mend it. What only the operator may know goes to the log, never into an answer.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of an answer that is a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What the `type` of every problem begins with.
const URN: &str = "urn:wayfarer:problem:";

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $word:literal, $title:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemKind {
            $($(#[$doc])* $name,)*
        }

        impl ProblemKind {
            pub(crate) fn status(self) -> StatusCode {
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
    Malformed = BAD_REQUEST, "malformed", "the request is malformed";
    /// The request has no token.
    NoToken = UNAUTHORIZED, "no-token", "a token is needed";
    /// The token is unknown, or has been revoked.
    BadToken = UNAUTHORIZED, "bad-token", "the token is not valid";
    Forbidden = FORBIDDEN, "forbidden", "the token's role does not allow this";
    /// It does not exist, or belongs to a tenant that the token is not for.
    NotFound = NOT_FOUND, "not-found", "there is no such thing";
    Method = METHOD_NOT_ALLOWED, "method", "the path has no such method";
    Timeout = REQUEST_TIMEOUT, "timeout", "the request took too long";
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "the body is too large";
    /// The request is well formed and its content is refused.
    Refused = UNPROCESSABLE_ENTITY, "refused", "what was sent is refused";
    Component = UNPROCESSABLE_ENTITY, "component", "the component is refused";
    /// A kill switch is thrown.
    Stopped = CONFLICT, "stopped", "runs are stopped";
    Quota = TOO_MANY_REQUESTS, "quota", "the tenant has used up its share";
    /// The runner's own fault.
    Internal = INTERNAL_SERVER_ERROR, "internal", "the runner failed";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "the runner does not take this now";
}

/// The body of every answer that is no success.
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
    pub(crate) fn new(kind: ProblemKind, detail: String, errors: Vec<String>) -> Self {
        Self {
            kind: format!("{URN}{}", kind.word()),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            detail,
            errors,
        }
    }

    /// None if this version does not know the kind.
    pub(crate) fn kind(&self) -> Option<ProblemKind> {
        ProblemKind::from_word(self.kind.strip_prefix(URN)?)
    }
}
