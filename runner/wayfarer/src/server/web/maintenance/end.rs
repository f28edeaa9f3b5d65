//! The form that ends a window.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::show::URL;
use crate::protocol::ProblemKind;
use crate::server::access::Signed;
use crate::server::api::{Concerning, Named, Problem, Shared};
use crate::server::web::said::Done;
use crate::server::web::visitor::Refusal;

/// The form has no field of its own.
#[derive(Debug, Deserialize)]
pub(in crate::server::web) struct Nothing {}

/// Ends a window for good
pub(in crate::server::web) async fn end(
    State(shared): State<Shared>,
    Named(id): Named<String>,
    Signed { visitor, .. }: Signed<Nothing>,
) -> Result<Response, Refusal> {
    let number = id.parse().map_err(|_not_a_number| {
        Problem::new(ProblemKind::NotFound, format!("`{id}` is no number of a maintenance window"))
    })?;
    shared.use_cases.end_maintenance(&visitor.caller, number).await?;
    Ok(Done::Ended.at(URL, Concerning::Path))
}
