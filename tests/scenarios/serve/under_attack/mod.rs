//! A tenant attacks the server while another tenant's three journeys are due every second: with its targets, its guests, its
//! uploads and its connections.
//!
//! - [`siege`]: the server, who is honest on it, and what is measured meanwhile.
//! - [`targets`], [`guests`], [`peers`]: the attacks. [`memory`]: what happens where there is no room.
//!
//! The full form runs one attack after the other, with the bounds and a release build. The quick form runs those of
//! a kind together, for seconds, and with bounds for a debug build on a machine that others use too.

mod guests;
mod memory;
mod peers;
mod siege;
mod targets;
