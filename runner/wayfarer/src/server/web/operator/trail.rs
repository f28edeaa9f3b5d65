//! The page of the audit trail.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use url::form_urlencoded::Serializer;
use wayfarer_model::access::Role;
use wayfarer_model::audit::AuditAction;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AuditEventRow, AuditFilter};

use crate::protocol::ProblemKind;
use crate::server::api::{Asked, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::instants::Instant;
use crate::server::web::visitor::{Refusal, Visitor};

/// Events of one page.
const PAGE: u32 = 100;

/// Everything may be left out, or empty, as a form sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct TrailQuery {
    tenant: String,
    actor: String,
    action: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "web/operator_audit.html")]
struct TrailPage {
    frame: Frame,
    query: TrailQuery,
    is_narrowed: bool,
    /// The words to choose from.
    actions: Vec<&'static str>,
    tenants: Vec<String>,
    events: Vec<EventLine>,
    older: Option<String>,
}

#[derive(Debug)]
struct EventLine {
    number: i64,
    at: Instant,
    actor: String,
    action: &'static str,
    object: String,
    tenant: String,
    outcome: &'static str,
    count: u64,
}

/// What people and the server did, the newest first
pub(in crate::server::web) async fn trail(
    State(shared): State<Shared>,
    visitor: Visitor,
    Asked(query): Asked<TrailQuery>,
) -> Result<Response, Refusal> {
    let caller = &visitor.caller;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let tenant = given(&query.tenant).map(|name| name.parse()).transpose();
    let tenant = tenant.map_err(|error| Problem::new(ProblemKind::NotFound, error))?;
    let action = given(&query.action).map(|word| word.parse::<AuditAction>()).transpose();
    let filter = AuditFilter {
        tenant: caller.scope(tenant.as_ref()).map_err(Problem::from)?,
        actor: given(&query.actor),
        action: action.map_err(|error| Problem::new(ProblemKind::Malformed, error))?,
        since: None,
        until: None,
        before: query.before,
        limit: PAGE,
    };
    let rows = shared.use_cases.store.audit_events(&filter).await.map_err(Problem::from)?;
    let now = shared.use_cases.clock.now();
    let last = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| row.number);
    let tenants = shared.use_cases.tenant_names(caller);
    let page = TrailPage {
        frame: Frame::new("Audit trail", trail_part(caller.role), Some(caller)),
        is_narrowed: filter.actor.is_some() || filter.action.is_some() || !query.tenant.is_empty(),
        actions: AuditAction::ALL.iter().map(|action| action.as_str()).collect(),
        tenants: if caller.tenant.is_none() {
            tenants.iter().map(ToString::to_string).collect()
        } else {
            Vec::new()
        },
        events: rows.into_iter().map(|row| line(row, now)).collect(),
        older: last.map(|last| older(&query, last)),
        query,
    };
    Ok(answer::page(StatusCode::OK, &visitor.headers, &page))
}

fn trail_part(role: Role) -> Part {
    if role == Role::Operator { Part::Operator } else { Part::Elsewhere }
}

fn older(query: &TrailQuery, last: i64) -> String {
    let mut url = Serializer::new(String::new());
    for (name, value) in [("tenant", &query.tenant), ("actor", &query.actor), ("action", &query.action)] {
        if !value.is_empty() {
            url.append_pair(name, value);
        }
    }
    format!("/operator/audit?{}", url.append_pair("before", &last.to_string()).finish())
}

fn line(row: AuditEventRow, now: UnixMillis) -> EventLine {
    let AuditEventRow { number, event, .. } = row;
    EventLine {
        number,
        at: Instant::new(event.occurred.0, now),
        actor: event.actor.to_string(),
        action: event.action.as_str(),
        object: event.object,
        tenant: event.tenant.map(|tenant| tenant.to_string()).unwrap_or_default(),
        outcome: event.outcome.as_str(),
        count: event.count,
    }
}
