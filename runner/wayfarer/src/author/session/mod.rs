//! What `wayfarer test` does between its arguments and its exit code.
//!
//! 1. [`Selection`] chooses journeys by name and tag.
//! 2. [`prepare`](prepare()) gives each its parameters, secrets and limits, or all errors at once.
//! 3. [`Server`] starts the product where `[test.server]` says so.
//! 4. [`run_all`] walks them, some at a time, retries what may pass by itself, and tells of it by [`Event`]s.
//! 5. [`Tally`] is what it all amounts to.
//!
//! The walk itself is behind [`Walk`], so that all this is tested without a component.

mod event;
mod named_hosts;
mod prepare;
mod probe;
mod run;
#[cfg(test)]
mod run_tests;
mod secrets;
mod select;
mod server;
mod tally;
mod unknown;
mod walker;

pub(crate) use event::{Event, Run, StepEvent};
pub(crate) use named_hosts::named_hosts;
pub(crate) use prepare::{Given, JourneyIn, PrepareError, PrepareErrors, prepare};
pub(crate) use run::{Order, Planned, Schedule, Walk, run_all};
pub(crate) use secrets::SecretError;
pub(crate) use select::Selection;
pub(crate) use server::{Server, ServerError};
pub(crate) use tally::Tally;
pub(crate) use unknown::unknown_names;
pub(crate) use walker::{App, ComponentError, Walker};
