//! What several routes read from a request.

use std::str::FromStr;
use std::time::Duration;

use crate::protocol::ProblemKind;
use crate::server::api::problem::Problem;

/// The longest that a request may wait for something to happen.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The most entries of a list that one answer has. More of them are asked for by the last one's number.
pub(super) const LONGEST_PAGE: u32 = 1_000;

/// As many as asked for, or as there may be.
pub(super) fn page(limit: Option<u32>) -> u32 {
    limit.unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE)
}

/// A name in a path.
pub(super) fn name<N: FromStr<Err: ToString>>(text: &str) -> Result<N, Problem> {
    text.parse().map_err(|error: N::Err| Problem::new(ProblemKind::Malformed, error))
}
