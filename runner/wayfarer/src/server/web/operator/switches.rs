//! The forms of kill switches.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::ids::TenantName;

use super::show;
use crate::protocol::ProblemKind;
use crate::server::access::{self, Signed};
use crate::server::api::{Concerning, Named, Problem, Shared};
use crate::server::use_cases::KillSwitchError;
use crate::server::web::answer;
use crate::server::web::said::{Done, Said};
use crate::server::web::visitor::{Refusal, Visitor};

const PAGE: &str = "/operator";

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct Typed {
    note: String,
}

/// Throws the whole runner's kill switch
pub(in crate::server::web) async fn stop_all(
    State(shared): State<Shared>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let stopped = shared.use_cases.stop_runs(&visitor.caller, None, form.note.trim()).await;
    answer(&shared, visitor, (stopped, Done::Stopped, Done::StoppedBefore), (None, form.note)).await
}

/// Takes the whole runner's kill switch back
pub(in crate::server::web) async fn start_all(
    State(shared): State<Shared>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let started = shared.use_cases.start_runs(&visitor.caller, None).await;
    answer(&shared, visitor, (started, Done::Started, Done::StartedBefore), (None, form.note)).await
}

/// Throws a tenant's kill switch
pub(in crate::server::web) async fn stop(
    State(shared): State<Shared>,
    Named(tenant): Named<String>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let tenant = name(&tenant)?;
    let stopped = shared.use_cases.stop_runs(&visitor.caller, Some(&tenant), form.note.trim()).await;
    let did = (stopped, Done::Stopped, Done::StoppedBefore);
    answer(&shared, visitor, did, (Some(&tenant), form.note)).await
}

/// Takes a tenant's kill switch back
pub(in crate::server::web) async fn start(
    State(shared): State<Shared>,
    Named(tenant): Named<String>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let tenant = name(&tenant)?;
    let started = shared.use_cases.start_runs(&visitor.caller, Some(&tenant)).await;
    let did = (started, Done::Started, Done::StartedBefore);
    answer(&shared, visitor, did, (Some(&tenant), form.note)).await
}

fn name(tenant: &str) -> Result<TenantName, Problem> {
    tenant.parse().map_err(|error| Problem::new(ProblemKind::NotFound, error))
}

async fn answer(
    shared: &Shared,
    visitor: access::Visitor,
    (changed, done, before): (Result<bool, KillSwitchError>, Done, Done),
    (tenant, note): (Option<&TenantName>, String),
) -> Result<Response, Refusal> {
    let (status, said) = match changed {
        Ok(true) => return Ok(done.at(PAGE, Concerning::Path)),
        Ok(false) => return Ok(before.at(PAGE, Concerning::Path)),
        Err(error) => Said::refused(error),
    };
    let visitor = Visitor::of_form(visitor, said);
    let typed = show::Typed { tenant: tenant.map(ToString::to_string).unwrap_or_default(), note };
    let page = show::page(shared, &visitor, typed).await?;
    Ok(answer::page(status, &visitor.headers, &page))
}
