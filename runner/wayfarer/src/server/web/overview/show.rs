//! The page of the overview.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;

use super::groups::{Group, groups};
use super::kept::{Choice, Kept};
use super::query::{OverviewQuery, Sort};
use super::summary::{StateChoice, choices, headline};
use super::welcome::Welcome;
use crate::protocol::{OverviewInfo, ProblemKind};
use crate::server::api::{Asked, Problem, Shared};
use crate::server::use_cases::JourneyError;
use crate::server::web::answer::{self, Prepared};
use crate::server::web::charts::{Mark, legend};
use crate::server::web::frame::{Frame, Part};
use crate::server::web::markup::Markup;
use crate::server::web::visitor::{Refusal, Visitor};

#[derive(Template)]
#[template(path = "web/overview.html")]
struct OverviewPage {
    frame: Frame,
    live: Live,
    query: OverviewQuery,
    tenants: Vec<String>,
    tags: Vec<String>,
    sorts: [Sort; 4],
    legend: Vec<(Markup, &'static str)>,
}

/// The parts that stay fresh, without the page around them.
#[derive(Template)]
#[template(path = "web/overview_parts.html")]
struct OverviewParts {
    title: String,
    live: Live,
}

/// What the page's parts that stay fresh show.
struct Live {
    headline: String,
    choices: Vec<StateChoice>,
    groups: Vec<Group>,
    /// Whether any of the journeys names one.
    has_owners: bool,
    /// Leads to everything again.
    all_url: String,
}

impl Live {
    fn new(journeys: &[OverviewInfo], query: &OverviewQuery, now: UnixMillis) -> Self {
        let wanted: Vec<&OverviewInfo> = journeys.iter().filter(|journey| query.wants(journey)).collect();
        let (headline, choices) = (headline(&wanted), choices(&wanted, query));
        let shown = wanted.into_iter().filter(|journey| query.wants_state(journey.state)).collect();
        let all = OverviewQuery { sort: query.sort, group: query.group.clone(), ..OverviewQuery::default() };
        Self {
            headline,
            choices,
            groups: groups(shown, query, now),
            has_owners: journeys.iter().any(|journey| !journey.owner.is_empty()),
            all_url: all.url(),
        }
    }
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
    Extension(kept): Extension<Kept>,
    visitor: Visitor,
    Asked(query): Asked<OverviewQuery>,
) -> Result<Response, Refusal> {
    let Visitor { caller, headers } = visitor;
    let tenant = query.tenant().map_err(|error| Problem::new(ProblemKind::NotFound, error))?;
    // A tenant that there is not, or that is not the caller's, is refused before anything that is kept is looked at.
    let scope = caller.scope(tenant.as_ref()).map_err(JourneyError::from)?;
    let choice = Choice { tenant: scope, url: query.url() };
    let wants_parts = answer::wants_parts(&headers);
    let begun = kept.now();
    if wants_parts && let Some(parts) = kept.look(&choice, begun) {
        return Ok(parts.answer(&headers));
    }
    let journeys = shared.use_cases.overview(&caller, tenant.as_ref()).await?;
    let tenants = shared.use_cases.tenant_names(&caller);
    if journeys.is_empty() && !query.narrows() {
        let frame = Frame::new("Welcome", Part::Journeys, Some(&caller));
        let welcome = Welcome::new(&caller, &tenants, tenant.as_ref(), &headers);
        return Ok(answer::page(StatusCode::OK, &headers, &WelcomePage { frame, welcome }));
    }
    let live = Live::new(&journeys, &query, shared.use_cases.clock.now());
    if wants_parts {
        let parts = OverviewParts { title: live.headline.clone(), live };
        let parts = Arc::new(Prepared::of(parts.render().map_err(Problem::internal)?));
        kept.put(choice, Arc::clone(&parts), begun, kept.now());
        return Ok(parts.answer(&headers));
    }
    let page = OverviewPage {
        frame: Frame::new(&live.headline, Part::Journeys, Some(&caller)),
        live,
        tenants: names(caller.tenant.as_ref(), &tenants),
        tags: tags(&journeys),
        sorts: Sort::ALL,
        legend: Mark::ALL.into_iter().map(|mark| (legend(mark), mark.word())).collect(),
        query,
    };
    Ok(answer::page(StatusCode::OK, &headers, &page))
}

/// Every tag that a journey has, once.
fn tags(journeys: &[OverviewInfo]) -> Vec<String> {
    let tags: BTreeSet<&String> = journeys.iter().flat_map(|journey| &journey.tags).collect();
    tags.into_iter().cloned().collect()
}

/// The tenants to choose from: none for who sees one alone.
fn names(own: Option<&TenantName>, all: &[TenantName]) -> Vec<String> {
    if own.is_some() || all.len() < 2 { Vec::new() } else { all.iter().map(ToString::to_string).collect() }
}
