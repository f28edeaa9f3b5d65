//! What travels between the server and its clients: one type for each thing, read and written by the same code.
//!
//! Neither side is imported here: the server's API answers with these types, and the client reads them.

mod deployments;
mod journeys;
mod maintenance;
mod problem;
mod runs;
mod tenants;
mod token;
mod tokens;

pub(crate) use deployments::{ChangeInfo, ChangeKind, ComponentInfo, DeployInfo, DeployRequest};
pub(crate) use journeys::{Changed, JourneyInfo, PauseInfo, PauseRequest, TodayInfo};
pub(crate) use maintenance::{MaintenanceInfo, MaintenancePhase, MaintenanceRequest};
pub(crate) use problem::{Kind, MEDIA_TYPE, ProblemDetails};
pub(crate) use runs::{RunInFull, RunInfo, RunQuery, RunningInfo, TriggeredInfo};
pub(crate) use tenants::{OfTenant, StopInfo, TenantInfo};
pub(crate) use token::{ADMIN_TOKEN, Token, TokenError};
pub(crate) use tokens::{NewTokenInfo, TokenInfo, TokenRequest};
