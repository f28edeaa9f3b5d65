//! A fake runner for native unit tests of journeys and their helper functions.
//!
//! A [`Fake`] answers requests by method and path, and provides parameters and secrets. It has its own clock, so
//! that `eventually` takes no real time. [`Fake::run`] runs a journey and returns a [`Report`].
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
//! The fake's state belongs to its thread, so tests can run in parallel. A test of code that sends no request
//! needs no `Fake`.

mod answer;
mod fake;
mod network;
mod report;
mod rules;
mod state;

pub use crate::entry::Walk;
pub use answer::{Answer, Sent, json, status, text};
pub use fake::Fake;
pub(crate) use network::{Hop, Next};
pub use report::{CheckSeen, CleanupSeen, MetricSeen, Report, StepSeen};
pub use rules::Rule;
pub(crate) use state::State;
