//! Components: uploaded once, under their digest.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use wayfarer_model::access::Role;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_store::NewComponent;

use crate::protocol::ProblemDetails;
use crate::protocol::ProblemKind;
use crate::protocol::{ComponentInfo, OfTenant};
use crate::server::Unready;
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared};
use crate::server::use_cases::Caller;

fn digest(text: &str) -> Result<ComponentDigest, Problem> {
    text.parse().map_err(|error| Problem::new(ProblemKind::Malformed, error))
}

/// What a component that was uploaded is
#[utoipa::path(get, path = "/components/{digest}", params(("digest" = String, Path, description = "SHA-256 of the bytes"), OfTenant), responses(
    (status = 200, description = "It was uploaded", body = ComponentInfo),
    (status = 404, description = "This tenant has not uploaded it", body = ProblemDetails)
))]
pub(super) async fn get(
    State(shared): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
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
#[utoipa::path(put, path = "/components/{digest}", params(("digest" = String, Path, description = "SHA-256 of the bytes"), OfTenant),
    request_body(content = Vec<u8>, content_type = "application/wasm"), responses(
    (status = 200, description = "It is there now", body = ComponentInfo),
    (status = 422, description = "It cannot be run; the problem names the way out", body = ProblemDetails)
))]
pub(super) async fn put(
    State(shared): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(of): Asked<OfTenant>,
    bytes: Bytes,
) -> Result<Json<ComponentInfo>, Problem> {
    caller.must_be(Role::Author)?;
    let (wanted, tenant) = (digest(&name)?, caller.tenant(of.tenant.as_ref())?);
    let known = shared.use_cases.tenant(&tenant)?;
    if let Err(full @ Unready::DiskFull { .. }) = shared.use_cases.control.readiness() {
        return Err(Problem::new(ProblemKind::Unavailable, full));
    }
    let content = Vec::from(bytes);
    let uploaded = shared.use_cases.control.upload(content.clone()).await.map_err(|error| {
        let kind = if error.is_runners_fault() { ProblemKind::Unavailable } else { ProblemKind::Component };
        Problem::new(kind, error)
    })?;
    if uploaded.digest != wanted {
        let detail = format!("these bytes have the digest {}, not {wanted}: upload again", uploaded.digest);
        return Err(Problem::new(ProblemKind::Malformed, detail));
    }
    let most = known.components();
    let component = NewComponent { digest: wanted, content, journeys: uploaded.journeys.clone(), most };
    let stored =
        shared.use_cases.store.put_component(known.name(), component, shared.use_cases.clock.now()).await;
    stored?;
    let journeys = uploaded.journeys.into_iter().map(Into::into).collect();
    Ok(Json(ComponentInfo { digest: wanted, journeys }))
}
