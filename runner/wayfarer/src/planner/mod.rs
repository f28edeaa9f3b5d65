//! The planner: hands each slot to the dispatcher at its instant.
//!
//! - [`Plan`]: which slots are due, without thread or clock; [`Claim`]: which slots a version owns.

mod claim;
mod plan;

pub(crate) use claim::Claim;
pub(crate) use plan::{Batch, Due, Passed, Plan};
