//! The Rust SDK of Wayfarer, for writing synthetic journeys.
//!
//! A journey is a function, and its steps are closures. A component contains one or more journeys and is
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
//! A journey fails by a hard check that does not hold, `?` on an error, `bail!` or a panic. Every failure
//! names the author's file and line. The runner decides the verdict from what it recorded.
//!
//! # Layout
//!
//! - [`Journey`]: steps, waiting, metrics, artifacts, the log. `journey` has `step`, and `eventually` has
//!   the waiting.
//! - [`http`]: client, request, response.
//! - [`check!`], [`soft_check!`], [`bail!`], [`fail!`] and [`Failure`]: how a journey fails.
//! - [`Params`] and [`Secret`]: a journey's input.
//! - [`testing`]: the fake runner for native unit tests.
//! - `entry`, private: from the runner's call to the author's function.
//! - `recorder`, private: the state of the attempt.
//! - `host`, private: all calls of the runner. No other module calls it.

#![warn(missing_docs)]

// The macros use this crate's public name, also in its own tests.
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

/// The items that the macros expand to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings;
    #[cfg(target_arch = "wasm32")]
    pub use crate::bindings::export_component;
    pub use crate::bindings::exports::wayfarer::journey::guest::{
        Cleaned, Cleanup, Descriptor, Guest, Parameter, ParameterKind, Secret as SecretNeed,
    };
    pub use crate::bindings::wayfarer::journey::failures::Failure as WitFailure;
    pub use crate::check::{Evaluated, compared, hoped_for, plain, required};
    pub use crate::entry::{Entry, Meta, clean, describe, is_unique, needs, run, walk};
    pub use crate::params::{described, described_secret, loaded, loaded_secret, unknown_choice};
    pub use wayfarer_sdk_macros::evaluate;
}
