//! Every journey at a glance.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::Json;
use axum::extract::State;

use crate::protocol::{OfTenant, OverviewInfo};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared};
use crate::server::use_cases::Caller;

/// Every journey at a glance: its state, its last slots, rates and durations
#[utoipa::path(get, path = "/overview", operation_id = "get_overview", params(OfTenant), responses((status = 200, description = "By tenant and name", body = Vec<OverviewInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Vec<OverviewInfo>>, Problem> {
    Ok(Json(shared.use_cases.overview(&caller, of.tenant.as_ref()).await?))
}
