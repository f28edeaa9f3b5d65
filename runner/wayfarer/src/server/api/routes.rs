//! Every route of the API, with its documentation, and the answers to paths without one. `routes/` has a file for each kind of
//! thing, in which a route stands beside its documentation.

mod audit_events;
mod channels;
mod clock;
mod components;
mod deployments;
mod health;
mod incidents;
mod journeys;
mod maintenance;
mod operator;
mod overview;
mod request;
mod runs;
mod sessions;
mod tenants;
mod tokens;
mod voids;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wayfarer_model::audit::AuditAction;

use super::document;
use super::problem::Problem;
use super::registered::{Registered, Routes};
use super::state::Shared;
use crate::protocol::ProblemKind;

/// The largest body of a request, in bytes. A component is not read as a whole and has a limit of its own.
const LARGEST_BODY: usize = 16 << 20;

/// Every route, the document that describes them, and what they are called in the audit trail.
pub(super) fn routes() -> Routes {
    use AuditAction::{
        ChannelTest, ClockAccept, ComponentUpload, Deploy, IncidentChange, KillSwitchRelease,
        KillSwitchThrow, MaintenanceAdd, MaintenanceEnd, Pause, Resume, RunsUnvoid, RunsVoid, SessionRevoke,
        TokenAdd, TokenRevoke, Trigger,
    };
    let health = OpenApiRouter::with_openapi(document::empty())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics));
    Registered::below("/api/v1")
        .reads(routes!(components::get))
        .changes(routes!(components::put), ComponentUpload, "component")
        .reads(routes!(audit_events::list))
        .changes(routes!(deployments::deploy), Deploy, "journeys")
        .reads(routes!(overview::list))
        .reads(routes!(journeys::list))
        .reads(routes!(journeys::one))
        .reads(routes!(journeys::history))
        .reads(routes!(journeys::flakes))
        .changes(routes!(journeys::trigger), Trigger, "journey")
        .changes(routes!(journeys::pause), Pause, "journey")
        .changes(routes!(journeys::resume), Resume, "journey")
        .reads(routes!(runs::list))
        .reads(routes!(runs::one))
        .reads(routes!(runs::archive))
        .reads(routes!(runs::neighbours))
        .reads(routes!(runs::artifact))
        .reads(routes!(runs::running))
        .changes(routes!(voids::void), RunsVoid, "runs")
        .changes(routes!(voids::unvoid), RunsUnvoid, "runs")
        .reads(routes!(tenants::list))
        .reads(routes!(tenants::status_page))
        .changes(routes!(tenants::stop), KillSwitchThrow, "tenant")
        .changes(routes!(tenants::start), KillSwitchRelease, "tenant")
        .changes(routes!(tenants::stop_all), KillSwitchThrow, "all tenants")
        .changes(routes!(tenants::start_all), KillSwitchRelease, "all tenants")
        .reads(routes!(maintenance::list))
        .changes(routes!(maintenance::add), MaintenanceAdd, "maintenance")
        .changes(routes!(maintenance::end), MaintenanceEnd, "maintenance")
        .reads(routes!(incidents::list))
        .reads(routes!(incidents::one))
        .changes(routes!(incidents::change), IncidentChange, "incident")
        .reads(routes!(channels::list))
        .changes(routes!(channels::test), ChannelTest, "channel")
        .reads(routes!(clock::show))
        .changes(routes!(clock::accept), ClockAccept, "clock")
        .reads(routes!(operator::load))
        .reads(routes!(tokens::list))
        .changes(routes!(tokens::add), TokenAdd, "token")
        .changes(routes!(tokens::revoke), TokenRevoke, "token")
        .reads(routes!(sessions::list))
        .changes(routes!(sessions::revoke), SessionRevoke, "session")
        .reads(routes!(document::openapi))
        .beside(health, |api| api.layer(DefaultBodyLimit::max(LARGEST_BODY)))
}

/// Health alone, for a listener of its own.
pub(super) fn health_routes() -> axum::Router<Shared> {
    axum::Router::new()
        .route("/healthz", axum::routing::get(health::healthz))
        .route("/readyz", axum::routing::get(health::readyz))
        .fallback(nothing)
}

/// For paths without a route.
pub(super) async fn nothing() -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        "there is no such path: pages begin at `/`, and /api/v1/openapi.json lists the paths of the API",
    )
}

/// For paths that have a route, but not of this method.
pub(super) async fn no_method() -> (StatusCode, Problem) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::new(ProblemKind::Method, "/api/v1/openapi.json lists the methods of each path"),
    )
}
