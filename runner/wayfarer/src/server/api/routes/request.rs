//! What several routes read from a request.

use std::str::FromStr;
use std::time::Duration;

use crate::protocol::ProblemKind;
use crate::server::api::problem::Problem;

/// The longest that a request may wait for something to happen.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A name in a path.
pub(super) fn name<N: FromStr<Err: ToString>>(text: &str) -> Result<N, Problem> {
    text.parse().map_err(|error: N::Err| Problem::new(ProblemKind::Malformed, error))
}
