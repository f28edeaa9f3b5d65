//! All errors of the shop, as `{"error": "..."}` with their status.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{BytesRejection, FormRejection, JsonRejection, QueryRejection};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use thiserror::Error;

use crate::accounts::SignUpError;
use crate::fault::FaultError;
use crate::orders::OrderError;

#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("bad credentials")]
    BadCredentials,
    #[error("not signed in: POST /login, then send `Authorization: Bearer TOKEN` or the session cookie")]
    NotSignedIn,
    #[error("the account is not yours")]
    ForeignAccount,
    #[error("no such {what}: {name}")]
    NotFound { what: &'static str, name: String },
    #[error("no endpoint at {0}: GET / lists the endpoints")]
    NoSuchPath(String),
    #[error("this path does not support the method")]
    WrongMethod,
    #[error("malformed request")]
    Fields(BTreeMap<&'static str, String>),
    #[error("malformed request: {why}")]
    Unreadable { status: StatusCode, why: String },
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    #[error(transparent)]
    Order(#[from] OrderError),
    #[error(transparent)]
    Fault(#[from] FaultError),
}

impl Refusal {
    pub(crate) fn not_found(what: &'static str, name: impl Into<String>) -> Self {
        Self::NotFound { what, name: name.into() }
    }

    /// A readable request with an invalid `field`.
    pub(crate) fn field(field: &'static str, why: impl Into<String>) -> Self {
        Self::Fields(BTreeMap::from([(field, why.into())]))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadCredentials | Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::ForeignAccount => StatusCode::FORBIDDEN,
            Self::NotFound { .. } | Self::NoSuchPath(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable { status, .. } => *status,
            Self::SignUp(SignUpError::EmailTaken(_)) | Self::Order(OrderError::OutOfStock { .. }) => {
                StatusCode::CONFLICT
            }
            Self::Fields(_)
            | Self::Order(OrderError::KeyReused(_))
            | Self::Fault(FaultError::Malformed { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Fault(FaultError::UnknownName(_) | FaultError::BadHeader { .. }) => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = self.to_string();
        let status = self.status();
        let body = match self {
            Self::Fields(fields) => json!({ "error": error, "fields": fields }),
            _ => json!({ "error": error }),
        };
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Axum's extractors reject in plain text, but the shop answers in JSON.
macro_rules! unreadable {
    ($($rejection:ty),+) => {$(
        impl From<$rejection> for Refusal {
            fn from(rejection: $rejection) -> Self {
                Self::Unreadable { status: rejection.status(), why: rejection.body_text() }
            }
        }
    )+};
}

unreadable!(BytesRejection, FormRejection, JsonRejection, QueryRejection);
