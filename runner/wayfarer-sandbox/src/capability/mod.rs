//! What a guest may import: one file for each interface, and `link.rs`, which lists them.
//!
//! To add a capability, write its interface in `wit/`, a file here, and its line in `link.rs`.

mod artifacts;
mod checks;
mod cleanups;
mod context;
mod failures;
mod grants;
mod http;
mod link;
mod logs;
mod metrics;
mod params;
mod secrets;
mod stdio;
mod steps;
mod timers;
mod totp;
mod wasi_clocks;
mod wasi_fields;
mod wasi_http;
mod wasi_let_go;
mod wasi_random;

pub(crate) use failures::failure;
pub(crate) use grants::Grants;
pub(crate) use link::{Capabilities, CapabilitiesView, link};
pub(crate) use stdio::LineLog;
pub(crate) use wasi_clocks::{TapeClock, WallClock};
pub(crate) use wasi_http::OutgoingHttp;
pub(crate) use wasi_random::TapeRandom;
