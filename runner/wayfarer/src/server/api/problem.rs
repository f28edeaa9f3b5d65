//! A problem of a route: what the caller reads, and what the log keeps.
//!
//! The detail says what is wrong, why, and how to mend it. What only the operator may know goes to the log. Each error of a
//! use case has its kind here, so no route maps one by itself.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wayfarer_store::StoreError;

use crate::protocol::{Kind, MEDIA_TYPE, ProblemDetails};
use crate::server::use_cases::{
    AccessError, DeploymentError, JourneyError, KillSwitchError, MaintenanceError, NoSuchJourney, PauseError,
    StartError, TenantsError, TokensError,
};
use crate::server::{DeployError, TriggerError};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<String>,
}

impl Problem {
    #[expect(clippy::needless_pass_by_value, reason = "an error or a text is made for it and given away")]
    pub(crate) fn new(kind: Kind, detail: impl ToString) -> Self {
        Self { kind, detail: detail.to_string(), errors: Vec::new() }
    }

    /// Several things that are wrong, each with its own mend.
    pub(crate) fn list(kind: Kind, errors: Vec<String>) -> Self {
        Self { kind, detail: errors.join("\n"), errors }
    }

    /// The runner's own fault: the log has the cause, the answer says where to look.
    pub(crate) fn internal(error: impl std::error::Error + 'static) -> Self {
        tracing::error!(%error, "a request of the API failed");
        let of_store = (&error as &dyn std::error::Error).downcast_ref::<StoreError>();
        if of_store.is_some_and(StoreError::is_full) {
            let detail =
                "the runner's disk is full, and nothing was changed: `/readyz` says how much space is wanted";
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

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let kind = match error {
            AccessError::Role { .. } | AccessError::OneTenant { .. } => Kind::Forbidden,
            AccessError::WhichTenant(_) => Kind::Malformed,
            AccessError::NoTenant(_) => Kind::NotFound,
        };
        Self::new(kind, error)
    }
}

impl From<NoSuchJourney> for Problem {
    fn from(error: NoSuchJourney) -> Self {
        Self::new(Kind::NotFound, error)
    }
}

impl From<MaintenanceError> for Problem {
    fn from(error: MaintenanceError) -> Self {
        match error {
            MaintenanceError::Access(error) => error.into(),
            MaintenanceError::NoSuchJourney(error) => error.into(),
            MaintenanceError::Store(error) => error.into(),
            MaintenanceError::NoSuchWindow(_) => Self::new(Kind::NotFound, error),
            MaintenanceError::AllTenantsAndSome
            | MaintenanceError::BeginsInThePast
            | MaintenanceError::EndsBeforeItBegins
            | MaintenanceError::NoTime
            | MaintenanceError::TwoTimes
            | MaintenanceError::Weekly(_) => Self::new(Kind::Refused, error),
        }
    }
}

impl From<KillSwitchError> for Problem {
    fn from(error: KillSwitchError) -> Self {
        match error {
            KillSwitchError::Access(error) => error.into(),
            KillSwitchError::Store(error) => error.into(),
        }
    }
}

impl From<PauseError> for Problem {
    fn from(error: PauseError) -> Self {
        match error {
            PauseError::Access(error) => error.into(),
            PauseError::NoSuchJourney(error) => error.into(),
            PauseError::Store(error) => error.into(),
        }
    }
}

impl From<JourneyError> for Problem {
    fn from(error: JourneyError) -> Self {
        match error {
            JourneyError::Access(error) => error.into(),
            JourneyError::NoSuchJourney(error) => error.into(),
            JourneyError::Store(error) => error.into(),
        }
    }
}

impl From<StartError> for Problem {
    fn from(error: StartError) -> Self {
        let error = match error {
            StartError::Access(error) => return error.into(),
            StartError::NoSuchJourney(error) => return error.into(),
            StartError::Trigger(error) => error,
        };
        let kind = match error {
            TriggerError::NoSuchJourney { .. } | TriggerError::TenantDisabled(_) => Kind::NotFound,
            TriggerError::KillSwitch(_) => Kind::Stopped,
            TriggerError::Quota { .. } | TriggerError::TooManyWaiting { .. } => Kind::Quota,
            TriggerError::Stopping | TriggerError::DiskFull => Kind::Unavailable,
        };
        Self::new(kind, error)
    }
}

impl From<TenantsError> for Problem {
    fn from(error: TenantsError) -> Self {
        match error {
            TenantsError::Access(error) => error.into(),
            TenantsError::Store(error) => error.into(),
        }
    }
}

impl From<TokensError> for Problem {
    fn from(error: TokensError) -> Self {
        match error {
            TokensError::Access(error) => error.into(),
            TokensError::Store(error) => error.into(),
            TokensError::NoSuchToken(_) => Self::new(Kind::NotFound, error),
            TokensError::AllTenants | TokensError::Name => Self::new(Kind::Refused, error),
        }
    }
}

impl From<DeploymentError> for Problem {
    fn from(error: DeploymentError) -> Self {
        match error {
            DeploymentError::Access(error) => error.into(),
            DeploymentError::Refused(errors) => {
                Self::list(Kind::Refused, errors.0.iter().map(ToString::to_string).collect())
            }
            DeploymentError::Store(error) | DeploymentError::Deploy(DeployError::Store(error)) => {
                error.into()
            }
            DeploymentError::Deploy(DeployError::Stopping) => Self::new(Kind::Unavailable, error),
        }
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
