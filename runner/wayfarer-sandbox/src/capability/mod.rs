//! What a guest may import: one file for each interface, and [`link()`], which names them all.
//!
//! To add a capability: write its interface in `wit/`, and its file here: the linker takes it up with the world.

mod artifacts;
mod checks;
mod cleanups;
mod context;
mod failures;
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
mod wasi_http;
mod wasi_random;

pub(crate) use failures::failure;
pub(crate) use link::link;
pub(crate) use stdio::LineLog;
pub(crate) use wasi_clocks::{TapeClock, WallClock};
pub(crate) use wasi_http::OutgoingDoor;
pub(crate) use wasi_random::TapeRandom;
