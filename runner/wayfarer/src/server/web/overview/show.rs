//! The page of the overview.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_model::ids::TenantName;

use super::groups::{Group, groups};
use super::query::{OverviewQuery, Sort};
use super::summary::{StateChoice, choices, headline};
use super::welcome::Welcome;
use crate::protocol::{OverviewInfo, ProblemKind};
use crate::server::api::{Asked, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::charts::{Mark, legend};
use crate::server::web::frame::{Frame, Part};
use crate::server::web::markup::Markup;
use crate::server::web::visitor::{Refusal, Visitor};

#[derive(Template)]
#[template(path = "web/overview.html")]
struct OverviewPage {
    frame: Frame,
    headline: String,
    query: OverviewQuery,
    choices: Vec<StateChoice>,
    tenants: Vec<String>,
    tags: Vec<String>,
    sorts: [Sort; 4],
    groups: Vec<Group>,
    /// Whether any of the journeys names one.
    has_owners: bool,
    legend: Vec<(Markup, &'static str)>,
    /// Leads to everything again.
    all_url: String,
}

#[derive(Template)]
#[template(path = "web/welcome.html")]
struct WelcomePage {
    frame: Frame,
    welcome: Welcome,
}

/// Every journey at a glance
pub(in crate::server::web) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
    Asked(query): Asked<OverviewQuery>,
) -> Result<Response, Refusal> {
    let Visitor { caller, headers, .. } = visitor;
    let tenant = query.tenant().map_err(|error| Problem::new(ProblemKind::NotFound, error))?;
    let journeys = shared.use_cases.overview(&caller, tenant.as_ref()).await?;
    let tenants = shared.use_cases.tenant_names(&caller);
    if journeys.is_empty() && !query.narrows() {
        let frame = Frame::new("Welcome", Part::Journeys, Some(&caller));
        let welcome = Welcome::new(&caller, &tenants, tenant.as_ref(), &headers);
        return Ok(answer::page(StatusCode::OK, &headers, &WelcomePage { frame, welcome }));
    }
    let now = shared.use_cases.clock.now();
    let wanted: Vec<&OverviewInfo> = journeys.iter().filter(|journey| query.wants(journey)).collect();
    let (headline, choices) = (headline(&wanted), choices(&wanted, &query));
    let shown = wanted.into_iter().filter(|journey| query.wants_state(journey.state)).collect();
    let page = OverviewPage {
        frame: Frame::new(&headline, Part::Journeys, Some(&caller)),
        headline,
        choices,
        tenants: names(caller.tenant.as_ref(), &tenants),
        tags: journeys
            .iter()
            .flat_map(|journey| journey.tags.iter().cloned())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        sorts: Sort::ALL,
        has_owners: journeys.iter().any(|journey| !journey.owner.is_empty()),
        groups: groups(shown, &query, now),
        legend: Mark::ALL.into_iter().map(|mark| (legend(mark), mark.word())).collect(),
        all_url: OverviewQuery { sort: query.sort, group: query.group.clone(), ..OverviewQuery::default() }
            .url(),
        query,
    };
    Ok(answer::page(StatusCode::OK, &headers, &page))
}

/// The tenants to choose from: none for who sees one alone.
fn names(own: Option<&TenantName>, all: &[TenantName]) -> Vec<String> {
    if own.is_some() || all.len() < 2 { Vec::new() } else { all.iter().map(ToString::to_string).collect() }
}
