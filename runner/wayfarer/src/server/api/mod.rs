//! The HTTP API under `/api/v1`, and what the command line shares with it.
//!
//! - [`serve`](serve()): the API on its listener. [`routes`]: one file for each kind of thing; [`difference`]: what a
//!   deployment changes.
//! - [`state`]: what routes have at hand. [`token`]: bearer tokens as text. [`caller`]: who asks, and what that lets
//!   them see.
//! - [`wire`]: what travels. [`problem`]: what went wrong, as RFC 9457 has it.

mod caller;
mod difference;
mod listener;
mod problem;
mod routes;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use listener::{first_token, serve};
pub(crate) use state::ApiSettings;
