//! The planner: hands each slot to the dispatcher at its instant.
//!
//! - [`Plan`]: which slots are due, without thread or clock; [`Claim`]: which slots a version owns.
//! - [`Planner`]: the thread that drives it. [`PlannedVersion`]: what it hands out with each slot.

mod claim;
mod plan;
mod thread;
mod version;

pub(crate) use claim::Claim;
pub(crate) use plan::{Batch, Due, Passed, Plan};
pub(crate) use thread::{JourneyBatch, JourneyPlan, Planner};
pub(crate) use version::{Owner, PlannedVersion};
