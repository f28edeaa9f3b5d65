//! Background tasks: they take no input but what the store and the disk say. The reasons are in [`driver`].
//!
//! - [`driver`]: the one loop, and [`Reconcile`](driver::Reconcile), which a task implements.
//! - [`tasks`]: the list of tasks. A new one is a file here and a line there.
//! - [`applied`]: whoever wrote a configuration row waits here until the tasks have put it in force.

mod alert_deliveries;
mod alert_routing;
mod applied;
mod certificates;
mod clock_steps;
mod common_mode;
mod confirmations;
mod control_probe;
mod deployed_versions;
mod domains;
mod driver;
mod expiry_tickets;
mod held_alerts;
mod incidents;
pub(crate) mod retention;
mod self_monitoring;
mod store_health;
mod suspensions;
mod tasks;
#[cfg(test)]
mod tests;
mod trace_export;
mod unused_components;
mod unwell_incident;

pub(crate) use applied::{Acknowledge, Applied};
pub(crate) use domains::Domains;
pub(crate) use incidents::IncidentPolicies;
pub(crate) use tasks::{BackgroundSettings, acknowledgements, start};
