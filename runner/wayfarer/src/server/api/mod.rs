//! The HTTP API under `/api/v1`. It parses requests, calls [use cases](super::use_cases) and turns their errors into
//! problems; it holds no rule of its own.
//!
//! - [`serve`](serve()): the API on its listener. [`first_token`](first_token()): the operator's token of a new server.
//! - [`listener`], [`connections`], [`slow_body`]: who may hold a connection, and for how long. [`serve_health`]: health on a
//!   listener and a thread of its own.
//! - [`routes`]: every route, and one file for each kind of thing. [`registered`]: what a route is listed with. [`document`]: the
//!   OpenAPI document, served too. [`shared_responses`]: what every route may answer. [`operations`]: the document's methods.
//!   [`known_queries`]: a query that the document does not name is refused.
//! - [`state`]: what routes have at hand, and how a request becomes a caller. [`in_force`]: answers wait until what was
//!   written is in force.
//!   [`audited`]: what a request did goes into the audit trail, in the words of [`concerning`]. [`request_log`]: a line of the log for each.
//! - [`problem`]: what went wrong, as RFC 9457 has it. [`for_browsers`]: the same as a page, for a browser.

mod audited;
mod concerning;
mod connections;
mod document;
mod first_token;
mod for_browsers;
mod health_listener;
mod in_force;
mod known_queries;
mod listener;
mod operations;
mod problem;
mod registered;
mod request_log;
mod routes;
mod shared_responses;
mod slow_body;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use concerning::Concerning;
pub(crate) use connections::ConnectionLimits;
pub(crate) use first_token::{FirstTokenError, first_token};
pub(crate) use health_listener::{listen_for_health, serve_health};
pub(crate) use listener::serve;
pub(crate) use problem::Problem;
pub(crate) use registered::Pages;
pub(crate) use state::{ApiSettings, Asked, Named, Shared};
