//! Whole-product scenarios: the real binary, real components, real sockets.
//!
//! One module an area; each test is independent, with ports and a folder of its own. The harness is in
//! `wayfarer_tests::support`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the report")]

mod attribution;
mod authors_loop;
mod bad_components;
mod bad_input;
mod blame;
mod checks;
mod ci_reports;
mod command;
mod egress;
mod importing;
mod limits;
mod odd_targets;
mod own_clients;
mod secrets;
mod tls;
mod traffic;
mod verdicts;
