//! The page of the overview.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use wayfarer_model::ids::TenantName;

use super::kept::{Choice, Kept, Looked};
use super::parts::Parts;
use super::query::{OverviewQuery, Sort};
use super::welcome::Welcome;
use crate::protocol::ProblemKind;
use crate::server::api::{Asked, Problem, Shared};
use crate::server::use_cases::{JourneyError, UseCases};
use crate::server::web::answer::{self, Sent};
use crate::server::web::charts::{Mark, legend};
use crate::server::web::frame::{Frame, Part};
use crate::server::web::markup::Markup;
use crate::server::web::visitor::{Refusal, Visitor};

#[derive(Template)]
#[template(path = "web/overview.html")]
struct OverviewPage<'a> {
    frame: Frame,
    parts: &'a Parts,
    query: OverviewQuery,
    tenants: Vec<String>,
    sorts: [Sort; 4],
    legend: Vec<(Markup, &'static str)>,
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
    let Visitor { caller, headers, .. } = visitor;
    let tenant = query.tenant().map_err(|error| Problem::new(ProblemKind::NotFound, error))?;
    // A tenant that there is not, or that is not the caller's, is refused before anything that is kept is looked at.
    let scope = caller.scope(tenant.as_ref()).map_err(JourneyError::from)?;
    let choice = Choice { tenant: scope, url: query.url() };
    let parts = fresh(&shared.use_cases, &kept, choice, &query).await?;
    let tenants = shared.use_cases.tenant_names(&caller);
    if parts.is_empty && !query.narrows() {
        let frame = Frame::new("Welcome", Part::Journeys, Some(&caller));
        let welcome = Welcome::new(&caller, &tenants, tenant.as_ref(), &headers);
        return Ok(answer::page(StatusCode::OK, &headers, &WelcomePage { frame, welcome }));
    }
    if answer::wants_parts(&headers) {
        return Ok(parts.alone.answer(&headers, &Sent::PAGE));
    }
    let page = OverviewPage {
        frame: Frame::new(&parts.title, Part::Journeys, Some(&caller)),
        parts: &parts,
        tenants: names(caller.tenant.as_ref(), &tenants),
        sorts: Sort::ALL,
        legend: Mark::ALL.into_iter().map(|mark| (legend(mark), mark.word())).collect(),
        query,
    };
    Ok(answer::page(StatusCode::OK, &headers, &page))
}

/// The parts of a choice, as fresh as [`Kept`] has them.
async fn fresh(
    use_cases: &UseCases,
    kept: &Kept,
    choice: Choice,
    query: &OverviewQuery,
) -> Result<Arc<Parts>, Problem> {
    match kept.look(&choice, kept.now()) {
        Looked::Kept(parts) => Ok(parts),
        Looked::Rested(parts) => {
            let (use_cases, kept, query) = (use_cases.clone(), kept.clone(), query.clone());
            tokio::spawn(async move {
                if let Err(problem) = make(&use_cases, &kept, choice, &query).await {
                    tracing::warn!(problem = problem.details().detail, "the overview could not be made anew");
                }
            });
            Ok(parts)
        }
        Looked::Nothing => make(use_cases, kept, choice, query).await,
    }
}

async fn make(
    use_cases: &UseCases,
    kept: &Kept,
    choice: Choice,
    query: &OverviewQuery,
) -> Result<Arc<Parts>, Problem> {
    let begun = kept.now();
    let journeys = use_cases.glances(choice.tenant.as_ref()).await?;
    let parts = Parts::new(&journeys, query, use_cases.clock.now()).map_err(Problem::internal)?;
    let parts = Arc::new(parts);
    kept.put(choice, Arc::clone(&parts), begun, kept.now());
    Ok(parts)
}

/// The tenants to choose from: none for who sees one alone.
fn names(own: Option<&TenantName>, all: &[TenantName]) -> Vec<String> {
    if own.is_some() || all.len() < 2 { Vec::new() } else { all.iter().map(ToString::to_string).collect() }
}
