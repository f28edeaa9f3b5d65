//! The server's own figures, for operators of all tenants. `/metrics` has them for Prometheus.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::Json;
use axum::extract::State;

use crate::protocol::{LoadInfo, ProblemKind};
use crate::server::api::problem::Problem;
use crate::server::api::state::Shared;
use crate::server::use_cases::{Caller, LoadError};

/// How busy the server is, and whether its parts are well: lateness, queues, memory, store, disk, background tasks, and each tenant's part
#[utoipa::path(get, path = "/operator/load", operation_id = "get_load", responses((status = 200, description = "At this instant; for operators of all tenants", body = LoadInfo)))]
pub(super) async fn load(State(shared): State<Shared>, caller: Caller) -> Result<Json<LoadInfo>, Problem> {
    Ok(Json(shared.use_cases.load(&caller).await?))
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Access(error) => error.into(),
            LoadError::Stopping => Self::new(ProblemKind::Unavailable, error),
            LoadError::Store(error) => error.into(),
        }
    }
}
