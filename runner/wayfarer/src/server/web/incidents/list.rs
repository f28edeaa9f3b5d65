//! The page of all incidents.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::ids::TenantName;

use super::months::{Month, months};
use super::rows::{IncidentLine, lines};
use crate::protocol::ProblemKind;
use crate::server::api::{Asked, Problem, Shared};
use crate::server::use_cases::IncidentsWanted;
use crate::server::web::answer;
use crate::server::web::figures::counted;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::visitor::{Refusal, Visitor};

/// Incidents that are over and shown.
const PAST: usize = 200;

/// Incidents of which months are counted and open ones are shown, the newest.
const MOST: u32 = 1_000;

/// An empty tenant is none, as a form sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct IncidentsQuery {
    tenant: String,
}

#[derive(Template)]
#[template(path = "web/incidents.html")]
struct IncidentsPage {
    frame: Frame,
    headline: String,
    open: Vec<IncidentLine>,
    past: Vec<IncidentLine>,
    months: Vec<Month>,
}

/// Every incident, the open ones first
pub(in crate::server::web) async fn list(
    State(shared): State<Shared>,
    visitor: Visitor,
    Asked(query): Asked<IncidentsQuery>,
) -> Result<Response, Refusal> {
    let Visitor { caller, headers, .. } = visitor;
    let tenant = Some(query.tenant.as_str()).filter(|name| !name.is_empty()).map(str::parse::<TenantName>);
    let tenant = tenant.transpose().map_err(|error| Problem::new(ProblemKind::NotFound, error))?;
    let wanted = IncidentsWanted { tenant, past: true, limit: MOST, ..IncidentsWanted::default() };
    let all = shared.use_cases.incidents(&caller, wanted).await?;
    let now = shared.use_cases.clock.now();
    let months = months(&all);
    let (mut open, past): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|incident| incident.resolved.is_none());
    // Those that page come first; they come with the newest first.
    open.sort_by_key(|incident| incident.kind.severity());
    let headline = match open.len() {
        0 => "No open incident".to_owned(),
        open => counted(open, "open incident"),
    };
    let page = IncidentsPage {
        frame: Frame::new(&headline, Part::Incidents, Some(&caller)),
        headline,
        open: lines(&open, now),
        past: lines(past.get(..past.len().min(PAST)).unwrap_or_default(), now),
        months,
    };
    Ok(answer::page(StatusCode::OK, &headers, &page))
}
