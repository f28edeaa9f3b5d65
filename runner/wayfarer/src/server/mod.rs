//! What `wayfarer serve` is made of. [`app`](crate::app) wires these parts together; none of them knows it.
//!
//! - [`planner`]: which slots are due, and the thread that hands them out at their instant.
//! - [`dispatcher`]: fair turns among tenants, and the runs. [`sandboxed_runs`]: runs, made in the sandbox, on
//!   the threads of guests. [`memory`]: what runs hold, and whether there is room for one more; [`machine_memory`]: its default.
//! - [`good_samples`]: of which good runs evidence is kept.
//! - [`descriptors`]: how many connections the API may hold. [`core_dumps`]: none.
//! - [`deployed`]: what is deployed, between store and planner. [`recovery`]: the plan of a start.
//! - [`retries`]: what keeps attempts beyond the schedule from multiplying an outage.
//! - [`background`]: tasks that take no input but what the store and the disk say.
//! - [`tls`](mod@tls): the certificate of the server's own listener.
//! - [`tenants`]: what each tenant's journeys may do, and what their attempts need. [`reload`]: secrets, read anew.
//! - [`alert`]: who is told of incidents, and whether the notices arrive.
//! - [`access`]: who may look at pages: sign-in, sessions, tokens.
//! - [`audit`]: who did what, and how much of it is written.
//! - [`use_cases`]: what people may do with a server, and the rules of it. [`api`]: the same over HTTP. [`web`]: pages of it.
//! - [`assets`]: the style sheet and the script of pages.
//! - [`board`]: all journeys' results, kept for a moment.
//! - [`uploads`]: components on their way to the store. [`turns`]: fair turns among tenants, for runs and for uploads.
//! - [`mod@own_sockets`]: where the server can be reached. [`commands`]: what the API may ask of the running server. [`context`]: handles of it.
//! - [`otlp`]: traces of runs for a receiver.
//! - [`domains`]: when domains expire. [`mod@exchange`]: requests that the server itself sends.
//! - [`metrics`]: what `/metrics` shows. [`configuration_check`]: whether a server would start with a configuration.
//!   [`service_manager`]: what systemd is told.

pub(crate) mod access;
pub(crate) mod alert;
pub(crate) mod api;
mod assets;
pub(crate) mod audit;
pub(crate) mod background;
mod board;
mod commands;
mod configuration_check;
mod context;
pub(crate) mod core_dumps;
pub(crate) mod deployed;
pub(crate) mod descriptors;
pub(crate) mod dispatcher;
mod domains;
mod exchange;
mod good_samples;
mod machine_memory;
mod memory;
pub(crate) mod metrics;
pub(crate) mod otlp;
mod own_sockets;
pub(crate) mod planner;
mod recovery;
mod reload;
mod retries;
mod sandboxed_runs;
pub(crate) mod service_manager;
pub(crate) mod tenants;
pub(crate) mod tls;
mod turns;
pub(crate) mod uploads;
pub(crate) mod use_cases;
pub(crate) mod web;

pub(crate) use board::Board;
pub(crate) use commands::{
    Command, CommandHandler, Control, DeployError, DeployOrder, TriggerOrder, Unready,
};
pub(crate) use configuration_check::{CheckedConfiguration, ConfigurationError, check_configuration, tls};
pub(crate) use context::ServerContext;
pub(crate) use dispatcher::{TriggerError, Triggered};
pub(crate) use machine_memory::default_limit;
pub(crate) use memory::RunnerMemory;
pub(crate) use own_sockets::own_sockets;
pub(crate) use recovery::{Recovered, recover};
pub(crate) use reload::{reload_on_hangup, source};
pub(crate) use sandboxed_runs::SandboxedRuns;
