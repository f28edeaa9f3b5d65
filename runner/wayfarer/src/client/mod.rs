//! The command line's side of the API.
//!
//! - [`Place`]: which server is meant, and by which token one gets in.
//! - [`Client`]: one method for each kind of question; what comes back is typed, or an error that says the way out.

mod error;
mod health;
mod http;
mod target;

pub(crate) use error::ClientError;
pub(crate) use health::Health;
#[cfg(test)]
pub(crate) use http::install_tls;
pub(crate) use http::{Client, Query};
pub(crate) use target::{Place, Wanted, own_server, server_url};
