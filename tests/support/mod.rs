//! What the scenarios over the real binary share.
//!
//! - [`Case`]: one call of the binary, in a folder of its own; [`Ended`]: what came of it.
//! - [`Runner`]: a server of the binary, with its data and its command line. [`Held`]: who else is at the data.
//! - [`library`]: what is put between a server and the system.
//! - [`binary`] and [`guest`]: built by cargo, once in a test process.
//! - [`server`]: targets that behave and targets that do not, each on a port of its own.
//! - [`SmallDisk`]: a disk that can be filled. [`SteppedClock`]: a wall clock that a test sets.
//! - [`Authority`]: certificates of every sort. [`Browser`]: cookies, forms and redirects, step by step.
//! - [`crafted`]: components that no compiler would make.
//!
//! A scenario is a plain function: servers run on a runtime in the background and end when they are dropped.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "in tests a panic is the report, helpers included"
)]

mod authority;
mod browser;
mod built;
mod case;
pub mod crafted;
mod database;

mod ended;
mod held;
mod preloaded;
mod runner;
mod running;
pub mod server;
mod small_disk;
mod stepped_clock;

pub use authority::{Authority, Identity};
pub use browser::{Browser, Page};
pub use built::{binary, guest, line_of, measured_binary};
pub use case::{Case, case, component};
pub use ended::Ended;
pub use held::Held;
pub use preloaded::library;
pub use runner::{Runner, TWO_TENANTS, answer, digest, run_of};
pub use running::Running;
pub use small_disk::SmallDisk;
pub use stepped_clock::{SteppedClock, true_ms};
pub use wayfarer_testkit::{is_in_full, times, verified};
