//! Deployments.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::body::Bytes;
use axum::extract::State;
use axum::{Extension, Json};
use wayfarer_model::provenance::Provenance;
use wayfarer_model::text::clip;

use crate::protocol::{ChangeKind, DeployInfo, DeployRequest, OfTenant, ProblemDetails, ProblemKind};
use crate::server::DeployError;
use crate::server::api::concerning::Concerning;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared, body};
use crate::server::use_cases::{Caller, DeploymentError};

/// Deploy journeys: all that are listed, or nothing
#[utoipa::path(post, path = "/deployments", operation_id = "deploy_journeys", params(OfTenant), request_body = DeployRequest, responses(
    (status = 200, description = "What changed, or would change", body = DeployInfo),
    (status = 422, description = "Everything that stands in the way", body = ProblemDetails)
))]
pub(super) async fn deploy(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
    bytes: Bytes,
) -> Result<(Extension<Concerning>, Json<DeployInfo>), Problem> {
    let request: DeployRequest = body(&bytes)?;
    let provenance = Provenance { revision: request.revision.clone(), labels: request.labels.clone() };
    let info = shared.use_cases.deploy(&caller, of.tenant.as_ref(), request).await?;
    Ok((Extension(concerning(&info, &provenance)), Json(info)))
}

/// The most of revision and labels in an event, in bytes.
const PROVENANCE: usize = 120;

/// A preview, and a deployment that differs in nothing, change nothing.
fn concerning(info: &DeployInfo, provenance: &Provenance) -> Concerning {
    if info.valid_from_ms.is_none() {
        return Concerning::Nothing;
    }
    let is_change = |kind| matches!(kind, ChangeKind::Added | ChangeKind::Changed | ChangeKind::Removed);
    let changed = info.changes.iter().filter(|change| is_change(change.kind));
    let names: Vec<String> = changed
        .map(|change| match change.kind {
            ChangeKind::Removed => format!("-{}", change.journey),
            _ => change.journey.to_string(),
        })
        .collect();
    // First, because what is too long is cut at its end.
    let from = Some(provenance.to_string()).filter(|text| !text.is_empty());
    let from = from.map_or_else(String::new, |text| format!(" of {}", clip(&text, PROVENANCE)));
    let object = format!("{} journeys{from}: {}", names.len(), names.join(", "));
    Concerning::Change { object, tenant: None }
}

impl From<DeploymentError> for Problem {
    fn from(error: DeploymentError) -> Self {
        match error {
            DeploymentError::Access(error) => error.into(),
            DeploymentError::Refused(errors) => Self::list(ProblemKind::Refused, errors.lines()),
            DeploymentError::Provenance(error) => Self::new(ProblemKind::Refused, error),
            DeploymentError::Store(error) | DeploymentError::Deploy(DeployError::Store(error)) => {
                error.into()
            }
            DeploymentError::Deploy(DeployError::Stopping) => Self::new(ProblemKind::Unavailable, error),
        }
    }
}
