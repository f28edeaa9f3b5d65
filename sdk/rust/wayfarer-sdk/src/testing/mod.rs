//! A fake runner, so that journeys and their helpers are unit-tested natively: `cargo test`.
//!
//! A [`Fake`] answers requests by method and path, gives parameters and secrets, and keeps the time: a
//! clock of its own, so that `eventually` waits for nothing. [`Fake::run`] walks a journey and returns
//! a [`Report`] of what it did.
//!
//! ```
//! use wayfarer_sdk::prelude::*;
//! use wayfarer_sdk::testing::{Fake, json, status};
//!
//! #[derive(Params)]
//! struct Shop { base_url: Url }
//!
//! fn delivery(j: &Journey, shop: Shop) -> Outcome {
//!     let api = j.http().base_url(&shop.base_url);
//!     j.step("delivered", || {
//!         j.eventually(secs(10), || {
//!             let r = api.get("/orders/7").send()?.expect_status(200)?;
//!             check!(r.json_path::<String>("$.status")? == "delivered");
//!             Ok(())
//!         })
//!     })
//! }
//!
//! let fake = Fake::new().param("base_url", "http://shop.test");
//! fake.on("GET", "/orders/7")
//!     .answer(status(404))
//!     .then(json(200, &json!({"status": "packed"})))
//!     .then(json(200, &json!({"status": "delivered"})));
//!
//! let report = fake.run(delivery);
//! assert!(report.passed(), "{report}");
//! assert_eq!(report.requests.len(), 3);
//! assert!(report.elapsed < secs(1));
//! ```
//!
//! Everything is kept per thread, so tests run in parallel. Code that needs no answers (a check, a
//! helper) can be tested without a `Fake`.

mod answer;
mod fake;
mod report;
mod rules;
mod state;

pub use crate::entry::Walk;
pub use answer::{Answer, Sent, json, status, text};
pub use fake::Fake;
pub use report::{CheckSeen, CleanupSeen, MetricSeen, Report, StepSeen};
pub use rules::Rule;
pub(crate) use state::State;
