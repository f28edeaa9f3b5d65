//! Everything that parses what a tenant or a target supplies, each as a [`Target`] with an oracle.
//!
//! A target takes any bytes and panics where the product does, or where its oracle sees what must not be. `make fuzz` runs
//! each of them guided by coverage; `tests/targets.rs` runs each in `make test`, over its seeds and over what chance makes
//! of them. What fuzzing has found is among the seeds, so it is tried again each time.
//!
//! # Layout
//!
//! - one module for each kind of input; [`seeds`](Target::seeds) stand beside the target that reads them.
//! - [`product`]: modules of the binary, which has no library, by their path. The sandbox has doors of its own for this
//!   crate (`wayfarer-sandbox/src/fuzz.rs`).
//! - [`input`]: how a target takes its bytes apart. [`encoders`]: what targets make of a secret's value.
//! - [`chosen`]: which target the executable of `make fuzz` runs.
// As a unit test there is nothing here: tests of the product's modules run where those belong.
#![cfg(not(test))]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic is what a target reports"
)]

pub mod chosen;
mod component;
mod cookie;
mod descriptor;
mod egress;
mod encoders;
mod files;
mod http;
mod input;
mod json;
mod product;
mod protocol;
mod put;
mod schedule;
mod seal;
mod stored;
mod text;
mod url;

// These modules name each other from the root of their own crate.
use product::{channels, config};

/// One kind of input, and what must hold for it.
pub struct Target {
    /// As `make fuzz TARGET=…` names it.
    pub name: &'static str,
    /// Panics if something does not hold.
    pub run: fn(&[u8]),
    /// Inputs to begin with, and those that once failed.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Whether one input takes a connection, so that a test tries fewer of them.
    pub is_slow: bool,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    schedule::SCHEDULE,
    schedule::UNITS,
    files::JOURNEY_TOML,
    files::WAYFARER_TOML,
    files::ENV_FILE,
    url::URL,
    url::REDIRECT,
    url::USERINFO,
    egress::EGRESS,
    http::HTTP1,
    http::HTTP2,
    json::JSON_PATH,
    put::PUT,
    seal::SEAL,
    cookie::COOKIE,
    component::COMPONENT,
    descriptor::DESCRIPTOR,
    stored::DETAIL,
    stored::SPEC,
    protocol::TOKEN,
    protocol::ANSWER,
    protocol::REQUEST,
    protocol::QUERY,
    text::TEXT,
];

/// Seeds that are texts.
fn texts(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}
