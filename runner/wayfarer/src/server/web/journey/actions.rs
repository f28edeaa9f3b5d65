//! The forms of a journey's page: run now, pause, resume.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::ids::{JourneyName, TenantName};

use super::query::JourneyQuery;
use super::show::{names, page};
use crate::server::access::{self, Signed};
use crate::server::api::{Concerning, Named, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::links::journey_url;
use crate::server::web::said::{Done, Said};
use crate::server::web::visitor::{Refusal, Visitor};

/// A run that ends sooner is shown at once.
const SOON: Duration = Duration::from_secs(3);

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct Typed {
    note: String,
}

/// Runs a journey now
pub(in crate::server::web) async fn run(
    State(shared): State<Shared>,
    Named((tenant, journey)): Named<(String, String)>,
    Signed { visitor, .. }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let named @ (tenant, journey) = &names(&tenant, &journey)?;
    let begun = shared.use_cases.trigger(&visitor.caller, Some(tenant), journey, BTreeMap::new()).await;
    let triggered = match begun {
        Ok(triggered) => triggered,
        Err(error) => return refused(&shared, visitor, named, error, String::new()).await,
    };
    let concerning = Concerning::trigger(journey, &BTreeMap::new());
    let run = triggered.run;
    match tokio::time::timeout(SOON, triggered.ended()).await {
        Ok(Some(_ended)) => Ok(Done::Ran.at(&format!("/runs/{run}"), concerning)),
        Ok(None) | Err(_) => Ok(Done::Begun.at(&journey_url(tenant.as_str(), journey.as_str()), concerning)),
    }
}

/// Skips a journey's slots from now on
pub(in crate::server::web) async fn pause(
    State(shared): State<Shared>,
    Named((tenant, journey)): Named<(String, String)>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let named @ (tenant, journey) = &names(&tenant, &journey)?;
    let note = form.note.trim();
    match shared.use_cases.pause(&visitor.caller, Some(tenant), journey, note).await {
        Ok(true) => Ok(done(Done::Paused, named)),
        Ok(false) => Ok(done(Done::PausedBefore, named)),
        Err(error) => refused(&shared, visitor, named, error, form.note).await,
    }
}

/// Runs a journey's slots again from now on
pub(in crate::server::web) async fn resume(
    State(shared): State<Shared>,
    Named((tenant, journey)): Named<(String, String)>,
    Signed { visitor, .. }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let named @ (tenant, journey) = &names(&tenant, &journey)?;
    match shared.use_cases.resume(&visitor.caller, Some(tenant), journey).await {
        Ok(true) => Ok(done(Done::Resumed, named)),
        Ok(false) => Ok(done(Done::ResumedBefore, named)),
        Err(error) => refused(&shared, visitor, named, error, String::new()).await,
    }
}

fn done(done: Done, (tenant, journey): &(TenantName, JourneyName)) -> Response {
    done.at(&journey_url(tenant.as_str(), journey.as_str()), Concerning::Path)
}

/// The page with what is wrong, and with what was typed.
async fn refused(
    shared: &Shared,
    visitor: access::Visitor,
    named: &(TenantName, JourneyName),
    problem: impl Into<Problem>,
    note: String,
) -> Result<Response, Refusal> {
    let (status, said) = Said::refused(problem);
    let visitor = Visitor::of_form(visitor, said);
    let page = page(shared, &visitor, named, JourneyQuery::default(), note).await?;
    Ok(answer::page(status, &visitor.headers, &page))
}
