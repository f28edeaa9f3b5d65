//! The shop over real sockets, on port 0. [`support`] starts the shop and sends requests.
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
