//! The HTTP API under `/api/v1`. What travels is in [`protocol`](crate::protocol).
//!
//! - [`serve`](serve()): the API on its listener. [`routes`]: one file for each kind of thing.
//! - [`rows`]: rows of the store as the API shows them. [`difference`]: what a deployment changes.
//! - [`state`]: what every route has at hand. [`caller`]: who calls, and what that lets them see.
//! - [`problem`]: what went wrong, as RFC 9457 has it.

mod caller;
mod difference;
mod listener;
mod problem;
mod routes;
mod rows;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use listener::{first_token, serve};
pub(crate) use state::ApiSettings;
