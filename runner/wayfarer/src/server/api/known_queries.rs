//! Refuses a query with a parameter that the route does not have. A misspelt `?tenat=web` would otherwise be answered with every tenant's
//! things, as if nothing had been asked.
//!
//! The document says which parameters a route has: what it does not name is not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};
use wayfarer_model::nearest::nearest;
use wayfarer_model::text::{clip, printable};

use super::operations::{asks_for_token, operations};
use super::problem::Problem;
use crate::protocol::ProblemKind;

/// The most bytes of an unknown name that an answer repeats.
const LONGEST_NAME: usize = 100;

/// The parameters of each route's query, by its path as the router has it and by its method.
pub(super) struct KnownQueries(BTreeMap<String, Vec<(Method, BTreeSet<String>)>>);

impl KnownQueries {
    /// Of every route that asks for a token. Health and metrics take what a scraper's configuration adds.
    pub(super) fn of(document: &OpenApi) -> Self {
        let of_path = |item| {
            let asking = operations(item).filter(|(_, operation)| asks_for_token(operation));
            asking.map(|(method, operation)| (method, parameters(operation))).collect()
        };
        Self(document.paths.paths.iter().map(|(path, item)| (path.clone(), of_path(item))).collect())
    }

    /// What is wrong with a query; none if the route has all its parameters, or is none of these.
    fn refusal(&self, method: &Method, route: &str, query: &[(String, String)]) -> Option<Problem> {
        let (_, known) = self.0.get(route)?.iter().find(|(of, _)| of == method)?;
        let (unknown, _) = query.iter().find(|(name, _)| !known.contains(name))?;
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let mend = match (nearest(unknown, names.iter().copied()), names.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => "it takes no query".to_owned(),
            (None, names) => format!("it has `{}`", names.join("`, `")),
        };
        let unknown = clip(&printable(unknown), LONGEST_NAME);
        let detail = format!("this path has no query parameter `{unknown}`: {mend}");
        Some(Problem::new(ProblemKind::Malformed, detail))
    }
}

/// Passes a request on if its route has all parameters of its query.
pub(super) async fn refuse_unknown(
    State(known): State<Arc<KnownQueries>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    // A query that cannot be read is refused by the route itself.
    let query = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map_or_else(|_| Vec::new(), |query| query.0);
    let refusal = route.and_then(|route| known.refusal(request.method(), route, &query));
    match refusal {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn parameters(operation: &Operation) -> BTreeSet<String> {
    let of_query = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    };
    operation.parameters.iter().flatten().filter_map(of_query).collect()
}
