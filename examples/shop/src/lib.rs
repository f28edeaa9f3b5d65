//! A small HTTP shop, the target of the example journeys: log in, browse, sign up, order, upload. Clients can
//! switch faults on, for all requests or for one.
//!
//! The shop is a demo. It keeps its state in memory, drops the oldest entries beyond a limit, and loses everything
//! at a restart. It stores passwords unhashed, and its fault endpoints need no credentials.
//!
//! # Layout
//!
//! - [`serve`]: accepts connections and can reset them. The caller passes the listener and the shutdown signal, so
//!   tests can bind port 0.
//! - [`Shop`] and [`Options`]: the state behind the endpoints.
//! - `accounts`, `catalogue`, `orders`, `sessions`: the domain, without HTTP. Time is an argument.
//! - `fault`: the faults, and the middleware that applies them.
//! - `api`: the router, and one file per resource.

mod accounts;
mod api;
mod catalogue;
mod clock;
mod fault;
mod ids;
mod orders;
mod server;
mod sessions;
mod shop;
mod wire;

pub use server::serve;
pub use shop::{Options, Shop};
