//! Voids: runs are taken out of the rates, and put back.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::body::Bytes;
use axum::extract::State;
use axum::{Extension, Json};

use crate::protocol::{ProblemDetails, ProblemKind, VoidInfo, VoidRequest};
use crate::server::api::concerning::Concerning;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Shared, body};
use crate::server::use_cases::{Caller, VoidError, Voided};

/// Take runs out of the rates, because the fault was the runner's
#[utoipa::path(post, path = "/runs/void", operation_id = "void_runs", request_body = VoidRequest, responses(
    (status = 200, description = "They do not count; roll-ups are counted again", body = VoidInfo),
    (status = 422, description = "The request breaks a rule, or no such run counts", body = ProblemDetails)
))]
pub(super) async fn void(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(Extension<Concerning>, Json<VoidInfo>), Problem> {
    let request: VoidRequest = body(&bytes)?;
    Ok(answer(shared.use_cases.void_runs(&caller, &request).await?, &request))
}

/// Put runs back into the rates
#[utoipa::path(post, path = "/runs/unvoid", operation_id = "unvoid_runs", request_body = VoidRequest, responses(
    (status = 200, description = "They count again", body = VoidInfo),
    (status = 422, description = "The request breaks a rule, or no such run is void", body = ProblemDetails)
))]
pub(super) async fn unvoid(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<(Extension<Concerning>, Json<VoidInfo>), Problem> {
    let request: VoidRequest = body(&bytes)?;
    Ok(answer(shared.use_cases.unvoid_runs(&caller, &request).await?, &request))
}

fn answer((tenant, figures): Voided, request: &VoidRequest) -> (Extension<Concerning>, Json<VoidInfo>) {
    let info = VoidInfo {
        runs: figures.runs(),
        verdicts: figures.verdicts.iter().map(|(word, runs)| ((*word).to_owned(), *runs)).collect(),
        journeys: figures.journeys.into_iter().collect(),
        dry_run: request.dry_run,
    };
    let concerning = if request.dry_run {
        Concerning::Nothing
    } else {
        let journeys = info.journeys.join(", ");
        Concerning::Change { object: format!("{} runs of {journeys}", info.runs), tenant: Some(tenant) }
    };
    (Extension(concerning), Json(info))
}

impl From<VoidError> for Problem {
    fn from(error: VoidError) -> Self {
        match error {
            VoidError::Access(error) => error.into(),
            VoidError::NoSuchJourney(error) => error.into(),
            VoidError::Store(error) => error.into(),
            VoidError::Stopped(stopped) if stopped.done.runs() == 0 => stopped.source.into(),
            VoidError::Stopped(stopped) => {
                tracing::error!(error = %stopped.source, "runs were voided or put back in part");
                Self::new(ProblemKind::Unavailable, stopped)
            }
            VoidError::NoRuns
            | VoidError::TwoWays
            | VoidError::TooMany(_)
            | VoidError::EndsBeforeItBegins
            | VoidError::NoNote
            | VoidError::NeedlessNote
            | VoidError::NothingFound(..)
            | VoidError::Note(_) => Self::new(ProblemKind::Refused, error),
        }
    }
}
