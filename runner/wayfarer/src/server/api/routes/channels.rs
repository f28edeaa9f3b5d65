//! Channels of alerts: listed and tried.
#![allow(unused_qualifications, reason = "the macro of the document qualifies what it names")]

use axum::Json;
use axum::extract::State;

use crate::protocol::{ChannelInfo, ChannelTestInfo, OfTenant, ProblemDetails, ProblemKind};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Named, Shared};
use crate::server::use_cases::{Caller, ChannelsError};

/// The channels that a tenant's routes may name
#[utoipa::path(get, path = "/channels", operation_id = "list_channels", params(OfTenant), responses((status = 200, description = "The tenant's own, then the platform's", body = Vec<ChannelInfo>)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<Vec<ChannelInfo>>, Problem> {
    Ok(Json(shared.use_cases.channels(&caller, of.tenant.as_ref())?))
}

/// Send a test notice, and wait for the channel's answer
#[utoipa::path(post, path = "/channels/{channel}/test", operation_id = "test_channel", params(("channel" = String, Path, description = "Its name"), OfTenant), responses(
    (status = 200, description = "What the channel made of it", body = ChannelTestInfo),
    (status = 404, description = "There is no such channel", body = ProblemDetails)
))]
pub(super) async fn test(
    State(shared): State<Shared>,
    caller: Caller,
    Named(channel): Named<String>,
    Asked(of): Asked<OfTenant>,
) -> Result<Json<ChannelTestInfo>, Problem> {
    Ok(Json(shared.use_cases.test_channel(&caller, of.tenant.as_ref(), &channel).await?))
}

impl From<ChannelsError> for Problem {
    fn from(error: ChannelsError) -> Self {
        match error {
            ChannelsError::Access(error) => error.into(),
            ChannelsError::NoSuchChannel(_) => Self::new(ProblemKind::NotFound, error),
        }
    }
}
