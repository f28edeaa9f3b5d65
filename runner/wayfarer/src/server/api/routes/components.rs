//! Components: uploaded once, under their digest.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use futures_util::StreamExt as _;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_sandbox::DescribeError;

use crate::protocol::ProblemDetails;
use crate::protocol::ProblemKind;
use crate::protocol::{ComponentInfo, OfTenant};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared};
use crate::server::uploads::{QueueFull, ReceiveError};
use crate::server::use_cases::{Caller, UploadError};

/// How long the rest of a body that is refused is read.
const PASSING_OVER: Duration = Duration::from_secs(5);

fn digest(text: &str) -> Result<ComponentDigest, Problem> {
    text.parse().map_err(|error| Problem::new(ProblemKind::Malformed, error))
}

/// What a component that was uploaded is
#[utoipa::path(get, path = "/components/{digest}", operation_id = "get_component", params(("digest" = String, Path, description = "SHA-256 of the bytes"), OfTenant), responses(
    (status = 200, description = "It was uploaded", body = ComponentInfo),
    (status = 404, description = "This tenant has not uploaded it", body = ProblemDetails)
))]
pub(super) async fn get(
    State(shared): State<Shared>,
    caller: Caller,
    Named(name): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<ComponentInfo>, Problem> {
    let (digest, tenant) = (digest(&name)?, caller.tenant(of.tenant.as_ref())?);
    let journeys = shared.use_cases.store.component_journeys(&tenant, digest).await?;
    let missing = || {
        Problem::new(
            ProblemKind::NotFound,
            format!("component {digest} was not uploaded for tenant `{tenant}`"),
        )
    };
    let journeys = journeys.ok_or_else(missing)?.into_iter().map(Into::into).collect();
    Ok(Json(ComponentInfo { digest, journeys }))
}

/// Upload a component
#[utoipa::path(put, path = "/components/{digest}", operation_id = "put_component", params(("digest" = String, Path, description = "SHA-256 of the bytes"), OfTenant),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, description = "It is there now", body = ComponentInfo),
    (status = 422, description = "It cannot be run; the problem names the way out", body = ProblemDetails),
    (status = 429, description = "The tenant has too many uploads under way", body = ProblemDetails)
))]
pub(super) async fn put(
    State(shared): State<Shared>,
    caller: Caller,
    Named(name): Named<String>,
    Asked(of): Asked<OfTenant>,
    body: Body,
) -> Result<Json<ComponentInfo>, Problem> {
    let (digest, mut body) = (digest(&name)?, body.into_data_stream());
    let uploaded = shared.use_cases.upload(&caller, of.tenant.as_ref(), digest, &mut body).await;
    if uploaded.is_err() {
        passed_over(&mut body).await;
    }
    Ok(Json(ComponentInfo { digest, journeys: uploaded?.into_iter().map(Into::into).collect() }))
}

/// Reads on for a moment and keeps nothing: a client that still writes would see a broken connection instead of the answer.
async fn passed_over(body: &mut BodyDataStream) {
    let all = async { while let Some(Ok(_)) = body.next().await {} };
    // Whoever writes for longer has to live with the broken connection.
    let _ = tokio::time::timeout(PASSING_OVER, all).await;
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let kind = match &error {
            UploadError::Access(_) | UploadError::Store(_) => ProblemKind::Internal,
            UploadError::Unready(_) | UploadError::Full(QueueFull::All) => ProblemKind::Unavailable,
            UploadError::Full(QueueFull::Own) => ProblemKind::Quota,
            UploadError::Receive(ReceiveError::TooLarge(_)) => ProblemKind::TooLarge,
            UploadError::Receive(ReceiveError::Slow) => ProblemKind::Timeout,
            UploadError::Receive(ReceiveError::Broken(_)) | UploadError::Digest { .. } => {
                ProblemKind::Malformed
            }
            UploadError::Receive(ReceiveError::Disk(_)) | UploadError::Describe(DescribeError::Runner(_)) => {
                ProblemKind::Unavailable
            }
            UploadError::Load(error) if error.is_runners_fault() => ProblemKind::Unavailable,
            UploadError::Load(_) | UploadError::Describe(_) => ProblemKind::Component,
        };
        match error {
            UploadError::Access(error) => error.into(),
            UploadError::Store(error) => error.into(),
            error => Self::new(kind, error),
        }
    }
}
