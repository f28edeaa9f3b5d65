//! What a person sees of results, before it is drawn: a terminal and a page show the same parts in the same order.
//!
//! Everything here is pure: records in, records that are ready to be drawn out. Texts come from guests and targets and
//! are not escaped; whoever draws them does that.
//!
//! - [`attempt()`]: one attempt: its steps as a tree, and at each of them what explains its outcome.
//! - [`compare()`]: what differs between two attempts. [`curl()`]: a request as a command.
//! - [`groups()`]: runs that failed in the same way.
//! - [`har()`]: requests as HTTP Archive.
//! - [`request`]: a request with heads and bodies, and which headers help.
//! - [`spans`]: spans of time and coming instants.
//! - [`steps`]: the steps that were passed, and those that were not reached.
//! - [`summary`]: one cell about a run, about a journey's day, or about its locations.
//! - [`timeline()`]: steps and requests as bars on a common time axis.

mod attempt;
mod comparison;
mod curl;
mod groups;
mod har;
mod request;
#[cfg(test)]
pub(crate) mod samples;
mod spans;
mod steps;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;

pub(crate) use attempt::{AttemptView, Evidence, StepView, attempt};
pub(crate) use comparison::{Difference, StepComparison, compare};
pub(crate) use curl::curl;
pub(crate) use groups::{FailureGroup, groups};
pub(crate) use har::har;
pub(crate) use request::{RequestView, telling_headers};
pub(crate) use spans::{ago, span, upcoming};
pub(crate) use steps::{StepNode, not_reached, progress, tree};
pub(crate) use summary::{explanation, locations, success};
pub(crate) use timeline::{Bar, Segment, SegmentKind, timeline};
