//! The shop over real sockets, on port 0: one file per area, [`support`] starts the shop and talks to it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the report, helpers included"
)]

mod accounts;
mod browsing;
mod faults;
mod orders;
mod process;
mod resets;
mod support;
