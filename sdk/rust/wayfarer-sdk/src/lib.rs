//! Write synthetic journeys for Wayfarer in Rust: what users do, walked all day by a bot.
//!
//! A journey is a function; its steps are closures; a component holds one journey or several and is
//! built for `wasm32-wasip2`.
//!
//! ```
//! use serde::Deserialize;
//! use wayfarer_sdk::prelude::*;
//!
//! #[derive(Params)]
//! struct Shop { base_url: Url, user: String, #[secret] password: Secret }
//!
//! #[derive(Deserialize)]
//! struct Order { id: String }
//!
//! /// Logs in, orders, and sees the order.
//! #[journey(schedule = "*/5 * * * *", timeout = "30s", tags = ["tier-1"])]
//! fn checkout(j: &Journey, shop: Shop) -> Outcome {
//!     let api = j.http().base_url(&shop.base_url);
//!
//!     let api = j.step("log in", || {
//!         let r = api.post("/login").json(&json!({"user": shop.user, "password": shop.password})).send()?;
//!         Ok(api.bearer(r.expect_status(200)?.json_path::<String>("$.token")?))
//!     })?;
//!     let order: Order = j.step("place order", || {
//!         let r = api.post("/orders").json(&json!({"sku": "A1"})).send()?;
//!         check!(r.status() == 201, "order accepted for {}", shop.user);
//!         j.metric("order_total", r.json_path("$.total")?, "EUR");
//!         r.json()
//!     })?;
//!     j.step("order visible", || {
//!         j.eventually(secs(10), || api.get(format!("/orders/{}", order.id)).send()?.expect_status(200))
//!     })?;
//!     Ok(())
//! }
//!
//! journeys![checkout];
//! # fn main() {}
//! ```
//!
//! How things go wrong, always with the author's file and line: a hard check that does not hold, `?` on
//! any error, `bail!`, a panic. The runner decides the verdict from what it saw.
//!
//! # Layout
//!
//! - [`Journey`]: steps, waiting, metrics, files, the log; `step` and `eventually` are in `journey` and
//!   `eventually`.
//! - [`http`]: client, request, response.
//! - [`check!`], [`soft_check!`], [`bail!`], [`fail!`] and [`Failure`]: how things go wrong.
//! - [`Params`] and [`Secret`]: what a journey is given.
//! - [`testing`]: the fake runner for native unit tests.
//! - `entry` and `recorder`, private: the way from the runner's call to the author's function, and the
//!   state of the attempt. `host` is the one door to the runner; everything goes through it.

// The macros name this crate by its public name, in its own tests too.
extern crate self as wayfarer_sdk;

#[doc(hidden)]
#[expect(clippy::pedantic, reason = "generated")]
pub mod bindings;
mod check;
mod cleanup;
mod context;
mod duration;
mod entry;
mod eventually;
mod failure;
mod host;
pub mod http;
mod journey;
mod panics;
mod params;
mod percent;
pub mod prelude;
mod recorder;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod url;

pub use cleanup::{Armed, CleanupError, Cleanups};
pub use context::Context;
pub use duration::{millis, secs};
pub use eventually::Poll;
pub use failure::{Failure, FailureKind, Outcome, Result};
pub use journey::Journey;
pub use params::{ParamValue, Params, Secret, SecretError};
pub use serde_json::{Value, json};
pub use url::{Url, UrlError};
pub use wayfarer_sdk_macros::{ParamChoice, Params, journey, journeys};

/// What the macros expand to. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings;
    #[cfg(target_arch = "wasm32")]
    pub use crate::bindings::export_component;
    pub use crate::bindings::exports::wayfarer::journey::guest::{
        Cleaned, Cleanup, Descriptor, Guest, Parameter, ParameterKind,
    };
    pub use crate::bindings::wayfarer::journey::failures::Failure as WitFailure;
    pub use crate::check::{Evaluated, compared, hoped_for, plain, required};
    pub use crate::entry::{Entry, Meta, clean, describe, is_unique, needs, run, walk};
    pub use crate::params::{described, loaded, loaded_secret, unknown_choice};
    pub use wayfarer_sdk_macros::evaluate;
}
