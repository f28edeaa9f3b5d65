//! Every page and every form, beside the API's routes. A form stands with its word in the audit trail.

use axum::routing::{get, post};
use axum::{Extension, Router};
use wayfarer_model::audit::AuditAction;

use super::visitor::refusal;
use super::{incidents, journey, maintenance, operator, overview, run, status};
use crate::server::api::{Pages, Shared};
use crate::server::assets::asset;

/// All of them, ready to be served.
pub(crate) fn pages() -> Pages {
    use AuditAction::{
        IncidentChange, KillSwitchRelease, KillSwitchThrow, MaintenanceAdd, MaintenanceEnd, Pause, Resume,
        SessionRevoke, TokenRevoke, Trigger,
    };
    Pages::refusing(refusal)
        .page("/", get(overview::show).layer(Extension(overview::Kept::new())))
        .page("/journeys/{tenant}/{journey}", get(journey::show))
        .form("/journeys/{tenant}/{journey}/run", post(journey::run), Trigger, "journey")
        .form("/journeys/{tenant}/{journey}/pause", post(journey::pause), Pause, "journey")
        .form("/journeys/{tenant}/{journey}/resume", post(journey::resume), Resume, "journey")
        .page("/incidents", get(incidents::list))
        .form(
            "/incidents/{incident}",
            get(incidents::show).post(incidents::change),
            IncidentChange,
            "incident",
        )
        .form("/maintenance", get(maintenance::show).post(maintenance::plan), MaintenanceAdd, "maintenance")
        .form("/maintenance/{id}/end", post(maintenance::end), MaintenanceEnd, "maintenance")
        .page("/operator", get(operator::show))
        .form("/operator/stop", post(operator::stop_all), KillSwitchThrow, "all tenants")
        .form("/operator/start", post(operator::start_all), KillSwitchRelease, "all tenants")
        .form("/operator/tenants/{tenant}/stop", post(operator::stop), KillSwitchThrow, "tenant")
        .form("/operator/tenants/{tenant}/start", post(operator::start), KillSwitchRelease, "tenant")
        .page("/operator/access", get(operator::access))
        .form("/operator/tokens/{id}/revoke", post(operator::revoke_token), TokenRevoke, "token")
        .form("/operator/sessions/{id}/revoke", post(operator::revoke_session), SessionRevoke, "session")
        .page("/operator/audit", get(operator::trail))
        .page("/runs/{run}", get(run::show))
        .page("/runs/{run}/picture", get(run::picture))
        .page("/runs/{run}/artifact", get(run::artifact))
        .page("/runs/{run}/har", get(run::archive))
        .page("/runs/{run}/json", get(run::json))
        .page("/assets/{digest}/{name}", get(asset))
        .beside(for_everybody())
}

/// What needs no sign-in. It stands below one path, so that a proxy can show it alone.
fn for_everybody() -> Router<Shared> {
    Router::new()
        .route("/status/{path}", get(status::show))
        .route("/status/{path}/badge.svg", get(status::badge))
        .route("/status/{path}/feed.atom", get(status::feed))
        .route("/status/assets/{digest}/{name}", get(asset))
        .layer(Extension(status::StatusPages::default()))
}
