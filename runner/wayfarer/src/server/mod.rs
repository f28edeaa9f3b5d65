//! What `wayfarer serve` is made of.
//!
//! - [`planner`]: which slots are due, and the thread that hands them out at their instant.
//! - [`dispatcher`]: fair turns among tenants, and the runs. [`sandboxed_runs`]: runs, made in the sandbox.
//! - [`deployed`]: what is deployed, between store and planner. [`recovery`]: the plan of a start.
//! - [`background`]: what takes no input but what the store and the disk say.
//! - [`tenants`]: what each tenant's journeys may do, and what their attempts need.
//! - [`api`]: the HTTP API. [`commands`]: what the API may ask of the running server.
//! - [`metrics`]: what `/metrics` shows. [`lifecycle`]: a server from its start to its end.

pub(crate) mod api;
pub(crate) mod background;
mod commands;
mod deployed;
pub(crate) mod dispatcher;
mod lifecycle;
pub(crate) mod metrics;
pub(crate) mod planner;
mod recovery;
mod sandboxed_runs;
pub(crate) mod tenants;

pub(crate) use commands::{Control, DeployError, DeployOrder, Unready};
pub(crate) use dispatcher::TriggerError;
pub(crate) use lifecycle::{ServeError, ServeSettings, run};
pub(crate) use sandboxed_runs::Runs;
