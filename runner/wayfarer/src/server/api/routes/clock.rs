//! The server's clock.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;

use super::journeys::note;
use crate::protocol::{Changed, ClockInfo, PauseRequest};
use crate::server::api::problem::Problem;
use crate::server::api::state::Shared;
use crate::server::use_cases::Caller;

/// The time that the server goes by
#[utoipa::path(get, path = "/clock", operation_id = "get_clock", responses((status = 200, description = "With the step of the wall clock, if there is one", body = ClockInfo)))]
pub(super) async fn show(State(shared): State<Shared>, _caller: Caller) -> Json<ClockInfo> {
    Json(shared.use_cases.clock_info())
}

/// Believe the wall clock after a step
#[utoipa::path(post, path = "/clock/accept", operation_id = "accept_clock", request_body = PauseRequest, responses((status = 200, description = "It is believed", body = Changed)))]
pub(super) async fn accept(
    State(shared): State<Shared>,
    caller: Caller,
    bytes: Bytes,
) -> Result<Json<Changed>, Problem> {
    let changed = shared.use_cases.accept_clock(&caller, &note(&bytes)?)?;
    Ok(Json(Changed { changed }))
}
