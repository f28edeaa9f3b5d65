//! A small HTTP shop to walk journeys through: log in, browse, sign up, order, upload; with faults that are
//! switched on by request, for all callers or for one request.
//!
//! It is a demo target. Everything is in memory, bounded (the oldest is dropped) and gone after a restart;
//! passwords are kept as given; the fault endpoints ask for no credentials.
//!
//! # Layout
//!
//! - [`serve`]: accepts connections and can reset them; both ends are handed in, so tests bind port 0.
//! - [`Shop`] and [`Options`]: the state behind the endpoints.
//! - `accounts`, `catalogue`, `orders`, `sessions`: the domain; no HTTP, time is an argument.
//! - `fault`: what can be made to go wrong, and the middleware that does it.
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
