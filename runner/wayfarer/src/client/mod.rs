//! Calls of a server's API.
//!
//! - [`Target`]: the server's URL and the token for it.
//! - [`Client`]: one method for each kind of request. Responses are typed; an error says how to fix it.

mod error;
mod health;
mod http;
mod target;

pub(crate) use error::ClientError;
pub(crate) use health::Health;
#[cfg(test)]
pub(crate) use http::install_tls;
pub(crate) use http::{Client, Query};
pub(crate) use target::{Target, TargetOptions, own_server, server_url};
