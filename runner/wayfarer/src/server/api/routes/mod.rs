//! The routes: one file for each kind of thing. A route stands beside its documentation, and `router` adds both.

mod audit_events;
mod clock;
mod components;
mod deployments;
mod health;
mod journeys;
mod maintenance;
mod request;
mod router;
mod runs;
mod tenants;
mod tokens;

pub(super) use router::{health_routes, no_method, nothing, routes};
