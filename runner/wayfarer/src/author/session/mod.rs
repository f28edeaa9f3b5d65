//! What `wayfarer test` does between its arguments and its exit code.
//!
//! 1. [`Selection`] chooses journeys by name and tag.
//! 2. [`resolve_here`] makes each ready to run, as a deployed version on a tenant that the project implies.
//! 3. [`TestServer`] starts the product under test if `[test.server]` says so.
//! 4. [`run_all`] runs them, some at a time, retries what may pass by itself, and reports all of it as [`Event`]s.
//! 5. [`Tally`] counts the runs and decides the exit code.
//!
//! [`Walk`] makes the attempts. Tests put a script in its place and need no component.

mod event;
mod last_failed;
mod local_tenant;
mod named_hosts;
mod probe;
mod run;
#[cfg(test)]
mod run_tests;
mod select;
mod tally;
mod test_server;
mod unknown;
mod walker;

pub(crate) use event::{Event, SessionRun, StepEvent};
pub(crate) use last_failed::LastFailed;
pub(crate) use local_tenant::{LocalError, NetworkGiven, resolve_here};
pub(crate) use run::{AttemptOrder, SelectedJourney, SessionPlan, Walk, run_all};
pub(crate) use select::Selection;
pub(crate) use tally::{FailOn, Tally};
pub(crate) use test_server::{TestServer, TestServerError};
pub(crate) use unknown::unknown_names;
pub(crate) use walker::{App, ComponentError, Walker};
