//! `http` and `cookies`: our own interface to the network. Requests and responses stay with the host; a guest names them by
//! number.
//!
//! - [`client`]: the calls, and what a number names.
//! - [`in_flight`]: requests that go on while the guest does something else.
//! - [`words`]: between the WIT's words and the engine's.
//! - [`cookies`]: the jars.

mod client;
mod cookies;
mod in_flight;
mod words;

#[cfg(test)]
mod tests;

pub(super) use client::Http;
pub(super) use cookies::Cookies;
