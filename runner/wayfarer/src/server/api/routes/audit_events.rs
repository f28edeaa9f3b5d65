//! The audit trail: read by everybody, each within its tenant.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AuditEvent, AuditEventRow, AuditFilter};

use crate::protocol::{AuditEventInfo, AuditEventQuery, ProblemDetails, ProblemKind};
use crate::server::api::problem::Problem;
use crate::server::api::state::{Asked, Shared};
use crate::server::use_cases::Caller;

/// What people and the server did, the newest first
#[utoipa::path(get, path = "/audit-events", operation_id = "list_audit_events", params(AuditEventQuery), responses(
    (status = 200, description = "As many as there are; those of the whole runner for operators of all tenants only", body = Vec<AuditEventInfo>),
    (status = 400, description = "The action is none", body = ProblemDetails)
))]
pub(super) async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    Asked(query): Asked<AuditEventQuery>,
) -> Result<Json<Vec<AuditEventInfo>>, Problem> {
    let action = query.action.as_deref().map(str::parse).transpose();
    let filter = AuditFilter {
        tenant: caller.scope(query.tenant.as_ref())?,
        actor: query.actor,
        action: action.map_err(|error| Problem::new(ProblemKind::Malformed, error))?,
        since: query.since_ms.map(UnixMillis),
        until: query.until_ms.map(UnixMillis),
        before: query.before,
        limit: query.limit.unwrap_or(50).min(1_000),
    };
    let rows = shared.use_cases.store.audit_events(&filter).await?;
    Ok(Json(rows.into_iter().map(info).collect()))
}

fn info(row: AuditEventRow) -> AuditEventInfo {
    let AuditEventRow { number, event, hash } = row;
    let AuditEvent { occurred, tenant, actor, action, object, outcome, count } = event;
    AuditEventInfo {
        event: number,
        occurred_ms: occurred.0,
        occurred_at: occurred.rfc3339(),
        tenant,
        actor: actor.to_string(),
        actor_kind: actor.kind().to_owned(),
        actor_token: actor.token(),
        actor_name: actor.name().map(str::to_owned),
        action,
        object,
        outcome,
        count,
        hash: hash.iter().fold(String::new(), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        }),
    }
}
