//! What a person sees of results, before it is drawn: a terminal and a page show the same parts in the same order.
//!
//! Everything here is pure: records in, records that are ready to be drawn out. Texts come from guests and targets and
//! are not escaped; whoever draws them does that.
//!
//! - [`attempt()`]: one attempt: its steps as a tree, and at each of them what explains its outcome.
//! - [`steps`]: the steps that were passed, and those that were not reached.
//! - [`summary`]: one cell about a run, about a journey's day, or about its locations.
//! - [`timeline()`]: steps and requests as bars on a common time axis.

mod attempt;
#[cfg(test)]
pub(crate) mod samples;
mod steps;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;

pub(crate) use attempt::{AttemptView, Evidence, StepView, attempt};
pub(crate) use steps::{not_reached, progress};
pub(crate) use summary::{explanation, locations, success};
pub(crate) use timeline::{Bar, Segment, SegmentKind, timeline};
